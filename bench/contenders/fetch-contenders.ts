import type { Coatcheck } from "coatcheck";
import { coatcheck } from "coatcheck/fetch";
import { Floor } from "../floor.ts";
import { FIRST_VISITS, seedData, STRANGER, USER } from "../rows.ts";
import type { BenchData, SeedPath } from "../rows.ts";
import { FLOOR, OURS_FETCH, OURS_FETCH_SEALED } from "../wanted.ts";
import { benchCloakroom, sealedCloakroom } from "./cloakroom.ts";
import { Probe } from "./contender.ts";
import type { Contender } from "./contender.ts";
import { fetchDoor } from "./doors.ts";

export const BARE_FETCH = "bare fetch handler";

/** A handler of the fetch API without sessions: what is subtracted from the others. */
export function bareFetch(): Contender {
  const probe = new Probe();
  const handler = async (request: Request): Promise<Response> => {
    if (request.url.endsWith("/anonymous")) return new Response(STRANGER);
    probe.saw(true);
    return new Response(request.url.endsWith("/read") ? USER : String(FIRST_VISITS + 1));
  };
  return { name: BARE_FETCH, baseline: undefined, cannot: new Map(), keeps: "none", door: fetchDoor(handler), probe };
}

/** The floor in a fetch handler. */
export function floorFetch(): Contender {
  const probe = new Probe();
  const floor = new Floor("sid");
  let seeded = 0;
  const handler = async (request: Request): Promise<Response> => {
    const session = floor.open(request.headers.get("cookie"));
    if (request.url.endsWith("/anonymous")) return new Response(STRANGER);
    if (session === null) {
      const token = `seeded-token-that-is-as-long-as-others-${String(++seeded).padStart(4, "0")}`;
      floor.create(token, seedData(new URL(request.url).pathname as SeedPath));
      return new Response("seeded", { headers: { "set-cookie": `sid=${token}; Path=/` } });
    }
    if (request.url.endsWith("/read")) {
      const user = session.get("user");
      probe.saw(user === USER);
      floor.commit(session);
      return new Response(String(user));
    }
    const before = session.get("visits") as number;
    if (request.url.endsWith("/visits")) return new Response(String(before));
    session.set("visits", before + 1);
    probe.saw(before >= FIRST_VISITS);
    floor.commit(session);
    return new Response(String(before + 1));
  };
  return { name: FLOOR, baseline: BARE_FETCH, cannot: new Map(), keeps: "stored", door: fetchDoor(handler), probe };
}

/** Coatcheck's fetch adapter over its memory store. */
export function coatcheckFetch(): Contender {
  const probe = new Probe();
  const handler = benchHandler(benchCloakroom(), probe);
  return { name: OURS_FETCH, baseline: BARE_FETCH, cannot: new Map(), keeps: "stored", door: fetchDoor(handler), probe };
}

/** Coatcheck's fetch adapter with sessions that live sealed in their cookie. */
export function coatcheckFetchSealed(): Contender {
  const probe = new Probe();
  const handler = benchHandler(sealedCloakroom(true), probe);
  return { name: OURS_FETCH_SEALED, baseline: BARE_FETCH, cannot: new Map([["100 KiB", "a cookie holds 4 KiB"]]), keeps: "carried", door: fetchDoor(handler), probe };
}

function benchHandler(cloakroom: Coatcheck<BenchData>, probe: Probe): (request: Request) => Promise<Response> {
  return coatcheck<BenchData>(cloakroom, async (request, coat) => {
    if (request.url.endsWith("/anonymous")) return new Response(STRANGER);
    const { session } = coat;
    if (request.url.endsWith("/read")) {
      const user = session.get("user");
      probe.saw(user === USER);
      return new Response(String(user));
    }
    if (request.url.includes("/seed/")) {
      session.assign(seedData(new URL(request.url).pathname as SeedPath));
      return new Response("seeded");
    }
    const before = session.get("visits", 0);
    if (request.url.endsWith("/visits")) return new Response(String(before));
    session.set("visits", before + 1);
    probe.saw(before >= FIRST_VISITS);
    return new Response(String(before + 1));
  });
}
