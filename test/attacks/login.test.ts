import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { createCoatcheck, type Coatcheck, type PasswordHasher } from "coatcheck";
import { requireLogin, requirePermission, requireRecentLogin, sqlUsers, type SqlUsers } from "coatcheck/auth";
import { coatcheck } from "coatcheck/express";
import { guard } from "coatcheck/express/guards";
import { memoryStore, type MemoryStore } from "coatcheck/memory";
import express, { type ErrorRequestHandler } from "express";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { CountingHasher } from "../support/counting-hasher.ts";
import { HttpBrowser, tokenOf } from "../support/http-browser.ts";
import { linesOf, serve, type Answer, type TestServer } from "../support/http.ts";

const SECRET = "a secret of the site under attack: 0b8f6d21";
const PASSWORD = "a long walk home";
const NEXT = "another long walk home";

/** A small site with every page that an attacker of logins would look for. */
class Site {
  readonly clock = new FakeClock(Date.now());
  readonly hasher = new CountingHasher();
  readonly users: SqlUsers = sqlUsers(":memory:", { clock: this.clock });
  readonly memory: MemoryStore = memoryStore();
  readonly cloakroom: Coatcheck;
  readonly log: unknown[] = [];
  server!: TestServer;
  /** How often a guarded handler ran. */
  entered = 0;

  constructor(hashers: readonly PasswordHasher[] = [this.hasher]) {
    this.cloakroom = createCoatcheck({
      store: this.memory,
      clock: this.clock,
      production: false,
      secrets: [SECRET],
      log: () => {},
      csrf: { token: "always" },
      auth: { users: this.users, hashers, throttle: { perAddress: 200 } },
    });
  }

  async open(): Promise<void> {
    const app = express();
    app.disable("x-powered-by").disable("etag");
    app.use(express.urlencoded(), coatcheck(this.cloakroom));
    app.get("/login", (req, res) => void res.send(`<form method="post">${req.coat.csrf.field()}</form>`));
    app.post("/login", async (req, res) => {
      const { auth } = req.coat;
      const user = await auth.authenticate(req.body as Record<string, unknown>);
      if (user === null) return void res.status(403).send("Wrong name or password.");
      await auth.login(user);
      res.redirect(303, auth.safeNext((req.body as { next?: unknown }).next));
    });
    app.all("/logout", async (req, res) => {
      await req.coat.auth.logout();
      res.redirect(303, "/login");
    });
    app.get("/me", async (req, res) => void res.send((await req.coat.auth.user())?.username ?? "nobody"));
    app.get("/account", guard(requireLogin()), (req, res) => void res.send(`<form>${req.coat.csrf.field()}</form>`));
    app.post("/password", async (req, res) => {
      await req.coat.auth.changePassword(req.body as { current: unknown; next: unknown });
      res.redirect(303, "/account");
    });
    app.post("/revoke-others", async (req, res) => void res.json(await req.coat.auth.sessions.revokeOthers()));
    app.get("/staff", guard(requirePermission("books.change_book")), (_req, res) => (this.entered++, void res.send("staff")));
    app.get("/danger", guard(requireRecentLogin("5m")), (_req, res) => (this.entered++, void res.send("danger")));
    const onError: ErrorRequestHandler = (error: { status?: number; headers?: Record<string, string> }, _req, res, _next) => {
      this.log.push(error);
      res.status(error.status ?? 500).set(error.headers ?? {}).send("Error");
    };
    app.use(onError);
    this.server = await serve(app);
  }

  browser(headers: Readonly<Record<string, string>> = {}): HttpBrowser {
    return new HttpBrowser(this.server.port, headers);
  }

  async loggedIn(username = "alice", password = PASSWORD): Promise<HttpBrowser> {
    const browser = this.browser();
    const answer = await browser.submit("/login", { username, password });
    assert.equal(answer.status, 303);
    return browser;
  }

  async me(browser: HttpBrowser): Promise<string> {
    return (await browser.get("/me")).text;
  }
}

