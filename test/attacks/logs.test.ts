import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { sealedCookieStore } from "coatcheck/sealed-cookie";
import { sealed } from "coatcheck/sealed";
import { stateOf } from "../../src/session/session.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { FailingStore } from "../support/failing-store.ts";
import { makeView, Visitor, type AnyData } from "../support/visitor.ts";

const SECRET = "keep-this-one-out-of-every-log-4c19e7b2a05d8f63";
const VALUE = "sentinel-value-91c2";

/** Every event that the sources name: a new one is listened to without anybody thinking of it. */
function eventNames(): string[] {
  const names = new Set<string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else for (const match of readFileSync(path, "utf8").matchAll(/publish\(\s*(?:[^",()]*\? )?"([a-z-]+\.[a-z-]+)"(?: : "([a-z-]+\.[a-z-]+)")?/g)) for (const name of match.slice(1)) if (name !== undefined) names.add(name);
    }
  };
  walk(new URL("../../src", import.meta.url).pathname);
  return [...names];
}

/** Everything that anybody could read afterwards. */
class Ears {
  readonly heard: string[] = [];
  readonly events = new Set<string>();
  readonly #listener = (message: unknown, name: string | symbol): void => {
    this.events.add(String(name));
    this.heard.push(inspect(message, { depth: 10, showHidden: true }));
  };

  constructor() {
    for (const name of eventNames()) subscribe(`coatcheck:${name}`, this.#listener);
  }

  readonly log = (sentence: string): void => void this.heard.push(sentence);

  note(...things: unknown[]): void {
    for (const thing of things) {
      if (thing === undefined || thing === null) continue;
      this.heard.push(inspect(thing, { depth: 10, showHidden: true }));
      if (thing instanceof Error) this.heard.push(thing.message, thing.stack ?? "", JSON.stringify(thing), inspect(thing.cause, { depth: 10 }));
    }
  }

  close(): void {
    for (const name of eventNames()) unsubscribe(`coatcheck:${name}`, this.#listener);
  }
}

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString("hex"), bytes.toString("base64"), bytes.toString("base64url"), encodeURIComponent(secret), Buffer.from(secret, "base64url").toString("hex")].filter((text) => text.length > 8);
}

describe("LG-01 I13 logs, events and errors", () => {
  it("LG-03 of everything that can happen to a session hold no token, secret or value, and each cause has its event", async () => {
    const ears = new Ears();
    const secrets = new Set<string>([SECRET, VALUE]);
    try {
      for (const production of [false, true]) {
        for (const kind of ["store", "sealed store", "sealed cookie"] as const) await live(ears, secrets, production, kind);
      }
    } finally {
      ears.close();
    }
    const everything = ears.heard.join("\n");
    for (const secret of secrets) for (const spelling of spellings(secret)) assert.equal(everything.includes(spelling), false, `${secret.slice(0, 6)}… was found`);
    assert.ok(secrets.size > 20, String(secrets.size));
    const expected = ["session.created", "session.updated", "session.renewed", "session.rotated", "session.ended", "session.interrupted", "session.large", "session.revoked", "conflict.overwrote", "conflict.retried", "cookie.malformed", "cookie.duplicate", "cookie.unknown", "cookie.withheld", "csrf.refused", "csrf.safe-method", "record.corrupt", "store.failed"];
    assert.deepEqual(expected.filter((name) => !ears.events.has(`coatcheck:${name}`)), []);
  });
});

/** A life with everything that can go wrong in it. */
async function live(ears: Ears, secrets: Set<string>, production: boolean, kind: "store" | "sealed store" | "sealed cookie"): Promise<void> {
  const clock = new FakeClock();
  const memory = memoryStore({ unsafeInProduction: true });
  const failing = new FailingStore(memory);
  Object.assign(failing.store, { scan: memory.scan.bind(memory), deleteByOwner: memory.deleteByOwner.bind(memory), listByOwner: memory.listByOwner.bind(memory) });
  const options: CoatcheckOptions = { clock, production, secrets: [SECRET], log: ears.log, csrf: { token: "always" }, session: { idleTimeout: "1h", maxBytes: 200_000, ...(kind === "sealed store" ? { codec: sealed() } : {}) }, store: kind === "sealed cookie" ? sealedCookieStore() : failing.store };
  const cloakroom = createCoatcheck<AnyData>(options);
  const visitor = new Visitor(cloakroom);
  ears.note(cloakroom, cloakroom.settings, cloakroom.sessions);
  const collect = (): void => {
    for (const { name, value } of visitor.jar.list()) if (!name.startsWith("__Host-csrfvisitor") || value.length > 0) secrets.add(value);
  };
  const act = async (...parameters: Parameters<Visitor["visit"]>): Promise<void> => {
    const visit = await visitor.visit((coat) => {
      ears.note(coat, coat.session, coat.cookies, coat.trace);
      return parameters[0](coat);
    }, parameters[1]);
    ears.note(visit.error, visit.ending?.vary, visit.ending?.headers);
    collect();
  };
  await act(({ session }) => session.assign({ note: VALUE, password: VALUE, list: [VALUE] }));
  await act(({ session, csrf }) => {
    secrets.add(csrf.token());
    return session.change("n", () => 1);
  });
  clock.advance(30 * 60_000);
  await act(({ session }) => session.get("note"));
  await act(({ session }) => session.rotate());
  await act(({ session }) => session.set("bad", { deep: [() => VALUE] }));
  await act(({ session }) => session.set("large", VALUE.repeat(5000)));
  await act(({ session }) => session.set("huge", VALUE.repeat(20_000)));
  await act(({ session }) => session.set("large", 1));
  await act(({ session }) => session.set("a", VALUE), { headers: { "sec-fetch-site": "cross-site", cookie: visitor.header() ?? "" } });
  const token = visitor.jar.get("__Host-sessionid", visitor.url) ?? "";
  for (const cookie of [`__Host-sessionid=${VALUE}`, `__Host-sessionid=${token.slice(0, -2)}`, `__Host-sessionid=${token}; __Host-sessionid=${"A".repeat(43)}`, Array.from({ length: 6 }, () => `__Host-sessionid=${"B".repeat(42)}A`).join("; "), `__Host-sessionid=${"C".repeat(42)}A`]) {
    await act(({ session }) => session.get("note"), { headers: { cookie } });
  }
  await act(({ session }) => session.set("note", VALUE), { url: "http://shop.example/" });
  for (const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "same-origin", "x-csrftoken": VALUE }] as Record<string, string>[]) {
    const coat = cloakroom.begin(makeView({ method: "POST", url: `https://shop.example/pay?card=${VALUE}`, headers: { ...headers, cookie: visitor.header() ?? "" } }));
    await coat.ready;
    ears.note(await coat.refusal);
    await coat.finish({ status: 403, threw: false });
  }
  if (kind !== "sealed cookie") {
    const parallel = async (key: string): Promise<void> => {
      const coat = cloakroom.begin(makeView({ headers: { cookie: visitor.header() ?? "" } }));
      await coat.ready;
      coat.session.set(key, VALUE + String(Math.trunc(clock.now()) % 7) + key.length);
      await barrier;
      await Promise.resolve(coat.finish({ status: 200, threw: false })).catch((error: unknown) => ears.note(error));
    };
    let open = (): void => undefined;
    const barrier = new Promise<void>((resolve) => (open = resolve));
    const both = [parallel("same"), parallel("same")];
    open();
    await Promise.all(both);
    for (const operation of ["read", "update", "create", "delete", "touch"] as const) {
      failing.plan(operation, "crash", 3);
      await act(({ session }) => session.set("n", clock.now() + operation.length));
      await act(({ session }) => (operation === "delete" ? session.rotate() : session.get("n")));
      failing.heal();
    }
    const id = (await visitor.run(({ session }) => session.id)) ?? "";
    const slow = cloakroom.begin(makeView({ headers: { cookie: visitor.header() ?? "" } }));
    await slow.ready;
    slow.session.set("late", VALUE);
    await cloakroom.sessions.revoke(id);
    await Promise.resolve(slow.finish({ status: 200, threw: false })).catch((error: unknown) => ears.note(error));
    await act(({ session }) => session.set("note", VALUE));
    const record = await memory.read((await visitor.run(({ session }) => session.id)) ?? "", { now: clock.now() });
    if (record !== null) await memory.update({ ...record, data: `{"${VALUE}`, version: "spoilt" }, record.version, { now: clock.now() });
    for (let n = 0; n < 2; n++) await act(({ session }) => session.get("note"));
    await conflict(ears, memory, options);
  }
  await act(({ session }) => {
    stateOf(session).owner = "ada";
    session.set("note", VALUE);
  });
  await act(({ session }) => session.flush());
}

/** A conflict that only another process can make. */
async function conflict(ears: Ears, memory: ReturnType<typeof memoryStore>, options: CoatcheckOptions): Promise<void> {
  const [one, two] = [createCoatcheck<AnyData>({ ...options, store: memory }), createCoatcheck<AnyData>({ ...options, store: memory })];
  const visitor = new Visitor(one);
  await visitor.run(({ session }) => session.set("k", 0));
  const coats = [one, two].map((room) => room.begin(makeView({ headers: { cookie: visitor.header() ?? "" } })));
  for (const [n, coat] of coats.entries()) {
    await coat.ready;
    coat.session.set("k", VALUE + String(n));
  }
  for (const coat of coats) await Promise.resolve(coat.finish({ status: 200, threw: false })).catch((error: unknown) => ears.note(error));
}
