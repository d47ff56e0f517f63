import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { attackShop, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { ask, askRaw, linesOf, type Answer } from "../support/http.ts";
import { PASSWORD, type ShopReader } from "../support/shop-reader.ts";

const nameOf = (line: string): string => line.slice(0, line.indexOf("="));

/** The attributes of a line, names in lower case; without a value: true. */
function attributesOf(line: string): Record<string, string | true> {
  return Object.fromEntries(line.split(";").slice(1).map((part) => {
    const [name = "", value] = part.trim().split("=", 2);
    return [name.toLowerCase(), value ?? true] as const;
  }));
}

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  let world: AttackedShop;
  /** Every answer of a visit that does everything once. */
  let answers: readonly Answer[];
  let alma: ShopReader;

  /** Goes through the whole shop: every page, every form. */
  async function visitEverything(): Promise<readonly Answer[]> {
    const seen: Answer[] = [];
    alma = world.open();
    const go = async (path: string, fields?: Record<string, string>): Promise<void> => void seen.push(fields === undefined ? await alma.get(path) : await alma.post(path, fields));
    for (const path of ["/", "/login", "/signup", "/nowhere", "/logout"]) await go(path);
    await go("/signup", { username: "Alma", password: PASSWORD });
    for (const [path, fields] of [
      ["/theme", { theme: "dark" }], ["/language", { language: "de" }], ["/language", { language: "en" }], ["/consent", { consent: "all" }], ["/cart/the-ninth-tide", {}], ["/wishes/fold-the-sea", {}],
      ["/cookies/color", { color: "red" }], ["/cookies/open-color", { color: "gold" }], ["/cookies/signed", { words: "tea; \"cake\", ünd=1" }], ["/cookies/sealed", { words: "líke\tthis" }], ["/cookies/errand", { words: "bread" }],
      ["/session/note", { note: "n".repeat(2990) }],
    ] as const) await go(path, fields);
    for (const path of ["/", "/cart", "/account", "/session", "/cookies", "/visits", "/dashboard", "/confirm", "/books/fold-the-sea", "/staff", "/session/left", "/assets/styles.css"]) await go(path);
    for (const [path, fields] of [
      ["/cookies/errand/back", {}], ["/cookies/signed/alter", {}], ["/session/expiry", { lifetime: "five-minutes" }], ["/session/rotate", {}], ["/login", { username: "Alma", password: "wrong" }], ["/theme", { theme: "x" }], ["/confirm", { password: PASSWORD }],
      ["/account/password", { current_password: PASSWORD, new_password: "nine wooden pegs" }], ["/account/devices/others", {}], ["/session/note/remove", {}],
    ] as const) await go(path, fields);
    world.clock.advance(100_000);
    for (const path of ["/cart", "/cookies"]) await go(path);
    for (const [path, fields] of [
      ["/cookies/color/remove", {}], ["/cookies/open-color/remove", {}], ["/cookies/signed/remove", {}], ["/cookies/sealed/remove", {}], ["/wishes/clear", {}], ["/consent/forget", {}], ["/logout", {}],
    ] as const) await go(path, fields);
    await go("/");
    return seen;
  }

  before(async () => {
    world = await attackShop(sessions);
    answers = await visitEverything();
  });
  after(() => world[Symbol.asyncDispose]());

  const setCookies = (): string[] => answers.flatMap((answer) => linesOf(answer, "set-cookie"));

  it("CK-10 no response sets one name twice", () => {
    for (const answer of answers) {
      const names = linesOf(answer, "set-cookie").map(nameOf);
      assert.equal(new Set(names).size, names.length, names.join());
    }
  });

  it("CK-06 CK-08 CK-09 every line is one cookie with known attributes, of octets that browsers keep, and none is too long", () => {
    const lines = setCookies();
    assert.ok(lines.length > 50);
    for (const line of lines) {
      const pair = line.split(";", 1)[0] ?? "";
      assert.match(pair, /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+=[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/, line.slice(0, 60));
      assert.ok(pair.length - "=".length <= 4096, `${nameOf(line)}: ${pair.length}`);
      assert.match(line, /^[\x20-\x7e]+$/);
      for (const name of Object.keys(attributesOf(line))) assert.ok(["path", "max-age", "expires", "httponly", "samesite"].includes(name), line.slice(0, 60));
    }
    // The jar drops what a browser would drop.
    assert.deepEqual(alma.jar.rejected, []);
  });

  it("CK-03 CK-25 CK-22 every cookie says SameSite once, is for the whole site of this host, and is closed to scripts unless they need it", () => {
    const readable = new Set<string>();
    for (const line of setCookies()) {
      const attributes = attributesOf(line);
      assert.equal(line.match(/samesite=/gi)?.length, 1, line.slice(0, 60));
      assert.deepEqual([attributes["samesite"], attributes["path"], attributes["domain"]], ["Lax", "/", undefined], line.slice(0, 60));
      if (attributes["httponly"] !== true) readable.add(nameOf(line));
      if (typeof attributes["max-age"] === "string") assert.ok(Number(attributes["max-age"]) <= 34_560_000);
    }
    assert.deepEqual([...readable].toSorted(), ["csrftoken", "favorite_color_open"]);
    for (const name of ["sessionid", "csrftoken", "csrfvisitor", "signed_words", "sealed_words", "errand", "theme", "statistics"]) assert.ok(setCookies().some((line) => nameOf(line) === name), name);
    assert.equal(setCookies().some((line) => nameOf(line) === "sessionid.1"), sessions === "sealed-cookie");
  });

  it("CK-21 what is removed is gone: of a visit that ends in a logout, nothing is left but what was meant to stay", () => {
    assert.deepEqual(alma.jar.list().map(({ name }) => name).filter((name) => !/^(?:csrf|messages)/.test(name)).toSorted(), ["language", "theme"]);
    for (const line of setCookies()) {
      if (attributesOf(line)["max-age"] !== "0") continue;
      const setting = setCookies().find((other) => nameOf(other) === nameOf(line) && attributesOf(other)["max-age"] !== "0");
      assert.ok(setting !== undefined, nameOf(line));
      for (const name of ["path", "httponly", "samesite"]) assert.equal(attributesOf(line)[name], attributesOf(setting)[name], nameOf(line));
      assert.ok(Date.parse(String(attributesOf(line)["expires"])) < world.clock.now());
    }
  });

  it("CK-11 several cookies are several lines on the wire, also where one has a date with a comma", async () => {
    const reader = world.open();
    await reader.post("/consent", { consent: "all" });
    const body = `csrfmiddlewaretoken=${await reader.formToken()}`;
    const text = (await askRaw(world.server.port, `POST /consent/forget HTTP/1.1\r\nHost: 127.0.0.1:${world.server.port}\r\nOrigin: ${world.server.url}\r\nCookie: ${reader.cookie()}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`)).toString("latin1");
    const lines = [...text.matchAll(/^set-cookie: (.*)\r$/gim)].map((match) => match[1] as string);
    assert.deepEqual(lines.map((line) => nameOf(line).replace(/-.*/, "")).toSorted(), ["consent", "messages", "statistics"]);
    assert.ok(lines.filter((line) => /Expires=\w{3}, \d\d \w{3} \d{4}/.test(line)).length >= 2, lines.join("\n"));
  });

  it("CK-12 cookies of the shop's own arrive as they were set, beside those of the product", () => {
    const bySetting = setCookies().map((line) => line.split("; ").filter((part) => !part.startsWith("Expires=")).join("; "));
    for (const line of ["theme=dark; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax", "favorite_color=red; Path=/; HttpOnly; SameSite=Lax", "favorite_color_open=gold; Path=/; SameSite=Lax", "wish_list=fold-the-sea; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"]) {
      assert.ok(bySetting.includes(line), line);
    }
  });

  it("CK-24 the lifetime of one session is no other's", async () => {
    const [one, other] = [world.open(), world.open()];
    for (const reader of [one, other]) await reader.post("/session/note", { note: "mine" });
    const [short, plain] = await Promise.all([one.post("/session/expiry", { lifetime: "five-minutes" }), other.post("/session/note", { note: "still mine" }), one.get("/"), other.get("/")]);
    const ageOf = (answer: Answer): number => Number(/sessionid=[^;]+;.*Max-Age=(\d+)/.exec(linesOf(answer, "set-cookie").join("\n"))?.[1] ?? Number.NaN);
    assert.equal(ageOf(short), 300);
    // A record that goes on needs no new cookie; a session that is the cookie does.
    if (sessions === "sealed-cookie") assert.ok(ageOf(plain) > 1_000_000);
    world.clock.advance(301_000);
    assert.match((await other.get("/session")).text, /<q>still mine<\/q>/);
    assert.doesNotMatch((await one.get("/session")).text, /<q>mine<\/q>/);
  });

  it("DS-02 CK-09 a session that is too large for its cookies is refused with a page that says so, and stays as it was", async () => {
    const reader = world.open();
    await reader.post("/session/note", { note: "small" });
    const before = reader.token();
    // Each of these letters takes six in the session's text.
    const answer = await reader.post("/session/note", { note: `x${"\u0001".repeat(1500)}x` });
    assert.equal(answer.status, sessions === "sealed-cookie" ? 413 : 303);
    if (sessions === "sealed-cookie") {
      assert.deepEqual(linesOf(answer, "set-cookie").filter((line) => line.startsWith("sessionid")), []);
      assert.equal(reader.token(), before);
      assert.match((await reader.get("/session")).text, /<q>small<\/q>/);
    }
    assert.equal((await reader.post("/session/note", { note: "n".repeat(9000) })).status, 413);
    assert.deepEqual(world.reported, []);
  });

  describe("CA-01 CA-02 CA-03 CA-04 CA-05 CA-06 caches", () => {
    it("are told of every page that it depends on cookies, once, and of every answer that sets one that it is private", () => {
      assert.ok(answers.length > 45);
      for (const answer of answers) {
        const isFile = answer.headers["content-type"]?.startsWith("text/css") === true;
        const varies = linesOf(answer, "vary").flatMap((line) => line.split(",")).map((word) => word.trim().toLowerCase());
        assert.equal(linesOf(answer, "vary").length, isFile ? 0 : 1);
        assert.equal(new Set(varies).size, varies.length, varies.join());
        assert.equal(varies.includes("cookie"), !isFile);
        if (linesOf(answer, "set-cookie").length > 0) assert.match(String(answer.headers["cache-control"]), /private|no-store/);
        // A shared cache may keep no page at all, so it can give none to somebody else.
        if (!isFile && answer.status === 200) assert.match(String(answer.headers["cache-control"]), /private|no-store/);
        if (isFile) assert.deepEqual([linesOf(answer, "set-cookie"), answer.headers["cache-control"]], [[], "public, max-age=0"]);
      }
      // Pages are drawn in the visitor's language as well.
      assert.ok(answers.some((answer) => /accept-language/i.test(String(answer.headers.vary))));
    });

    it("are told the same when an untouched session is only renewed, and of HEAD and 304", async () => {
      const reader = world.open();
      await reader.post("/session/note", { note: "mine" });
      world.clock.advance(3 * 86_400_000);
      const renewed = await reader.get("/cart");
      assert.match(linesOf(renewed, "set-cookie").join("\n"), /^sessionid=/m);
      assert.match(String(renewed.headers.vary), /cookie/i);
      assert.match(String(renewed.headers["cache-control"]), /private|no-store/);
      const cookie = reader.cookie() ?? "";
      const head = await ask(world.server.port, "/cart", { method: "HEAD", headers: { cookie } });
      assert.match(String(head.headers.vary), /cookie/i);
    });
  });

  it("CA-08 a refused form depends on what decided", async () => {
    const answer = await alma.postBare("/theme", { theme: "dark" }, { origin: "http://evil.example", "sec-fetch-site": "cross-site" });
    assert.equal(answer.status, 403);
    const varies = String(answer.headers.vary).toLowerCase();
    assert.ok(varies.includes("sec-fetch-site") && varies.includes("origin"), varies);
    assert.match(String(answer.headers["cache-control"]), /no-store/);
  });

  it("CA-09 a logout has the browser clear its cache, and is kept by none", async () => {
    const berta = await world.enter("CA-09 Berta");
    const answer = await berta.post("/logout");
    assert.deepEqual([answer.status, answer.headers["clear-site-data"]], [303, '"cache"']);
    assert.match(String(answer.headers["cache-control"]), /no-store|private/);
    for (const other of answers) if (other.headers["clear-site-data"] !== undefined) assert.equal(other.headers.location, "/");
  });
});
