import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createCoatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { createRandom, systemRandom } from "../../src/crypto/random.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { FailingStore } from "../support/failing-store.ts";
import { makeView, Visitor, type AnyData } from "../support/visitor.ts";

function setUp(options: CoatcheckOptions = {}) {
  const clock = new FakeClock();
  const memory = memoryStore();
  const counted = new FailingStore(memory);
  const cloakroom = createCoatcheck<AnyData>({ store: counted.store, clock, production: false, ...options });
  const records = async () => (await memory.scan(null, 1000, { now: clock.now() })).records;
  return { clock, memory, cloakroom, calls: counted.calls, records, visitor: new Visitor(cloakroom) };
}

describe("SID-01 every token carries 256 bits of the platform's secure source", () => {
  it("draws at least 32 bytes for each, and needs neither Math.random nor Date", () => {
    let drawn = 0;
    const random = createRandom((bytes) => {
      drawn += bytes.length;
      systemRandom(bytes);
    });
    const weak = Math.random;
    const now = Date.now;
    Math.random = Date.now = () => {
      throw new Error("weak source");
    };
    try {
      for (let n = 0; n < 1000; n++) assert.equal(Buffer.from(random.token(), "base64url").length, 32);
    } finally {
      Math.random = weak;
      Date.now = now;
    }
    assert.ok(drawn >= 32_000);
  });

  it("SID-06 never repeats, and every bit is set half of the time", () => {
    const random = createRandom();
    const count = 100_000;
    const seen = new Set<string>();
    const ones = new Uint32Array(256);
    for (let n = 0; n < count; n++) {
      const token = random.token();
      seen.add(token);
      const bytes = Buffer.from(token, "base64url");
      for (let bit = 0; bit < 256; bit++) if (((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1) ones[bit] = (ones[bit] ?? 0) + 1;
    }
    assert.equal(seen.size, count);
    // Five sigma: with 256 bits a fair source passes in all but one of ten thousand runs.
    const sigma = Math.sqrt(count) / 2;
    for (const one of ones) assert.ok(Math.abs(one - count / 2) < 5 * sigma, `${one} of ${count}`);
  });
});

describe("SID-03 a token that the server did not issue is never adopted", () => {
  it("whether it was never issued, destroyed or expired", async () => {
    const { visitor, clock, records, memory } = setUp({ session: { idleTimeout: "1h" } });
    await visitor.run(({ session }) => session.set("a", 1));
    const destroyed = visitor.header() ?? "";
    await visitor.run(({ session }) => session.flush());
    await visitor.run(({ session }) => session.set("a", 1));
    const expired = visitor.header() ?? "";
    clock.advance(3_600_000);
    const invented = `__Host-sessionid=${createRandom().token()}`;
    for (const cookie of [destroyed, expired, invented]) {
      const { setCookies } = await visitor.visit(({ session }) => session.set("mine", 1), { headers: { cookie } });
      assert.equal(setCookies.length, 1);
      assert.notEqual(setCookies[0]?.split(";")[0], cookie);
    }
    assert.equal((await records()).length, 3);
    void memory;
  });
});

describe("SID-04 shapes are checked before any store call", () => {
  const hostile = ["", "a", "a".repeat(65_536), "../x", "..%2fx", "a/b", "a\\b", "\0", "\r\n", '"', "é", "[object Object]", "a".repeat(42), "a".repeat(44), `${"a".repeat(42)}=`, `${"a".repeat(42)}b`];
  for (const value of hostile) {
    it(JSON.stringify(value.length > 60 ? `${value.length} characters` : value), async () => {
      const { visitor, calls } = setUp();
      const visit = await visitor.visit(({ session }) => session.isNew, { headers: { cookie: `__Host-sessionid=${value}` } });
      assert.equal(visit.error, undefined);
      assert.equal(visit.result, true);
      assert.deepEqual(visit.setCookies, []);
      assert.deepEqual(calls, []);
    });
  }
});

describe("SID-07 the token is read from the cookie and from nowhere else", () => {
  it("not from another header, the query, or another cookie's name", async () => {
    const { visitor, cloakroom } = setUp();
    await visitor.run(({ session }) => session.set("a", 1));
    const token = (visitor.header() ?? "").split("=")[1] ?? "";
    const attempts: Record<string, string>[] = [{ "x-session-id": token }, { authorization: `Bearer ${token}` }, { cookie: `sessionid=${token}` }, { cookie: `__host-sessionid=${token}` }, { cookie: `=__Host-sessionid=${token}` }, { cookie2: `__Host-sessionid=${token}` }];
    for (const headers of attempts) {
      const coat = cloakroom.begin(makeView({ url: `https://shop.example/?sessionid=${token}&__Host-sessionid=${token}`, headers }));
      await coat.ready;
      assert.equal(coat.session.isNew, true, JSON.stringify(Object.keys(headers)));
    }
  });
});

describe("SID-08 SID-09 ST-01 the token leaves in Set-Cookie and nowhere else", () => {
  it("the store holds a digest of it, and the digest opens nothing", async () => {
    const { visitor, records, cloakroom } = setUp();
    await visitor.run(({ session }) => session.set("a", 1));
    const token = (visitor.header() ?? "").split("=")[1] ?? "";
    const raw = JSON.stringify(await records());
    const spellings = [token, Buffer.from(token, "base64url").toString("hex"), Buffer.from(token, "base64url").toString("base64"), createHash("sha256").update(token).digest("base64url")];
    for (const spelling of spellings) assert.equal(raw.includes(spelling), false);
    const [record] = await records();
    const stolen = await visitor.visit(({ session }) => session.isNew, { headers: { cookie: `__Host-sessionid=${record?.id}` } });
    assert.equal(stolen.result, true);
    const view = await cloakroom.sessions.get(record?.id ?? "");
    assert.equal(JSON.stringify(view).includes(token), false);
  });

  it("LG-01 no public object shows it", async () => {
    const { visitor, cloakroom } = setUp();
    await visitor.run(({ session }) => session.set("secretValue", "sentinel-4711"));
    const token = (visitor.header() ?? "").split("=")[1] ?? "";
    await visitor.run((coat) => {
      for (const thing of [coat, coat.session, coat.cookies, coat.trace, cloakroom, cloakroom.sessions]) {
        const shown = inspect(thing, { depth: 20, showHidden: true }) + JSON.stringify(thing);
        assert.equal(shown.includes(token), false);
        assert.equal(shown.includes("sentinel-4711"), false);
      }
    });
  });

  it("SID-09 ids of tokens that share all but their last characters are unrelated", async () => {
    const { memory, cloakroom } = setUp();
    const asked: string[] = [];
    const read = memory.read.bind(memory);
    memory.read = (id, options) => {
      asked.push(id);
      return read(id, options);
    };
    for (const last of ["A", "E"]) await cloakroom.begin(makeView({ headers: { cookie: `__Host-sessionid=${"a".repeat(42)}${last}` } })).ready;
    const [one = "", two = ""] = asked;
    let common = 0;
    while (common < one.length && one[common] === two[common]) common++;
    assert.ok(common < 6, `${common} characters in common`);
  });
});

describe("CK-17 PAIN-19 two cookies of one name", () => {
  it("one live session among strangers is used; two live ones are both refused, in either order; more than four are nobody's", async () => {
    const { cloakroom } = setUp();
    const ada = new Visitor(cloakroom);
    const mallory = new Visitor(cloakroom);
    await ada.run(({ session }) => session.set("who", "ada"));
    await mallory.run(({ session }) => session.set("who", "mallory"));
    const who = (cookie: string): Promise<unknown> => ada.run(({ session }) => session.get("who"), { headers: { cookie } });
    const [a, m] = [ada.header() ?? "", mallory.header() ?? ""];
    const stranger = (): string => `__Host-sessionid=${createRandom().token()}`;
    assert.equal(await who(`${stranger()}; ${a}`), "ada");
    assert.equal(await who(`${a}; ${stranger()}`), "ada");
    assert.equal(await who(`${a}; ${a}`), "ada");
    assert.equal(await who(`__Host-sessionid=rubbish; ${a}`), "ada");
    assert.equal(await who(`${a}; ${m}`), undefined);
    assert.equal(await who(`${m}; ${a}`), undefined);
    assert.equal(await who([a, stranger(), stranger(), stranger(), stranger()].join("; ")), undefined);
  });
});

describe("ST-09 PAIN-41 CVE-2022-46170 two applications on one store", () => {
  it("cannot open each other's sessions, whatever the cookie is renamed to", async () => {
    const store = memoryStore();
    const make = (options: CoatcheckOptions): Visitor => new Visitor(createCoatcheck<AnyData>({ store, production: false, ...options }));
    const shop = make({ namespace: "shop" });
    const admin = make({ namespace: "admin" });
    const other = make({ namespace: "shop", session: { cookie: { name: "__Host-other" } } });
    await shop.run(({ session }) => session.set("a", 1));
    const token = (shop.header() ?? "").split("=")[1] ?? "";
    assert.equal(await shop.run(({ session }) => session.get("a")), 1);
    assert.equal(await admin.run(({ session }) => session.get("a"), { headers: { cookie: `__Host-sessionid=${token}` } }), undefined);
    assert.equal(await other.run(({ session }) => session.get("a"), { headers: { cookie: `__Host-other=${token}` } }), undefined);
  });
});

describe("PX-07 a session that was begun over https is nothing over http", () => {
  it("whatever name its cookie is sent under, and no cookie is downgraded", async () => {
    const { visitor, cloakroom } = setUp();
    await visitor.run(({ session }) => session.set("a", 1));
    const token = (visitor.header() ?? "").split("=")[1] ?? "";
    for (const url of ["http://shop.example/", "http://localhost:3000/"]) {
      for (const name of ["__Host-sessionid", "sessionid"]) {
        const visit = await new Visitor(cloakroom, url).visit(({ session }) => session.isNew, { headers: { cookie: `${name}=${token}` } });
        assert.equal(visit.result, true, `${url} ${name}`);
        assert.deepEqual(visit.setCookies, []);
      }
    }
  });
});
