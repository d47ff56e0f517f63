import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runStoreCases } from "coatcheck/conformance";
import { memoryStore } from "coatcheck/memory";
import { sealed } from "coatcheck/sealed";
import { NamespacedStore } from "../../src/stores/namespaced.ts";
import { LoginWorld } from "../support/login-world.ts";
import { makeRecord } from "../support/records.ts";

runStoreCases(() => ({ store: new NamespacedStore(memoryStore(), "shop") }), { test: it, describe, name: "memory, one namespace of it" });

const SECRETS = { shop: "the shop's secret: 52b1c07d4fa8e936", admin: "the admin's secret: 1c8f20e7d95b6a43" };

/** Two applications with a user table each, on one store; the first user of both has the id 1. */
async function openTwo(options: { readonly seals?: boolean; readonly maxSessionsPerUser?: number } = {}) {
  const store = memoryStore();
  const make = (namespace: "shop" | "admin"): LoginWorld =>
    new LoginWorld({ ...(options.maxSessionsPerUser === undefined ? {} : { maxSessionsPerUser: options.maxSessionsPerUser }) }, { store, namespace, secrets: [SECRETS[namespace]], ...(options.seals === true ? { session: { codec: sealed() } } : {}) });
  const [shop, admin] = [make("shop"), make("admin")];
  const [customer, clerk] = [await shop.signUp("customer"), await admin.signUp("clerk")];
  assert.equal(customer.id, clerk.id);
  return { store, shop, admin, owner: customer.id };
}

describe("ST-09 two applications on one store, each with a namespace", () => {
  for (const seals of [false, true]) {
    it(`list their own sessions${seals ? ", sealed with different secrets" : ""}, a user's or anybody's`, async () => {
      const { shop, admin, owner } = await openTwo({ seals });
      const [customer, clerk] = [await shop.loggedIn("customer"), await admin.loggedIn("clerk")];
      await customer.run(({ session }) => session.set("of", "shop"));
      await clerk.run(({ session }) => session.set("of", "admin"));
      await admin.browser().run(({ session }) => session.set("of", "a stranger at admin"));
      const { sessions } = shop.cloakroom;
      for (const found of [await sessions.list({ owner }), await sessions.list()]) {
        assert.deepEqual(found.map(({ owner: of, values }) => [of, values]), [[owner, { of: "shop" }]]);
      }
      assert.equal((await admin.cloakroom.sessions.list()).length, 2);
      assert.equal(await sessions.get((await clerk.sessionId()) as string), null);
    });
  }

  it("LC-15 end their own users' sessions", async () => {
    const { shop, admin, owner } = await openTwo();
    const [customer, clerk] = [await shop.loggedIn("customer"), await admin.loggedIn("clerk")];
    assert.equal(await shop.cloakroom.sessions.revokeAll(owner), 1);
    assert.equal(await customer.run(({ auth }) => auth.user()), null);
    assert.equal((await clerk.run(({ auth }) => auth.user()))?.username, "clerk");
    assert.equal(await shop.cloakroom.auth.setPassword(owner, "another long walk home"), true);
    assert.equal((await clerk.run(({ auth }) => auth.user()))?.username, "clerk");
  });

  it("count and show their own users' devices", async () => {
    const { shop, admin } = await openTwo({ maxSessionsPerUser: 1 });
    const clerk = await admin.loggedIn("clerk");
    const customer = await shop.loggedIn("customer");
    assert.equal((await customer.run(({ auth }) => auth.sessions.list())).length, 1);
    assert.equal((await clerk.run(({ auth }) => auth.sessions.list())).length, 1);
  });

  it("a record without the namespace, or with another's owner, is not there", async () => {
    const inner = memoryStore({ unsafeInProduction: true });
    const store = new NamespacedStore(inner, "shop");
    const plain = makeRecord({ owner: "1" });
    const mixed = makeRecord({ data: "shop/{}", owner: "admin/1" });
    await inner.create(plain);
    await inner.create(mixed);
    assert.deepEqual([await store.read(plain.id), await store.read(mixed.id)], [null, null]);
    assert.deepEqual(await store.update({ ...plain, version: "next" }, "another"), { outcome: "gone" });
  });
});