describe("attacks on the login of a site, over HTTP", () => {
  let site: Site;
  before(async () => {
    site = new Site();
    await site.open();
    for (const username of ["alice", "bob", "olga", "locky"]) await site.cloakroom.auth.createUser({ username, password: PASSWORD });
    const olga = await site.users.findByUsername("olga");
    await site.cloakroom.auth.setActive(olga?.user.id ?? "", false);
  });
  after(() => site.server.close());

  const sessionOf = (browser: HttpBrowser): string | undefined => /(?:^|; )sessionid=([^;]+)/.exec(browser.cookie() ?? "")?.[1];

  it("LC-03 fixation: a session that was planted before the login is nobody's after it", async () => {
    const attacker = await site.loggedIn("bob");
    await attacker.submit("/logout", {}, "/login");
    const mallory = site.browser();
    await mallory.get("/login");
    const victim = mallory.copy();
    await victim.submit("/login", { username: "alice", password: PASSWORD });
    assert.equal(await site.me(victim), "alice");
    assert.notEqual(sessionOf(victim), sessionOf(mallory));
    assert.equal(await site.me(mallory), "nobody");
    // Whoever plants a session of their own finds the victim logged in elsewhere, never in theirs.
    const own = await site.loggedIn("bob");
    const lured = own.copy();
    await lured.submit("/login", { username: "alice", password: PASSWORD });
    assert.equal(await site.me(lured), "alice");
    assert.notEqual(sessionOf(lured), sessionOf(own));
    assert.notEqual(await site.me(own), "alice");
  });

  it("CS-11 CS-17 login CSRF: a foreign form logs nobody in, and a token from before a login is dead", async () => {
    const browser = site.browser();
    const old = tokenOf(await browser.get("/login"));
    const foreign = await browser.post("/login", { username: "bob", password: PASSWORD, csrfmiddlewaretoken: old }, { origin: "https://evil.example", "sec-fetch-site": "cross-site" });
    assert.equal(foreign.status, 403);
    assert.equal(await site.me(browser), "nobody");
    await browser.submit("/login", { username: "alice", password: PASSWORD });
    const replayed = await browser.post("/logout", { csrfmiddlewaretoken: old }, { accept: "application/json" });
    assert.equal(replayed.status, 403);
    assert.equal(await site.me(browser), "alice");
  });

  it("LC-08 a link, an image or a prefetch logs nobody out", async () => {
    const browser = await site.loggedIn();
    const answer = await browser.get("/logout");
    assert.equal(answer.status, 405);
    assert.equal(answer.headers["allow"], "POST");
    assert.equal(await site.me(browser), "alice");
  });

  it("LC-07 a replayed cookie after the logout opens nothing, also after the next login", async () => {
    const browser = await site.loggedIn();
    const thief = browser.copy();
    assert.equal((await browser.submit("/logout", {}, "/account")).status, 303);
    assert.equal(await site.me(thief), "nobody");
    await browser.submit("/login", { username: "alice", password: PASSWORD });
    assert.equal(await site.me(thief), "nobody");
  });

  it("AU-02 unknown, wrong, switched off and locked are one answer, byte for byte", async () => {
    for (let n = 0; n < 5; n++) await site.browser().submit("/login", { username: "locky", password: "wrong" });
    const shapeOf = ({ status, message, lines, text }: Answer): unknown => ({
      status,
      message,
      text,
      lines: lines.filter(([name]) => name !== "Date").map(([name, value]) => [name, value.replace(/[\w-]{32,}/g, "*")]),
    });
    const answers: unknown[] = [];
    for (const [username, password] of [["nobody", PASSWORD], ["alice", "wrong"], ["olga", PASSWORD], ["locky", PASSWORD]] as const) answers.push(shapeOf(await site.browser().submit("/login", { username, password })));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  });

  it("AU-07 brute force: of fifty guesses at once five are looked at, and the right one among the rest is not", async () => {
    await site.cloakroom.auth.createUser({ username: "target", password: PASSWORD });
    site.hasher.reset();
    const guesses = Array.from({ length: 50 }, (_, n) => (n === 40 ? PASSWORD : `guess ${n}`));
    const browsers = await Promise.all(guesses.map(async () => {
      const browser = site.browser();
      return { browser, token: tokenOf(await browser.get("/login")) };
    }));
    const answers = await Promise.all(browsers.map(({ browser, token }, n) => browser.post("/login", { username: "target", password: guesses[n] ?? "", csrfmiddlewaretoken: token })));
    assert.ok(site.hasher.verified <= 5);
    assert.ok(answers.filter(({ status }) => status === 303).length <= 1);
    site.clock.advance(300_000);
    assert.equal(await site.me(await site.loggedIn("target")), "target");
  });

  it("AU-08 AU-09 AU-10 next leads nowhere else, whatever is forged around it", async () => {
    const targets = ["//evil.example", "/\\evil.example", "https://evil.example/", "/.//evil.example", "/%2e%2e//evil.example", "javascript:alert(1)", "\t//evil.example", "https:evil.example", "http://127.0.0.1@evil.example/", "/x\r\nLocation: https://evil.example", "//evil.example\u00a0", "https://127.0.0.1.evil.example/"];
    for (const next of targets) {
      const browser = site.browser({ referer: "http://evil.example/" });
      const page = await browser.get("/login");
      const answer = await browser.post("/login", { username: "alice", password: PASSWORD, next, csrfmiddlewaretoken: tokenOf(page) });
      assert.equal(answer.status, 303, next);
      assert.deepEqual(linesOf(answer, "location"), ["/"], next);
    }
    const browser = site.browser();
    const answer = await browser.submit("/login", { username: "alice", password: PASSWORD, next: "/account?tab=2" });
    assert.deepEqual(linesOf(answer, "location"), ["/account?tab=2"]);
    for (const forged of [{ host: "evil.example" }, { "x-forwarded-host": "evil.example", "x-forwarded-proto": "https" }, { referer: "https://evil.example/x" }]) {
      const redirected = await site.browser().get("/account?tab=2", forged);
      assert.equal(redirected.status, 302);
      assert.deepEqual(linesOf(redirected, "location"), ["/login?next=%2Faccount%3Ftab%3D2"]);
    }
  });

  it("LC-17 a thief in a second browser is out when the password is changed in the first", async () => {
    await site.cloakroom.auth.createUser({ username: "carol", password: PASSWORD });
    const carol = await site.loggedIn("carol");
    const thief = await site.loggedIn("carol");
    const copy = carol.copy();
    const before = sessionOf(carol);
    assert.equal((await carol.submit("/password", { current: PASSWORD, next: NEXT }, "/account")).status, 303);
    assert.notEqual(sessionOf(carol), before);
    assert.equal(await site.me(carol), "carol");
    for (const other of [thief, copy]) assert.equal(await site.me(other), "nobody");
    assert.equal((await site.browser().submit("/login", { username: "carol", password: PASSWORD })).status, 403);
  });

  it("AU-16 AU-17 no header and no error opens a guarded page", async () => {
    const { entered } = site;
    const names = ["x-user", "remote-user", "x-remote-user", "x-forwarded-user", "x-middleware-subrequest", "x-original-url", "x-coatcheck", "coatcheck-reason", "x-http-method-override", "authorization", "x_forwarded_proto"];
    for (const path of ["/staff", "/danger"]) {
      for (const name of names) assert.equal((await site.browser().get(path, { [name]: "alice", accept: "application/json" })).status, 401, name);
    }
    const alice = await site.loggedIn();
    assert.equal((await alice.get("/staff")).status, 403);
    site.clock.advance(5 * 60_000);
    assert.deepEqual(linesOf(await alice.get("/danger"), "location"), ["/login?next=%2Fdanger"]);
    assert.equal(site.entered, entered);
    await site.users.grantPermission((await site.users.findByUsername("alice"))?.user.id ?? "", "books.change_book");
    assert.equal((await alice.get("/staff")).text, "staff");
  });

  it("CA-01 whatever depends on the user says so to caches", async () => {
    const alice = await site.loggedIn();
    for (const browser of [alice, site.browser()]) assert.match(String((await browser.get("/me")).headers["vary"]), /Cookie/);
  });

  it("LG-01 no password, hash, token or secret in any error, event object or inspection", async () => {
    const alice = await site.loggedIn();
    await alice.submit("/password", { current: "sentinel-wrong", next: "sentinel-next-password" }, "/account");
    const seen = [site.log, site.cloakroom, site.cloakroom.auth, site.users, await site.users.findByUsername("nobody")].map((one) => inspect(one, { depth: 12, showHidden: true, maxArrayLength: null })).join("\n");
    for (const secret of [SECRET, "sentinel", PASSWORD, sessionOf(alice) ?? "none", "0b8f6d21"]) assert.ok(!seen.includes(secret), secret);
  });
});
