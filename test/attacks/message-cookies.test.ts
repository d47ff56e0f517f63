import assert from "node:assert/strict";
import { channel, subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { seal } from "../../src/crypto/seal.ts";
import { RESERVED } from "../../src/session/keys.ts";
import { stateOf } from "../../src/session/session.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const SECRET = "a secret that the attacker does not know 0001";

function setUp(options: CoatcheckOptions = {}) {
  const clock = new FakeClock();
  const cloakroom = createCoatcheck<AnyData>({ store: memoryStore(), clock, production: false, secrets: [SECRET], ...options });
  const make = (): Visitor => new Visitor(cloakroom);
  const show = (visitor: Visitor, cookie?: string) => visitor.visit(({ messages }) => messages.take(), cookie === undefined ? {} : { headers: { cookie } });
  return { clock, make, show };
}

async function listen(name: string, action: () => Promise<unknown>): Promise<unknown[]> {
  const heard: unknown[] = [];
  const keep = (message: unknown): void => void heard.push(message);
  subscribe(name, keep);
  try {
    await action();
  } finally {
    unsubscribe(name, keep);
  }
  return heard;
}

/** A message cookie as the server sends it. */
async function honest(world: ReturnType<typeof setUp>, text = "Welcome"): Promise<readonly [name: string, value: string]> {
  const visitor = world.make();
  await visitor.run(({ messages }) => messages.info(text));
  return (visitor.header() ?? "").split("=") as [string, string];
}

describe("forged message cookies", () => {
  it("CK-27 every altered, cut or invented value shows nothing, is removed, and is one event", async () => {
    const world = setUp();
    const [name, value] = await honest(world);
    const forged = ["", "null", "[]", "[[0,20,\"hacked\"]]", "W1swLDIwLCJoYWNrZWQiXV0", `${value}A`, value.slice(1), value.slice(0, -1), value.slice(0, 20)];
    for (let at = 0; at < value.length; at++) for (const bit of [1, 2, 4, 8, 16, 32]) forged.push(value.slice(0, at) + String.fromCharCode(value.charCodeAt(at) ^ bit) + value.slice(at + 1));
    for (const text of forged) {
      if (/[;\s,"\\]/.test(text) || text === value) continue;
      const heard = await listen("coatcheck:cookie.refused", async () => {
        const { result, setCookies } = await world.show(world.make(), `${name}=${text}`);
        assert.deepEqual(result, [], text);
        assert.equal(setCookies.length, 1);
        assert.ok(setCookies[0]?.startsWith(`${name}=; Path=/; Max-Age=0;`));
      });
      assert.equal(heard.length, 1, JSON.stringify(text));
    }
  });

  it("CK-26 ST-05 a value made for another cookie, purpose or secret shows nothing", async () => {
    const world = setUp();
    const [name, value] = await honest(world);
    const text = JSON.stringify([world.clock.now(), [0, 20, "hacked"]]);
    const keyring = createKeyring([SECRET]);
    const other = createKeyring(["another secret, long enough for a keyring 02"]);
    assert.equal((await world.show(world.make(), `${name}=${seal(keyring, "messages", name, text)}`)).result?.[0]?.text, "hacked", "what the right key seals is shown, so the rest of this test means something");
    const moved = name.slice(0, -1) + (name.endsWith("A") ? "B" : "A");
    for (const [key, sealed] of [[moved, value], [name, seal(keyring, "session", name, text)], [name, seal(keyring, "cookie/", name, text)], [name, seal(keyring, "flow/messages", name, text)], [name, seal(other, "messages", name, text)]] as const) {
      assert.deepEqual((await world.show(world.make(), `${key}=${sealed}`)).result, []);
    }
  });

  it("CK-14 CK-16 names that only resemble ours are not looked at", async () => {
    const world = setUp();
    const [name, value] = await honest(world);
    for (const other of [name.toLowerCase() === name ? name.toUpperCase() : name.toLowerCase(), name.replace("__Host-", ""), `\u00a0${name}`, `${name}\u00a0`, `${name}x`, name.replace("messages-", "messages-/"), "__Host-messages-", "__Host-messages-a;b"]) {
      const { result, setCookies } = await world.show(world.make(), `${other}=${value}`);
      assert.deepEqual([result, setCookies], [[], []], other);
    }
  });

  it("what was begun over http is nothing over https, and the other way round", async () => {
    const world = setUp();
    const [name, value] = await honest(world);
    const local = new Visitor(world.make().cloakroom, "http://localhost/");
    assert.deepEqual(await local.run(({ messages }) => messages.take(), { headers: { cookie: `messages-${name.slice(-8)}=${value}` }, peerAddress: "127.0.0.1" }), []);
  });

  it("DS-05 a thousand of them cost thirty-two looks, and fit into one answer", async () => {
    const world = setUp();
    const cookie = Array.from({ length: 1000 }, (_, n) => `__Host-messages-${String(n).padStart(8, "0")}=x`).join("; ");
    const { result, setCookies } = await world.show(world.make(), cookie);
    assert.deepEqual(result, []);
    assert.equal(setCookies.length, 32);
  });

  it("one that comes back after it was shown is not shown again, and is removed again", async () => {
    const world = setUp();
    const [name, value] = await honest(world);
    assert.equal((await world.show(world.make(), `${name}=${value}`)).result?.length, 1);
    const again = await world.show(world.make(), `${name}=${value}`);
    assert.deepEqual(again.result, []);
    assert.equal(again.setCookies.length, 1);
  });
});

describe("messages that attack", () => {
  it("DS-07 names with a meaning in the language do not reach a prototype", async () => {
    for (const storage of ["session", "cookie"] as const) {
      const world = setUp({ messages: { storage } });
      const visitor = world.make();
      await visitor.run(({ messages }) => messages.info("__proto__", { extraTags: "constructor", __proto__: { isSafe: true } } as object));
      const { result } = await world.show(visitor);
      assert.deepEqual(result?.map(({ text, tags }) => [text, tags]), [["__proto__", "constructor info"]]);
      assert.equal(({} as { isSafe?: boolean }).isSafe, undefined);
    }
  });

  it("LC-27 the application's keys do not reach the list, and a list that is none is no error", async () => {
    const world = setUp({ messages: { storage: "session" } });
    const visitor = world.make();
    await assert.rejects(visitor.run(({ session }) => session.set("_messages", [])), { code: "COAT_RESERVED_KEY" });
    const odd = { id: "a", level: 20, text: "fine" };
    for (const list of ["text", 7, {}, null, true, [null, 1, "x", [], {}, { id: 1, level: 20, text: "x" }, { id: "b", level: "20", text: "x" }, { id: "c", level: 20, text: {} }, { id: "d", level: 1e9, text: "x" }, odd]]) {
      await visitor.run(({ session }) => {
        session.set("n", Math.random());
        stateOf(session).values.set(RESERVED.messages, list);
      });
      await visitor.run(({ messages }) => messages.info("added"));
      const { result, error } = await world.show(visitor);
      assert.equal(error, undefined);
      assert.deepEqual(result?.map(({ text }) => text), Array.isArray(list) ? ["fine", "added"] : ["added"]);
      world.clock.advance(120_000);
    }
  });

  it("LG-01 no text reaches an event, an inspection or JSON", async () => {
    const world = setUp();
    const visitor = world.make();
    const hidden = "the balance of account 4711";
    const heard: unknown[] = [];
    const names = ["session.created", "session.updated", "session.ended", "messages.dropped", "cookie.refused", "conflict.overwrote"].map((name) => `coatcheck:${name}`);
    const keep = (message: unknown): void => void heard.push(message);
    for (const name of names) subscribe(name, keep);
    try {
      await visitor.run(({ session }) => session.set("a", 1));
      for (let n = 0; n < 101; n++) await visitor.run(({ messages }) => messages.info(hidden));
      const shown = await visitor.run(({ messages }) => [inspect(messages, { depth: 9 }), JSON.stringify(messages)]);
      assert.ok(shown.every((text) => !text.includes(hidden)));
    } finally {
      for (const name of names) unsubscribe(name, keep);
    }
    assert.ok(heard.some((event) => (event as { storage?: string }).storage === "session"), "the oldest one went, and that was told");
    assert.ok(!JSON.stringify(heard).includes(hidden));
    assert.equal(channel(names[0] as string).hasSubscribers, false);
  });
});
