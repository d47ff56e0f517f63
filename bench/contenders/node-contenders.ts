import { coatcheck } from "coatcheck/node";
import { FIRST_VISITS, seedData, STRANGER, USER } from "../rows.ts";
import type { BenchData, SeedPath } from "../rows.ts";
import { OURS_SEALED, OURS_SEALED_UNSEEN } from "../wanted.ts";
import { sealedCloakroom } from "./cloakroom.ts";
import { Probe } from "./contender.ts";
import type { Contender } from "./contender.ts";
import { nodeDoor } from "./doors.ts";

export const BARE_NODE = "bare node:http";

/** A request listener without sessions: what is subtracted from the others. */
export function bareNode(): Contender {
  const probe = new Probe();
  return {
    name: BARE_NODE,
    baseline: undefined,
    cannot: new Map(),
    keeps: "none",
    door: nodeDoor((request, response) => {
      if (request.url === "/anonymous") return void response.end(STRANGER);
      probe.saw(true);
      response.end(request.url === "/read" ? USER : String(FIRST_VISITS + 1));
    }),
    probe,
  };
}

/**
 * Coatcheck's adapter for plain node:http with sessions that live sealed in their cookie: the same platform that Fastify stands on.
 *
 * @param remembers false: every cookie is opened as if it had never been seen before
 */
export function coatcheckNodeSealed(remembers: boolean): Contender {
  const probe = new Probe();
  const listener = coatcheck<BenchData>(sealedCloakroom(remembers), (request, response, { session }) => {
    const url = request.url as string;
    if (url === "/anonymous") return void response.end(STRANGER);
    if (url === "/read") {
      const user = session.get("user");
      probe.saw(user === USER);
      return void response.end(user);
    }
    if (url.startsWith("/seed/")) {
      session.assign(seedData(url as SeedPath));
      return void response.end("seeded");
    }
    const before = session.get("visits", 0);
    if (url === "/visits") return void response.end(String(before));
    session.set("visits", before + 1);
    probe.saw(before >= FIRST_VISITS);
    response.end(String(before + 1));
  });
  const name = remembers ? OURS_SEALED : OURS_SEALED_UNSEEN;
  return { name, baseline: BARE_NODE, cannot: new Map([["100 KiB", "a cookie holds 4 KiB"]]), keeps: "carried", door: nodeDoor(listener), probe };
}
