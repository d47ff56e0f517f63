import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { attackShop, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { ask, askRaw, watchUnhandled } from "../support/http.ts";
import { PASSWORD, type ShopReader } from "../support/shop-reader.ts";

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  before(async () => {
    world = await attackShop(sessions);
  });
  after(() => world[Symbol.asyncDispose]());

  const PATHS = ["/", "/cart", "/login", "/signup", "/account", "/staff", "/confirm", "/session", "/session/left", "/cookies", "/visits", "/books/the-ninth-tide", "/logout", "/theme", "/cart/fold-the-sea", "/account/devices/x/name", "/%2e%2e/", "/books/%00", "/?next=%0d%0a"];
  const HEADERS = ["cookie", "origin", "referer", "host", "authorization", "forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "sec-fetch-site", "sec-fetch-mode", "sec-purpose", "content-type", "accept", "accept-language", "user-agent", "x-csrftoken", "if-none-match"];
  const NAMES = ["sessionid", "__Host-sessionid", "csrftoken", "csrfvisitor", "messages", "messages-x", "theme", "language", "consent", "statistics", "wish_list", "favorite_color", "__proto__", ""];

  /** What a header line may hold: bytes from 0x20 to 0xff. */
  const line = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 200 });
  const pair = fc.tuple(fc.constantFrom(...NAMES), fc.oneof(line, fc.string({ minLength: 43, maxLength: 43 }).map((text) => Buffer.from(text).toString("base64url").slice(0, 43)), fc.constant("%"), fc.constant('"'))).map(([name, value]) => `${name}=${value}`);
  const cookies = fc.array(pair, { maxLength: 8 }).map((pairs) => pairs.join("; "));
  const headers = fc.array(fc.tuple(fc.constantFrom(...HEADERS), line), { maxLength: 5 });
  const body = fc.oneof(fc.constant(""), line, fc.constantFrom("csrfmiddlewaretoken=a&csrfmiddlewaretoken=b", "username[]=x&password=%", "a=1&".repeat(300), "{", '{"csrfmiddlewaretoken":{}}'));
  const request = fc.record({ path: fc.constantFrom(...PATHS), method: fc.constantFrom("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"), cookie: cookies, headers, body });

  const SAFE = /[^\t\x20-\x7e\x80-\xff]/g;

  describe("DS-10 no request makes the shop fail", () => {
    it("thousands of generated ones are each answered below 500, and it still sells books", { timeout: 120_000 }, async () => {
      const unhandled = watchUnhandled();
      const seen = new Map<number, number>();
      await fc.assert(fc.asyncProperty(fc.array(request, { minLength: 10, maxLength: 10 }), async (batch) => {
        await Promise.all(batch.map(async ({ path, method, cookie, headers: extra, body: sent }) => {
          const given = Object.fromEntries([["cookie", cookie], ["content-type", "application/x-www-form-urlencoded"], ...extra].map(([name, value]) => [name, (value ?? "").replaceAll(SAFE, "")])) as Record<string, string>;
          const { status } = await ask(world.server.port, path, { method, headers: given, ...(method === "GET" || method === "HEAD" ? {} : { body: sent }) });
          seen.set(status, (seen.get(status) ?? 0) + 1);
          assert.ok(status < 500, `${method} ${path}: ${status}`);
        }));
      }), { numRuns: 200 });
      assert.deepEqual(world.reported, []);
      assert.deepEqual(await unhandled.stop(), []);
      for (const status of [200, 303, 400, 403, 404, 405]) assert.ok((seen.get(status) ?? 0) > 0 || status === 303 || status === 400, `no ${status} among ${inspect(seen)}`);
      const reader = world.open();
      assert.equal((await reader.post("/cart/the-ninth-tide")).status, 303);
    });

    it("nor do generated forms of a user who is signed in, with right tokens", { timeout: 120_000 }, async () => {
      const alma = await world.enter("DS-10 Alma");
      const fields = ["username", "password", "next", "name", "note", "lifetime", "theme", "language", "consent", "color", "back", "book", "current_password", "remember"];
      const paths = ["/theme", "/language", "/consent", "/session/note", "/session/expiry", "/cookies/color", "/staff/window", "/account/devices/x/name", "/account/devices/%00/revoke", "/login", "/signup", "/confirm", "/wishes/x", "/cart/__proto__"];
      await fc.assert(fc.asyncProperty(fc.constantFrom(...paths), fc.dictionary(fc.constantFrom(...fields), fc.oneof(fc.string({ unit: "binary", maxLength: 60 }), line)), async (path, values) => {
        const { status } = await alma.post(path, values);
        assert.ok(status < 500, `${path}: ${status}`);
      }), { numRuns: 300 });
      assert.deepEqual(world.reported, []);
    });

    it("nor bytes that are no request", async () => {
      for (const bytes of ["GET / HTTP/1.1\r\nHost: x\r\nCookie: \u0000\r\n\r\n", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "\r\n\r\n\u0016\u0003"]) {
        const answer = (await askRaw(world.server.port, Buffer.from(`${bytes}`, "latin1"))).toString("latin1");
        assert.match(answer, /^HTTP\/1\.1 4\d\d /);
      }
    });
  });

  describe("tampered preference cookies", () => {
    it("count as nothing, are never repeated, and change no other visitor's page", async () => {
      const hostile = ['"><script>alert(1)</script>', "../../etc/passwd", "__proto__", "constructor", "DARK", "dark dark", "%00", "dark%3B", "en-XX", "'; drop table", "x".repeat(3000)];
      for (const value of hostile) {
        for (const name of ["theme", "language", "consent", "favorite_color", "favorite_color_open", "wish_list", "statistics"]) {
          const { status, text } = await ask(world.server.port, "/", { headers: { cookie: `${name}=${value}` } });
          assert.equal(status, 200);
          assert.ok(text.includes('<html lang="en" class="theme-light">'), `${name}=${value}`);
          assert.ok(!text.includes("<script>"), value);
          // The question is asked as long as no listed answer was given.
          assert.match(text, /aria-label="Cookie consent"/, `${name}=${value}`);
        }
      }
      const two = await ask(world.server.port, "/", { headers: { cookie: "theme=light; theme=dark; language=de; language=fr" } });
      assert.equal(two.status, 200);
      assert.match(two.text, /<html lang="(?:en|de|fr)" class="theme-(?:light|dark)">/);
    });
  });

  describe("LG-01 nothing secret is in what the shop writes", () => {
    /** The spellings in which a secret could slip into a text. */
    const spellings = (secret: string): string[] => [secret, Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("base64url"), encodeURIComponent(secret)];

    it("neither in the log nor, cookies apart, in a page, through every flow and its failures", async () => {
      const written: string[] = [];
      const streams = [process.stdout, process.stderr] as const;
      const originals = streams.map((stream) => stream.write.bind(stream));
      const pages: string[] = [];
      const passwords = [PASSWORD, "nine wooden pegs", "an entirely wrong one"];
      let readers: ShopReader[] = [];
      for (const stream of streams) stream.write = ((chunk: string | Uint8Array) => written.push(String(chunk)) > 0) as typeof stream.write;
      try {
        const alma = await world.enter("LG-01 Alma");
        const second = world.open();
        readers = [alma, second];
        for (const [reader, path, fields] of [
          [second, "/login", { username: "LG-01 Alma", password: "an entirely wrong one" }], [second, "/login", { username: "LG-01 Alma", password: PASSWORD }],
          [alma, "/cart/the-ninth-tide", {}], [alma, "/session/rotate", {}], [alma, "/confirm", { password: "an entirely wrong one" }], [alma, "/confirm", { password: PASSWORD }],
          [alma, "/account/password", { current_password: PASSWORD, new_password: "nine wooden pegs" }], [alma, "/staff/window", { book: "x" }], [second, "/account/devices/all", {}],
          [alma, "/account/devices/others", {}], [alma, "/logout", {}], [alma, "/signup", { username: "LG-01 Alma", password: PASSWORD }],
        ] as const) {
          pages.push((await reader.post(path, fields)).text);
          for (const page of ["/", "/account", "/session", "/nowhere"]) pages.push((await reader.get(page)).text);
        }
        await alma.postBare("/theme", { csrfmiddlewaretoken: second.held("csrftoken") ?? "" });
      } finally {
        streams.forEach((stream, at) => (stream.write = originals[at] as typeof stream.write));
      }
      const log = `${written.join("")}${inspect([world.shop.cloakroom, world.reported], { depth: 6 })}`;
      const hash = (await world.shop.users.findByUsername("LG-01 Alma"))?.passwordHash ?? "";
      const values = readers.flatMap((reader) => reader.seen).filter((value) => value.length >= 20);
      // A ticket has 43 letters; a session that is sealed in the cookie has hundreds.
      const tickets = values.filter((value) => value.length === 43 || value.length > 250);
      assert.ok(tickets.length >= 5 && values.length > 100 && hash !== "");
      for (const secret of [...values, ...passwords, hash]) for (const text of spellings(secret)) assert.ok(!log.includes(text), "a secret is in the log");
      // Pages hold tokens of forms, which are made for them; never the ticket, a password or its hash.
      const shown = pages.join("\n");
      for (const secret of [...tickets, ...passwords, hash]) for (const text of spellings(secret)) assert.ok(!shown.includes(text), "a secret is in a page");
    });
  });
});
