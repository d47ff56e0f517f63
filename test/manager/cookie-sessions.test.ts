import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import fc from "fast-check";
import { sealedCookieStore } from "../../src/manager/sealed-cookie.ts";
import { signedCookieStore } from "../../src/manager/signed-cookie.ts";
import type { Epochs } from "../../src/store/epochs.ts";
import { stateOf } from "../../src/session/session.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const SECRETS = ["a-first-secret-of-a-test-4f1c90", "an-older-secret-of-a-test-77b2e1"].map((text) => text.padEnd(40, "0123456789"));
const NAME = "__Host-sessionid";

class MemoryEpochs implements Epochs {
  readonly #epochs = new Map<string, number>();
  async read(userId: string): Promise<number> {
    return this.#epochs.get(userId) ?? 0;
  }
  async raise(userId: string): Promise<number> {
    const next = (this.#epochs.get(userId) ?? 0) + 1;
    this.#epochs.set(userId, next);
    return next;
  }
}

const kinds = { "sealed-cookie": sealedCookieStore, "signed-cookie": signedCookieStore } as const;

function setUp(kind: keyof typeof kinds, options: CoatcheckOptions = {}, storeOptions: Parameters<typeof sealedCookieStore>[0] = {}) {
  const clock = new FakeClock();
  const make = (more: CoatcheckOptions = {}): Visitor => new Visitor(createCoatcheck<AnyData>({ store: kinds[kind](storeOptions), secrets: [SECRETS[0]], clock, production: false, ...options, ...more }));
  return { clock, make, visitor: make() };
}

for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
  describe(`sessions in a ${kind}`, () => {
    it("live without a server side: written, read, changed, emptied", async () => {
      const { visitor, make } = setUp(kind);
      await visitor.run(({ session }) => session.assign({ name: "Ada", when: new Date(0), cart: ["a"] }));
      await visitor.run(({ session }) => (session.get("cart") as string[]).push("b"));
      const elsewhere = new Visitor(make().cloakroom, visitor.url, visitor.jar);
      assert.deepEqual(await elsewhere.run(({ session }) => [...session]), [["name", "Ada"], ["when", new Date(0)], ["cart", ["a", "b"]]]);
      await visitor.run(({ session }) => session.clear());
      assert.equal(visitor.header(), undefined);
    });

    it("read costs no cookie, a write sends one, and the session keeps its id", async () => {
      const { visitor } = setUp(kind);
      await visitor.run(({ session }) => session.set("a", 1));
      const id = await visitor.run(({ session }) => session.id);
      assert.deepEqual((await visitor.visit(({ session }) => session.get("a"))).setCookies, []);
      assert.equal((await visitor.visit(({ session }) => session.set("a", 2))).setCookies.length, 1);
      assert.equal(await visitor.run(({ session }) => session.id), id);
    });

    it("LC-10 LC-11 idle and absolute limits stand inside the protected value", async () => {
      const { visitor, clock } = setUp(kind, { session: { idleTimeout: "1h", absoluteTimeout: "3h" } });
      await visitor.run(({ session }) => session.set("a", 1));
      const first = visitor.header() ?? "";
      for (let step = 0; step < 5; step++) {
        clock.advance(30 * 60_000);
        assert.equal(await visitor.run(({ session }) => session.get("a")), 1, `step ${step}`);
      }
      assert.equal(await visitor.run(({ session }) => session.get("a"), { headers: { cookie: first } }), undefined, "an old copy ends when it would have");
      const last = visitor.header() ?? "";
      clock.advance(30 * 60_000);
      assert.equal(await visitor.run(({ session }) => session.get("a"), { headers: { cookie: last } }), undefined);
    });

    it("CK-27 a value that was altered anywhere is a stranger's, and never an error", async () => {
      const { visitor } = setUp(kind);
      await visitor.run(({ session }) => session.set("role", "user"));
      const value = visitor.jar.get(NAME, visitor.url) ?? "";
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: value.length - 1 }), fc.constantFrom(..."AQgw09_-zZ."), async (at, letter) => {
          const altered = value.slice(0, at) + letter + value.slice(at + 1);
          if (altered === value) return;
          const visit = await visitor.visit(({ session }) => session.get("role"), { headers: { cookie: `${NAME}=${altered}` } });
          assert.equal(visit.error, undefined);
          assert.equal(visit.result, undefined, `${at}`);
        }),
        { numRuns: 300 },
      );
      for (const odd of ["", "null", "{}", value.slice(0, -1), `${value}A`, "1.abcd.", "9.abcd.x", "0.abcd.x", Buffer.from('{"role":"admin"}').toString("base64url")]) {
        assert.equal(await visitor.run(({ session }) => session.get("role"), { headers: { cookie: `${NAME}=${odd}` } }), undefined, odd.slice(0, 20));
      }
    });

    it("CK-26 ST-09 a value that was moved from another cookie, application or connection opens nothing", async () => {
      const { visitor, make } = setUp(kind);
      await visitor.run(({ session }) => session.set("a", 1));
      const value = visitor.jar.get(NAME, visitor.url) ?? "";
      const other = make({ namespace: "other" });
      assert.equal(await other.run(({ session }) => session.get("a"), { headers: { cookie: `${NAME}=${value}` } }), undefined);
      const loopback = new Visitor(visitor.cloakroom, "http://localhost:3000/");
      assert.equal(await loopback.run(({ session }) => session.get("a"), { headers: { cookie: `sessionid=${value}` } }), undefined);
    });

    it("ST-04 PAIN-22 an older secret still opens, and the cookie is written anew; a dropped one makes a stranger", async () => {
      const { visitor, make } = setUp(kind, { secrets: [SECRETS[1]] });
      await visitor.run(({ session }) => session.set("a", 1));
      const both = new Visitor(make({ secrets: [SECRETS[0], SECRETS[1]] }).cloakroom, visitor.url, visitor.jar);
      const seen = await both.visit(({ session }) => session.get("a"));
      assert.equal(seen.result, 1);
      assert.equal(seen.setCookies.length, 1);
      const newest = new Visitor(make({ secrets: [SECRETS[0]] }).cloakroom, visitor.url, visitor.jar);
      assert.equal(await newest.run(({ session }) => session.get("a")), 1);
      const oldest = new Visitor(make({ secrets: [SECRETS[1]] }).cloakroom, visitor.url, visitor.jar);
      assert.equal(await oldest.run(({ session }) => session.get("a")), undefined);
    });

    it("DS-05 PAIN-17 grows over several cookies and shrinks again, leaving nothing behind", async () => {
      const { visitor } = setUp(kind);
      await visitor.run(({ session }) => session.set("text", "x".repeat(4500)));
      assert.deepEqual(visitor.jar.list().map((cookie) => cookie.name).toSorted(), [NAME, `${NAME}.1`]);
      assert.equal((await visitor.run(({ session }) => session.get("text") as string)).length, 4500);
      await visitor.run(({ session }) => session.set("text", "x"));
      assert.deepEqual(visitor.jar.list().map((cookie) => cookie.name), [NAME]);
      await visitor.run(({ session }) => session.set("text", "y".repeat(4500)));
      await visitor.run(({ session }) => session.flush());
      assert.deepEqual(visitor.jar.list(), []);
    });

    it("DS-05 parts of two generations, gaps, doubles and floods make a stranger", async () => {
      const { visitor } = setUp(kind);
      const parts = async (fill: string): Promise<[string, string]> => {
        await visitor.run(({ session }) => session.set("text", fill.repeat(4500)));
        return [visitor.jar.get(NAME, visitor.url) ?? "", visitor.jar.get(`${NAME}.1`, visitor.url) ?? ""];
      };
      const [a0, a1] = await parts("a");
      const [b0, b1] = await parts("b");
      const read = (cookie: string): Promise<unknown> => visitor.run(({ session }) => session.get("text"), { headers: { cookie } });
      assert.equal(((await read(`${NAME}=${b0}; ${NAME}.1=${b1}`)) as string).length, 4500);
      for (const cookie of [`${NAME}=${a0}; ${NAME}.1=${b1}`, `${NAME}=${b0}`, `${NAME}.1=${b1}`, `${NAME}=${b0}; ${NAME}.2=${b1}`, `${NAME}=${b0}; ${NAME}.1=${b1}; ${NAME}.1=${a1}`, `${NAME}=${b0}; ${NAME}=${a0}; ${NAME}.1=${b1}`, `${NAME}.999999999=x; ${Array.from({ length: 900 }, (_, n) => `${NAME}.${n}=x`).join("; ")}`]) {
        assert.equal(await read(cookie), undefined, cookie.slice(0, 60));
      }
    });

    it("a session that would not fit is an error before any cookie leaves, which names the numbers and the cure", async () => {
      const { visitor } = setUp(kind, {}, { maxCookies: 1 });
      await visitor.run(({ session }) => session.set("a", 1));
      const before = visitor.header();
      const { error, setCookies } = await visitor.visit(({ session }) => session.set("text", "x".repeat(5000)));
      assert.equal((error as { code?: string }).code, "COAT_COOKIE_TOO_LARGE");
      assert.match((error as Error).message, /maxCookies/);
      assert.deepEqual(setCookies, []);
      assert.equal(visitor.header(), before);
    });

    it("LC-23 with epochs a logout ends every copy; the user's other devices end with it", async () => {
      const { visitor, make } = setUp(kind, {}, { epochs: new MemoryEpochs() });
      const phone = new Visitor(visitor.cloakroom);
      for (const device of [visitor, phone]) {
        await device.run(({ session }) => {
          stateOf(session).owner = "ada";
          session.set("user", "ada");
        });
      }
      const stolen = visitor.header() ?? "";
      await visitor.run(({ session }) => session.flush());
      assert.equal(await visitor.run(({ session }) => session.get("user"), { headers: { cookie: stolen } }), undefined);
      assert.equal(await phone.run(({ session }) => session.get("user")), undefined);
      void make;
    });

    it("I2 LC-15 LC-23 a rotation does not bring a session back that was ended meanwhile", async () => {
      for (const rotation of ["privilege", "periodic"] as const) {
        const epochs = new MemoryEpochs();
        const { visitor, clock } = setUp(kind, { session: { rotateEvery: "1h" } }, { epochs });
        await visitor.run(({ session }) => {
          stateOf(session).owner = "ada";
          session.set("user", "ada");
        });
        clock.advance(rotation === "periodic" ? 3_600_000 : 0);
        const { setCookies } = await visitor.visit(async ({ session }) => {
          assert.equal(session.get("user"), "ada");
          await epochs.raise("ada");
          if (rotation === "privilege") session.rotate();
          session.set("late", 1);
        });
        assert.notEqual(setCookies.length, 0);
        assert.deepEqual(await visitor.run(({ session }) => [...session]), [], rotation);
      }
    });

    it("LC-15 a login counts from now on, whoever's session it was", async () => {
      const epochs = new MemoryEpochs();
      const { visitor } = setUp(kind, {}, { epochs });
      for (const round of [1, 2]) {
        await visitor.run(async ({ session }) => {
          await epochs.raise("ada");
          stateOf(session).owner = "ada";
          stateOf(session).rotation = "login";
          session.set("round", round);
        });
        assert.equal(await visitor.run(({ session }) => session.get("round")), round);
      }
    });

    it("rotation keeps the values and takes a new id", async () => {
      const { visitor } = setUp(kind);
      await visitor.run(({ session }) => session.set("a", 1));
      const id = await visitor.run(({ session }) => session.id);
      await visitor.run(({ session }) => session.rotate());
      assert.notEqual(await visitor.run(({ session }) => session.id), id);
      assert.equal(await visitor.run(({ session }) => session.get("a")), 1);
    });

    it("a detached session can be read and not saved, and says why", async () => {
      const { visitor } = setUp(kind);
      await visitor.run(({ session }) => session.set("a", 1));
      const detached = await visitor.run((coat) => {
        coat.session.set("b", 2);
        return coat.detach();
      });
      assert.deepEqual([...detached], [["a", 1], ["b", 2]]);
      detached.set("a", 3);
      await assert.rejects(detached.save(), { code: "COAT_CONFIGURATION", message: /store.*cannot outlive the response/ });
      assert.deepEqual(await visitor.run(({ session }) => [...session]), [["a", 1], ["b", 2]]);
    });

    it("does not start without a secret, and says how to make one", () => {
      assert.throws(() => createCoatcheck({ store: kinds[kind](), production: false }), { code: "COAT_SECRET_MISSING", message: /npx coatcheck secret/ });
      assert.throws(() => kinds[kind]({ maxCookies: 10 }), { code: "COAT_CONFIGURATION" });
    });
  });
}

describe("what users can read", () => {
  const text = async (kind: keyof typeof kinds): Promise<string> => {
    const { visitor } = setUp(kind);
    await visitor.run(({ session }) => session.set("note", "plain words"));
    return Buffer.from((visitor.jar.get(NAME, visitor.url) ?? "").split(".")[2] ?? "", "base64url").toString("utf8");
  };
  it("everything in a signed cookie, nothing in a sealed one", async () => {
    assert.match(await text("signed-cookie"), /plain words/);
    assert.doesNotMatch(await text("sealed-cookie"), /plain words/);
  });
});
