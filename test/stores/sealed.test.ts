import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck } from "coatcheck";
import { runStoreCases } from "coatcheck/conformance";
import { sqliteStore } from "../../src/stores/sqlite.ts";
import { memoryStore } from "coatcheck/memory";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { isByOwner, isClosable, isLeasable, isMigratable, isScannable, isSweepable } from "../../src/store/capabilities.ts";
import { sealed, SealedStore } from "../../src/stores/sealed.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const SECRETS = ["a-first-secret-of-a-test-4f1c90", "an-older-secret-of-a-test-77b2e1", "a-third-secret-of-a-test-0d9a3c"].map((text) => text.padEnd(40, "0123456789"));
const keyring = createKeyring([SECRETS[0]], { production: false });

runStoreCases(() => ({ store: new SealedStore(memoryStore(), () => keyring, { acceptPlain: false }) }), { test: it, describe, name: "memory, sealed at rest" });

function setUp(store = memoryStore()) {
  const open = (secrets: readonly (string | undefined)[], acceptPlain = false): Visitor =>
    new Visitor(createCoatcheck<AnyData>({ store, production: false, secrets, session: { codec: sealed({ acceptPlain }) } }));
  const raw = async () => (await store.scan(null, 100)).records;
  return { store, open, raw };
}

describe("sealing at rest", () => {
  it("G4 PAIN-06 leaves nothing readable in the store", async () => {
    const { open, raw } = setUp();
    const visitor = open([SECRETS[0]]);
    await visitor.run(({ session }) => session.assign({ note: "plain words", when: new Date(0) }));
    assert.doesNotMatch(JSON.stringify(await raw()), /plain words|note/);
    assert.deepEqual(await visitor.run(({ session }) => [...session]), [["note", "plain words"], ["when", new Date(0)]]);
  });

  it("ST-03 records that were exchanged, altered or cut are strangers', and never an error", async () => {
    const { store, open, raw } = setUp();
    const [ada, grace] = [open([SECRETS[0]]), open([SECRETS[0]])];
    await ada.run(({ session }) => session.set("who", "ada"));
    await grace.run(({ session }) => session.set("who", "grace"));
    const [one, two] = await raw();
    assert.ok(one && two);
    const forge = (data: string): Promise<unknown> => store.update({ ...one, data }, one.version);
    for (const data of [two.data, one.data.slice(0, -4), `${one.data}AAAA`, one.data.replace(/.$/, (last) => (last === "A" ? "B" : "A")), '{"who":"mallory"}', ""]) {
      await forge(data);
      const seen = await Promise.all([ada, grace].map((visitor) => visitor.visit(({ session }) => session.get("who"))));
      assert.deepEqual(seen.map((visit) => visit.error), [undefined, undefined]);
      assert.equal(seen.filter((visit) => visit.result !== undefined).length, 1, data.slice(0, 20));
    }
  });

  it("equal values give different bytes", async () => {
    const { open, raw } = setUp();
    for (let n = 0; n < 50; n++) await open([SECRETS[0]]).run(({ session }) => session.set("a", 1));
    assert.equal(new Set((await raw()).map((record) => record.data)).size, 50);
  });

  it("ST-04 in three stages of a change of secret nobody is logged out until the old one is dropped, and a count says when", async () => {
    const { store, open, raw } = setUp();
    const first = open([SECRETS[1]]);
    await first.run(({ session }) => session.set("a", 1));
    const second = open([SECRETS[1]]);
    await second.run(({ session }) => session.set("a", 2));
    const both = createKeyring([SECRETS[0], SECRETS[1]], { production: false });
    const count = (): Promise<Map<string, number>> => new SealedStore(store, () => both, { acceptPlain: false }).countByKey();
    assert.deepEqual([...(await count())], [[both.ids[0], 0], [both.ids[1], 2]]);
    const version = (await raw())[0]?.version;
    const seen = new Visitor(open([SECRETS[0], SECRETS[1]]).cloakroom, first.url, first.jar);
    assert.equal(await seen.run(({ session }) => session.get("a")), 1, "opened under the old secret, and sealed again on sight");
    assert.equal((await raw()).some((record) => record.version === version), true);
    assert.deepEqual(new Map(await count()), new Map([[both.ids[1], 1], [both.ids[0], 1]] as [string, number][]));
    const newest = open([SECRETS[0]]);
    assert.equal(await new Visitor(newest.cloakroom, first.url, first.jar).run(({ session }) => session.get("a")), 1);
    assert.equal(await new Visitor(newest.cloakroom, second.url, second.jar).run(({ session }) => session.get("a")), undefined);
  });

  it("PAIN-12 acceptPlain reads what was stored before, and seals it", async () => {
    const { store, open, raw } = setUp();
    const plain = new Visitor(createCoatcheck<AnyData>({ store, production: false, secrets: [SECRETS[0]] }));
    await plain.run(({ session }) => session.set("a", 1));
    const strict = open([SECRETS[0]]);
    assert.equal(await new Visitor(strict.cloakroom, plain.url, plain.jar).run(({ session }) => session.get("a")), undefined);
    assert.equal(await new Visitor(open([SECRETS[0]], true).cloakroom, plain.url, plain.jar).run(({ session }) => session.get("a")), 1);
    assert.match((await raw())[0]?.data ?? "", /^sealed:/);
    assert.equal(await new Visitor(strict.cloakroom, plain.url, plain.jar).run(({ session }) => session.get("a")), 1);
  });

  it("keeps the abilities of the store underneath, and wants a secret from outside", async () => {
    assert.equal(isScannable(new SealedStore(memoryStore(), () => keyring, { acceptPlain: false })), true);
    const database = sqliteStore(":memory:");
    const over = new SealedStore(database, () => keyring, { acceptPlain: false });
    for (const has of [isScannable, isByOwner, isSweepable, isMigratable, isLeasable, isClosable]) assert.equal(has(over), has(database), has.name);
    await database.close();
    assert.throws(() => createCoatcheck({ store: memoryStore(), production: false, session: { codec: sealed() } }), { code: "COAT_SECRET_MISSING", message: /Sealing at rest/ });
    const { open } = setUp();
    const visitor = open([SECRETS[2]]);
    await visitor.run(({ session }) => session.set("a", 1));
    assert.deepEqual((await visitor.cloakroom.sessions.list()).map((view) => view.values), [{ a: 1 }]);
  });
});
