import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCoatcheck, type Coat } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

const make = (clock = new FakeClock()): Visitor => new Visitor(createCoatcheck<AnyData>({ store: memoryStore(), production: false, clock, log: () => undefined }));
const nameOf = (line: string): string => line.slice(0, line.indexOf("="));

describe("CK-10 one line for each name, the last intention wins", () => {
  const rows: readonly (readonly [string, (coat: Coat<AnyData>) => unknown, RegExp])[] = [
    ["set, set", ({ cookies }) => (cookies.set("a", "1"), cookies.set("a", "2")), /^a=2;/],
    ["set, delete", ({ cookies }) => (cookies.set("a", "1"), cookies.delete("a")), /^a=;.*Max-Age=0/],
    ["delete, set", ({ cookies }) => (cookies.delete("a"), cookies.set("a", "2")), /^a=2;/],
    ["rotate, flush", ({ session }) => (session.rotate(), session.flush()), /^__Host-sessionid=;.*Max-Age=0/],
    ["flush, write", ({ session }) => (session.flush(), session.set("b", 1)), /^__Host-sessionid=[\w-]{43};/],
  ];
  for (const [what, act, line] of rows) {
    it(what, async () => {
      const visitor = make();
      await visitor.run(({ session }) => session.set("x", 1));
      const { setCookies } = await visitor.visit(act);
      assert.equal(new Set(setCookies.map(nameOf)).size, setCookies.length);
      assert.equal(setCookies.length, 1);
      assert.match(setCookies[0] ?? "", line);
    });
  }

  it("what was set is what is read back in the same request", async () => {
    await make().run(({ cookies }) => {
      cookies.set("theme", "dark blue; é");
      assert.equal(cookies.get("theme", "light"), "dark blue; é");
      cookies.delete("theme");
      assert.equal(cookies.get("theme", "light"), "light");
    });
  });
});

describe("CK-24 CK-25 options and flags", () => {
  it("of one request touch that request only, and the configured flags reach every cookie of the product", async () => {
    const cloakroom = createCoatcheck<AnyData>({ store: memoryStore(), production: false, log: () => undefined, session: { cookie: { sameSite: "strict" } } });
    const [one, two] = [new Visitor(cloakroom), new Visitor(cloakroom)];
    const short = one.visit((coat) => coat.session.set("a", 1).setExpiry(1));
    const plain = two.visit(({ session, csrf }) => (csrf.token(), session.set("a", 1)));
    assert.match((await short).setCookies[0] ?? "", /Max-Age=1;/);
    const lines = (await plain).setCookies;
    assert.equal(lines.length, 3);
    for (const line of lines) {
      assert.match(line, /; Secure/);
      assert.match(line, /; SameSite=Strict/);
      assert.doesNotMatch(line, /Max-Age=1;/);
    }
    assert.throws(() => Object.assign(cloakroom.settings.cookie, { sameSite: "none" }), TypeError);
  });
});

describe("DS-11 the product's own cookies together", () => {
  it("stay below four kilobytes, with everything in use", async () => {
    const visitor = make();
    await visitor.run(({ session, csrf, messages }) => {
      csrf.token();
      session.set("a", 1);
      for (let n = 0; n < 20; n++) messages.success("m".repeat(100));
    });
    await visitor.run(({ csrf }) => csrf.token());
    assert.ok((visitor.header() ?? "").length < 4096, String(visitor.header()?.length));
  });
});

describe("LC-12 times live in the record", () => {
  it("fifty saves, attributes that came back and a Max-Age of the client's own alter nothing", async () => {
    const clock = new FakeClock();
    const visitor = make(clock);
    await visitor.run(({ session }) => session.set("n", 0));
    const ends = await visitor.run(({ session }) => session.expiresAt);
    for (let n = 1; n <= 50; n++) {
      clock.advance(1000);
      await visitor.run(({ session }) => session.set("n", n), { headers: { cookie: `${visitor.header()}; Max-Age=99999999; Expires=Fri, 01 Jan 2100 00:00:00 GMT` } });
    }
    assert.equal(await visitor.run(({ session }) => session.expiresAt), ends);
    clock.set(ends);
    assert.equal(await visitor.run(({ session }) => session.get("n"), { headers: { cookie: visitor.header() ?? "" } }), undefined);
  });
});

describe("KY-03 production is the default", () => {
  it("where nobody says otherwise: strict checks, no trace, no explanations", () => {
    const before = process.env["NODE_ENV"];
    try {
      for (const [environment, expected] of [[undefined, true], ["", true], ["staging", true], ["Development", true], ["production", true], ["development", false], ["test", false]] as const) {
        if (environment === undefined) delete process.env["NODE_ENV"];
        else process.env["NODE_ENV"] = environment;
        assert.equal(createCoatcheck({ store: memoryStore({ unsafeInProduction: true }) }).settings.production, expected, String(environment));
      }
      delete process.env["NODE_ENV"];
      assert.throws(() => createCoatcheck({ store: memoryStore() }), { code: "COAT_CONFIGURATION", message: /unsafeInProduction|production: false/ });
    } finally {
      if (before === undefined) delete process.env["NODE_ENV"];
      else process.env["NODE_ENV"] = before;
    }
  });
});

describe("LG-02 the id", () => {
  it("is the same in every event of a session, differs between sessions, and is not the token", async () => {
    const visitor = make();
    await visitor.run(({ session }) => session.set("a", 1));
    const id = await visitor.run(({ session }) => session.id);
    assert.equal(await visitor.run(({ session }) => session.id), id);
    assert.equal(visitor.header()?.includes(id ?? "?"), false);
    const other = make();
    await other.run(({ session }) => session.set("a", 1));
    assert.notEqual(await other.run(({ session }) => session.id), id);
  });
});

describe("CC-08 no state leaks between requests", () => {
  it("a thousand interleaved requests of fifty users each see their own, also when some of them throw", async () => {
    const cloakroom = createCoatcheck<AnyData>({ store: memoryStore(), production: false, log: () => undefined });
    const users = Array.from({ length: 50 }, (_, n) => ({ n, visitor: new Visitor(cloakroom) }));
    await Promise.all(users.map(({ n, visitor }) => visitor.run(({ session }) => session.set("user", n))));
    await Promise.all(
      users.flatMap(({ n, visitor }) =>
        Array.from({ length: 20 }, async (_, round) => {
          const { result, error } = await visitor.visit(async ({ session }) => {
            for (let turn = 0; turn < (n * 7 + round * 3) % 11; turn++) await new Promise((resolve) => setImmediate(resolve));
            session.change("seen", (seen) => [...((seen as number[] | undefined) ?? []), n]);
            if (round % 7 === 3) throw new Error("on purpose");
            return session.get("user");
          });
          if (error === undefined) assert.equal(result, n);
        }),
      ),
    );
    for (const { n, visitor } of users) {
      const seen = (await visitor.run(({ session }) => session.get("seen"))) as number[];
      assert.deepEqual([...new Set(seen)], [n]);
      assert.equal(seen.length, 17, "three of twenty threw");
    }
  });
});
