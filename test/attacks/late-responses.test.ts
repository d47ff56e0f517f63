import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, SessionEnded } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { makeView, Visitor, type AnyData } from "../support/visitor.ts";

/** A request that has read its session and waits; `end` runs its handler and commits. */
async function openSlow(visitor: Visitor) {
  const cookie = visitor.header();
  const coat = visitor.cloakroom.begin(makeView(cookie === undefined ? {} : { headers: { cookie } }));
  await coat.ready;
  return coat;
}

describe("CC-04 a response that comes late", () => {
  const endings: Readonly<Record<string, (visitor: Visitor) => Promise<unknown>>> = {
    "a logout": (visitor) => visitor.run(({ session }) => session.flush()),
    "a rotation": (visitor) => visitor.run(({ session }) => session.rotate()),
    "a revocation": async (visitor) => visitor.cloakroom.sessions.revoke((await visitor.run(({ session }) => session.id)) ?? ""),
    "a sweep": async (visitor) => {
      const id = (await visitor.run(({ session }) => session.id)) ?? "";
      await visitor.cloakroom.store?.delete(id);
    },
  };
  for (const [what, end] of Object.entries(endings)) {
    it(`after ${what}: a write is told, a read is answered, neither sends or removes the session cookie`, async () => {
      const visitor = new Visitor(createCoatcheck<AnyData>({ store: memoryStore(), production: false, log: () => undefined }));
      await visitor.run(({ session }) => session.set("user", "ada"));
      const [writer, reader] = [await openSlow(visitor), await openSlow(visitor)];
      await end(visitor);
      const jar = visitor.header();
      writer.session.set("late", 1);
      await assert.rejects(Promise.resolve(writer.finish({ status: 200, threw: false })), SessionEnded);
      // What an adapter would add to the error page: the commit failed, and no cookie of it is left behind.
      assert.deepEqual((await Promise.resolve(writer.finish({ status: 409, threw: true })))?.setCookies ?? [], []);
      assert.equal(reader.session.get("user"), "ada");
      assert.deepEqual((await Promise.resolve(reader.finish({ status: 200, threw: false })))?.setCookies, []);
      assert.equal(visitor.header(), jar);
    });
  }
});
