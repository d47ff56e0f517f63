import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import { createCoatcheck } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { Visitor, type AnyData } from "../support/visitor.ts";

const LIMIT = 1000;

function setUp() {
  const store = memoryStore();
  const visitor = new Visitor(createCoatcheck<AnyData>({ store, production: false, session: { maxBytes: LIMIT } }));
  return { store, visitor };
}

/** Values whose text takes so many bytes, most of them in `name`, whose letters take `width` bytes each. */
function fill(bytes: number, letter: string): AnyData {
  const width = Buffer.byteLength(letter);
  const room = bytes - Buffer.byteLength(JSON.stringify({ name: "", pad: "", list: [1] }));
  const letters = Math.floor((room - 10) / width);
  const values = { name: letter.repeat(letters), pad: "x".repeat(room - letters * width), list: [1] };
  assert.equal(Buffer.byteLength(JSON.stringify(values)), bytes);
  return values;
}

const tooLarge = (bytes: number, key: string) => ({ code: "COAT_SESSION_TOO_LARGE", message: new RegExp(`would take ${bytes} bytes and session\\.maxBytes is ${LIMIT}\\. The largest key is "${key}"`) });

describe("session.maxBytes", () => {
  for (const [text, letter] of [["ASCII", "x"], ["two bytes a letter", "é"], ["three bytes a letter", "漢"], ["four bytes a letter", "🧥"]] as const) {
    it(`DS-02 counts bytes, not letters (${text}): kept at the limit, refused one above`, async () => {
      const { store, visitor } = setUp();
      await assert.rejects(visitor.run(({ session }) => session.assign(fill(LIMIT + 1, letter))), tooLarge(LIMIT + 1, "name"));
      assert.equal(store.size, 0, "what is refused is not stored, and begins no session");
      assert.equal(visitor.header(), undefined);
      await visitor.run(({ session }) => session.assign(fill(LIMIT, letter)));
      assert.deepEqual(await visitor.run(({ session }) => Object.fromEntries(session)), fill(LIMIT, letter));
    });

    it(`DS-02 keeps what was stored before when a change would be too large (${text})`, async () => {
      const { visitor } = setUp();
      await visitor.run(({ session }) => session.set("list", [1]));
      const { name, pad } = fill(LIMIT + 1, letter);
      await assert.rejects(visitor.run(({ session }) => session.assign({ name, pad })), tooLarge(LIMIT + 1, "name"));
      await assert.rejects(visitor.run(async ({ session }) => session.assign({ name, pad }).save()), tooLarge(LIMIT + 1, "name"));
      assert.deepEqual(await visitor.run(({ session }) => [...session]), [["list", [1]]]);
    });
  }

  it("DS-02 names the key that takes the most bytes, which need not be the one with the most letters", async () => {
    const { visitor } = setUp();
    const values = { heavy: "漢".repeat(300), long: "x".repeat(500) };
    await assert.rejects(visitor.run(({ session }) => session.assign(values)), tooLarge(Buffer.byteLength(JSON.stringify(values)), "heavy"));
  });

  it("DS-02 a user name of a megabyte stores nothing", async () => {
    const { store, visitor } = setUp();
    await assert.rejects(visitor.run(({ session }) => session.set("lastName", "x".repeat(1024 * 1024))), { code: "COAT_SESSION_TOO_LARGE" });
    assert.equal(store.size, 0);
  });

  it("DS-02 is 1 MiB when nothing is said, and is told of from 64 KiB on", async (t) => {
    const heard: unknown[] = [];
    const listen = (message: unknown): void => void heard.push(message);
    subscribe("coatcheck:session.large", listen);
    t.after(() => unsubscribe("coatcheck:session.large", listen));
    const visitor = new Visitor(createCoatcheck<AnyData>({ store: memoryStore(), production: false, log: () => undefined }));
    const fill = (bytes: number): Promise<unknown> => visitor.run(({ session }) => session.set("a", "x".repeat(bytes - '{"a":""}'.length)));
    await fill(65_536);
    assert.deepEqual(heard, []);
    await fill(65_537);
    assert.deepEqual(heard.map((message) => (message as { bytes: number }).bytes), [65_537]);
    await fill(1_048_576);
    await assert.rejects(fill(1_048_577), { code: "COAT_SESSION_TOO_LARGE" });
  });
});
