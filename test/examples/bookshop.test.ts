import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { createShop, type Shop } from "../../examples/bookshop/app.ts";
import { BOOKS } from "../../examples/bookshop/books.ts";
import { hireStaff } from "../../examples/bookshop/staff.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { CountingHasher } from "../support/counting-hasher.ts";
import { ask, linesOf, serve, type Answer, type TestServer } from "../support/http.ts";
import { PASSWORD, ShopReader } from "../support/shop-reader.ts";

const PAGES = ["/", "/books/the-ninth-tide", "/cart", "/login", "/signup", "/dashboard", "/session", "/cookies"];
const FORMS = [
  "/cart/the-ninth-tide", "/cart/the-ninth-tide/remove", "/cart/clear", "/logout", "/account/password", "/account/devices/others", "/account/devices/all", "/account/devices/x/name",
  "/account/devices/x/revoke", "/staff/window", "/theme", "/language", "/consent", "/consent/forget",
  "/visits/reset", "/wishes/the-ninth-tide", "/wishes/the-ninth-tide/remove", "/wishes/clear", "/session/note", "/session/note/remove",
  "/session/expiry", "/session/rotate", "/session/clear", "/session/flush", "/cookies/color", "/cookies/color/remove",
  "/cookies/open-color", "/cookies/open-color/remove", "/cookies/signed", "/cookies/signed/alter", "/cookies/signed/remove",
  "/cookies/sealed", "/cookies/sealed/alter", "/cookies/sealed/remove", "/cookies/errand", "/cookies/errand/back",
];

let folder: string;
let clock: FakeClock;
let shop: Shop;
let server: TestServer;
let reported: unknown[];

let reader: ShopReader;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "bookshop-"));
  clock = new FakeClock();
  reported = [];
  shop = createShop({ databasePath: join(folder, "shop.db"), clock, hashers: [new CountingHasher()], report: (error) => reported.push(error) });
  server = await serve(shop.app);
});

after(async () => {
  await server.close();
  await shop.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  for (const { id } of await shop.cloakroom.sessions.list()) await shop.cloakroom.sessions.revoke(id);
  reader = new ShopReader(server, clock);
  reported.length = 0;
});

/** The addresses that a redirect leads to. */
function locationOf(answer: Answer): string {
  assert.equal(answer.status, 303);
  return answer.headers.location ?? "";
}

/** The titles in the cart. */
async function readCart(who: ShopReader = reader): Promise<string[]> {
  const { text } = await who.get("/cart");
  return [...text.matchAll(/class="line-title"[^>]*>([^<]+)</g)].map((match) => match[1] as string);
}

let visitors = 0;

/** Signs up under a name that begins like this. @returns the name */
async function enter(name: string, who: ShopReader = reader): Promise<string> {
  const username = `${name} ${++visitors}`;
  assert.equal(locationOf(await who.signUp(username)), "/account");
  return username;
}

/** What a response sets beside what every page sends: tokens of forms, and messages that were shown. */
function choicesIn(answer: Answer): string[] {
  return linesOf(answer, "set-cookie").filter((line) => !/^(?:csrf|messages)/.test(line));
}

/** What the next page says was done. */
async function readMessages(who: ShopReader = reader): Promise<string[]> {
  const { text } = await who.get("/cookies");
  return [...text.matchAll(/<p class="notice (?:success|warning)">([^<]*)</g)].map((match) => match[1] as string);
}

describe("the bookshop's pages", () => {
  it("come with a strict policy and without anything inline", async () => {
    for (const path of [...PAGES, "/visits", "/nowhere", "/assets/styles.css"]) {
      const { headers, text } = await reader.get(path);
      const policy = String(headers["content-security-policy"]);
      assert.match(policy, /default-src 'self'.*form-action 'self'.*frame-ancestors 'none'/, path);
      assert.doesNotMatch(policy, /unsafe/, path);
      assert.equal(headers["x-frame-options"], "DENY", path);
      assert.equal(headers["x-content-type-options"], "nosniff", path);
      assert.equal(headers["referrer-policy"], "same-origin", path);
      assert.equal(headers["x-powered-by"], undefined, path);
      assert.doesNotMatch(text, /<style|\sstyle=|<script(?! src="\/assets\/)|\son[a-z]+="/, path);
    }
  });

  it("cost the store nothing for a stranger, all but the visit counter", async () => {
    for (const path of PAGES) {
      const answer = await reader.get(path);
      assert.equal(answer.status, 200, path);
      assert.doesNotMatch(linesOf(answer, "set-cookie").join(), /sessionid/, path);
    }
    assert.equal((await shop.cloakroom.sessions.list()).length, 0);
    await reader.get("/visits");
    assert.equal((await shop.cloakroom.sessions.list()).length, 1);
  });

  it("speak three languages", async () => {
    for (const [language, words] of [["en", "Sixteen books"], ["de", "Sechzehn Bücher"], ["fr", "Seize livres"]] as const) {
      assert.equal(locationOf(await reader.post("/language", { language, back: "/cart" })), "/cart");
      const { text } = await reader.get("/");
      assert.ok(text.includes(`<html lang="${language}"`), language);
      assert.ok(text.includes(words), language);
    }
  });

  it("count visits, and say why that page may", async () => {
    await reader.get("/visits");
    await reader.get("/visits");
    const { text } = await reader.get("/visits");
    assert.match(text, /looked at this page 3 times/);
    assert.match(text, /only page in the shop that writes/);
    await reader.post("/visits/reset");
    assert.match((await reader.get("/visits")).text, /first look/);
  });

  it("say 404 in style", async () => {
    for (const path of ["/nowhere", "/books/nothing", "/books/__proto__"]) {
      const answer = await reader.get(path);
      assert.equal(answer.status, 404, path);
      assert.match(answer.text, /No such page/, path);
    }
    assert.equal((await reader.post("/cart/nothing")).status, 404);
  });
});

describe("LC-08 every change in the bookshop is a POST", () => {
  it("answers GET /logout with 405 and leaves the session alive", async () => {
    await enter("Alma");
    const answer = await reader.get("/logout");
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, "POST");
    assert.match((await reader.get("/dashboard")).text, /Hello, Alma \d+</);
  });

  it("refuses a form of a foreign page, wherever it leads, and leaves the session alive", async () => {
    await enter("Alma");
    for (const path of FORMS) {
      const answer = await reader.post(path, {}, { origin: "http://evil.example", "sec-fetch-site": "cross-site" });
      assert.equal(answer.status, 403, path);
      assert.deepEqual(linesOf(answer, "set-cookie"), [], path);
    }
    assert.match((await reader.get("/dashboard")).text, /Hello, Alma \d+</);
  });

  it("answers GET with 405 wherever a form leads, and any other method on a page", async () => {
    await reader.post("/cart/the-quiet-orchard");
    for (const path of FORMS) {
      const answer = await reader.get(path);
      assert.equal(answer.status, 405, path);
      assert.equal(answer.headers.allow, "POST", path);
      assert.deepEqual(choicesIn(answer), [], path);
    }
    const refused = await ask(server.port, "/cart", { method: "DELETE", headers: { origin: server.url, cookie: reader.cookie() ?? "", "x-csrftoken": reader.held("csrftoken") ?? "" } });
    assert.equal(refused.status, 405);
    assert.equal(refused.headers.allow, "GET, HEAD");
    assert.deepEqual(await readCart(), ["The Quiet Orchard"]);
  });
});

describe("the cart", () => {
  it("takes each book once, lets go of one, and is cleared apart from the session", async () => {
    await enter("Alma");
    for (const slug of ["the-ninth-tide", "the-quiet-orchard", "the-ninth-tide", "fold-the-sea"]) locationOf(await reader.post(`/cart/${slug}`));
    assert.deepEqual(await readCart(), ["The Ninth Tide", "The Quiet Orchard", "Eleven Ways to Fold the Sea"]);
    await reader.post("/cart/the-quiet-orchard/remove");
    assert.deepEqual(await readCart(), ["The Ninth Tide", "Eleven Ways to Fold the Sea"]);
    await reader.post("/cart/clear");
    assert.deepEqual(await readCart(), []);
    assert.match((await reader.get("/dashboard")).text, /Hello, Alma \d+</);
  });

  it("keeps the books of all tabs that add at once", async () => {
    await reader.post("/cart/the-ninth-tide");
    const slugs = BOOKS.map((book) => book.slug);
    await Promise.all(slugs.map((slug) => reader.post(`/cart/${slug}`)));
    assert.equal((await readCart()).length, slugs.length);
  });

  it("leaves neither record nor cookie once its last book is gone", async () => {
    await reader.post("/cart/the-ninth-tide");
    await reader.post("/cart/the-ninth-tide/remove");
    // The last thing in it is the message, which goes with the page that shows it.
    const answer = await reader.get("/cart");
    assert.match(answer.text, /is out of your cart/);
    assert.match(linesOf(answer, "set-cookie").join(), /(?:^|,)sessionid=; Path=\/; Max-Age=0/);
    assert.equal((await shop.cloakroom.sessions.list()).length, 0);
  });
});

describe("an account", () => {
  it("LC-03 gives a new ticket for the same coat, and the old one is dead", async () => {
    const name = await enter("Alma");
    await reader.post("/logout");
    await reader.post("/cart/the-ninth-tide");
    const thief = reader.cookie() ?? "";
    const before = reader.token();
    assert.equal(locationOf(await reader.signIn(name)), "/dashboard");
    assert.notEqual(reader.token(), before);
    assert.equal(await reader.greeting(), name);
    assert.deepEqual(await readCart(), ["The Ninth Tide"]);
    assert.match((await ask(server.port, "/dashboard", { headers: { cookie: thief } })).text, /Hello, Guest/);
  });

  it("wants a name that can be shown, that nobody has, and a password that nobody guesses", async () => {
    for (const name of ["", "   ", "x".repeat(41), "a\u202eb", "a\u0007b"]) {
      const answer = await reader.signUp(name);
      assert.equal(answer.status, 400, JSON.stringify(name));
      assert.match(answer.text, /role="alert"[^]*name of 1 to 40 characters/);
    }
    for (const [password, problem] of [["", "at least eight"], ["short", "at least eight"], ["password123", "anybody would try"], ["Bertha Mason", "too much like the name"]] as const) {
      const answer = await reader.signUp("Bertha Mason", password);
      assert.equal(answer.status, 400, password);
      assert.ok(answer.text.includes(problem), password);
      assert.ok(password === "" || !answer.text.includes(`value="${password}"`) || password === "Bertha Mason");
    }
    assert.equal(reader.token(), undefined);
    assert.equal(await shop.users.findByUsername("Bertha Mason"), null);
    const name = await enter("Taken");
    const second = new ShopReader(server, clock);
    assert.match((await second.signUp(name)).text, /Somebody else has that name/);
    assert.equal(second.token(), undefined);
  });

  it("AU-02 says the same of a name that nobody has, of a wrong password and of a user who is switched off", async () => {
    const name = await enter("Alma");
    const off = await enter("Off");
    await shop.cloakroom.auth.setActive((await shop.users.findByUsername(off))?.user.id ?? "", false);
    const pages = await Promise.all([[name, "wrong words"], ["Nobody At All", "wrong words"], [off, PASSWORD]].map(async ([username = "", password = ""]) => {
      const answer = await new ShopReader(server, clock).signIn(username, password);
      // The same page, but for the name that was typed and what is drawn by chance.
      const text = answer.text.replace(/name="username" value="[^"]*"/, "").replaceAll(/value="\w{64}"|<code>\w{8}<\/code>/g, "");
      return { status: answer.status, names: answer.lines.map(([header]) => header), said: /role="alert">[^]*?<\/div>/.exec(text)?.[0], text };
    }));
    assert.deepEqual(pages[0], pages[1]);
    assert.deepEqual(pages[0], pages[2]);
    assert.equal(pages[0]?.status, 400);
    assert.match(pages[0]?.said ?? "", /do not fit together/);
  });

  it("LC-20 is remembered in a cookie only if that is asked for", async () => {
    const name = await enter("Alma");
    const sessionLine = (answer: Answer): string => linesOf(answer, "set-cookie").find((line) => line.startsWith("sessionid=")) ?? "";
    const short = sessionLine(await new ShopReader(server, clock).signIn(name));
    const long = sessionLine(await new ShopReader(server, clock).signIn(name, undefined, { remember: "yes" }));
    assert.match(short, /^sessionid=[\w-]{43}; Path=\/; HttpOnly/);
    assert.match(long, /Max-Age=1209600/);
  });

  it("leads back to the page that wanted a login", async () => {
    const name = await enter("Alma");
    await reader.post("/logout");
    const login = locationOf(await reader.get("/account"));
    assert.equal(login, "/login?next=%2Faccount");
    const { text } = await reader.get(login);
    assert.match(text, /Please sign in first/);
    assert.match(text, /name="next" value="\/account"/);
    assert.equal(locationOf(await reader.signIn(name, undefined, { next: "/account" })), "/account");
  });

  it("ends with a POST to /logout: no record, no cookie, no name", async () => {
    await enter("Alma");
    assert.equal(locationOf(await reader.post("/logout")), "/");
    assert.equal(reader.token(), undefined);
    assert.equal((await shop.cloakroom.sessions.list()).length, 0);
    assert.equal(await reader.greeting(), "Guest");
  });

  it("LC-17 changes its password, stays signed in here, and is out everywhere else", async () => {
    const name = await enter("Alma");
    const other = new ShopReader(server, clock);
    await other.signIn(name);
    const before = reader.token();
    const change = (current: string, next: string): Promise<Answer> => reader.post("/account/password", { current_password: current, new_password: next });
    const wrong = await change("not the one", "nine wooden pegs");
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /current password is not right/);
    assert.match((await change(PASSWORD, "short")).text, /at least eight/);
    assert.equal(await other.greeting(), name);
    assert.equal(locationOf(await change(PASSWORD, "nine wooden pegs")), "/account");
    assert.deepEqual(await readMessages(), ["The password is changed, and every other device is signed out."]);
    assert.notEqual(reader.token(), before);
    assert.equal(await reader.greeting(), name);
    assert.equal(await other.greeting(), "Guest");
    assert.equal((await new ShopReader(server, clock).signIn(name)).status, 400);
    assert.equal((await new ShopReader(server, clock).signIn(name, "nine wooden pegs")).status, 303);
  });

  it("takes a password as it was typed, blanks at its ends included", async () => {
    const name = "Blank Ends";
    await reader.signUp(name, "  blanks at both ends  ");
    assert.equal((await new ShopReader(server, clock).signIn(name, "blanks at both ends")).status, 400);
    assert.equal((await new ShopReader(server, clock).signIn(name, "  blanks at both ends  ")).status, 303);
  });
});

describe("your devices", () => {
  /** The devices in their order: name, and the id that its forms lead to. */
  async function readDevices(who: ShopReader): Promise<{ name: string; id: string; isCurrent: boolean }[]> {
    const { text } = await who.get("/account");
    return [...text.matchAll(/<li class="device">[^]*?<\/li>/g)].map(([item]) => ({
      name: /<strong>([^<]*)</.exec(item)?.[1] ?? "", id: /devices\/([\w-]+)\/name/.exec(item)?.[1] ?? "", isCurrent: item.includes("this device"),
    }));
  }

  it("LC-18 are listed and named, and one or all others are signed out", async () => {
    const name = await enter("Alma");
    const [phone, desk] = [new ShopReader(server, clock), new ShopReader(server, clock)];
    await phone.get("/", {});
    await phone.post("/login", { username: name, password: PASSWORD }, { "user-agent": "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36" });
    await desk.post("/login", { username: name, password: PASSWORD }, { "user-agent": "<script>alert(1)</script>" });
    const devices = await readDevices(reader);
    assert.equal(devices.length, 3);
    assert.equal(devices.filter(({ isCurrent }) => isCurrent).length, 1);
    const phoneId = devices.find((device) => device.name === "Chrome · Android")?.id ?? "";
    await reader.post(`/account/devices/${phoneId}/name`, { name: "My <phone>" });
    assert.ok((await readDevices(phone)).some((device) => device.name === "My &lt;phone&gt;" && device.isCurrent));
    await reader.post(`/account/devices/${phoneId}/revoke`);
    assert.equal(await phone.greeting(), "Guest");
    assert.equal(await desk.greeting(), name);
    await reader.post("/account/devices/others");
    assert.deepEqual(await readMessages(), ["The device has a new name.", "The device is signed out.", "One other device is signed out."]);
    assert.equal(await desk.greeting(), "Guest");
    assert.equal(await reader.greeting(), name);
    await reader.post("/account/devices/all");
    assert.equal(await reader.greeting(), "Guest");
    assert.equal((await shop.cloakroom.sessions.list()).length, 0);
  });

  it("LC-18 are nobody else's to name or to sign out", async () => {
    const mine = await enter("Alma");
    const other = new ShopReader(server, clock);
    await enter("Mallory", other);
    const [device] = await readDevices(reader);
    for (const act of ["name", "revoke"]) assert.equal((await other.post(`/account/devices/${device?.id}/${act}`, { name: "taken" })).status, 404);
    assert.equal(await reader.greeting(), mine);
    assert.notEqual((await readDevices(reader))[0]?.name, "taken");
  });

  it("are ten at most: an eleventh login ends the oldest", async () => {
    const name = await enter("Alma");
    for (let count = 0; count < 10; count++) {
      clock.advance(1000);
      await new ShopReader(server, clock).signIn(name);
    }
    assert.equal(await reader.greeting(), "Guest");
    assert.equal((await shop.cloakroom.sessions.list()).length, 10);
  });
});

describe("the staff's page", () => {
  before(async () => {
    assert.equal(await hireStaff(shop.cloakroom, shop.users, PASSWORD), PASSWORD);
  });

  it("hires once, with a password of its own if none is given", async () => {
    assert.equal(await hireStaff(shop.cloakroom, shop.users, "another one"), null);
    const other = createShop({ databasePath: join(folder, "staff.db"), clock, hashers: [new CountingHasher()] });
    try {
      assert.match((await hireStaff(other.cloakroom, other.users, "")) ?? "", /^[\w-]{16}$/);
    } finally {
      await other.close();
    }
  });

  it("is for those who have the permission", async () => {
    assert.equal(locationOf(await reader.get("/staff")), "/login?next=%2Fstaff");
    await enter("Alma");
    for (const answer of [await reader.get("/staff"), await reader.post("/staff/window", { book: "fold-the-sea" })]) {
      assert.equal(answer.status, 403);
      assert.match(answer.text, /Not for you/);
    }
    assert.doesNotMatch((await reader.get("/")).text, /href="\/staff"/);
  });

  it("loses its door with the permission, in the session that is open", async () => {
    await reader.signIn("staff");
    assert.equal((await reader.get("/staff")).status, 200);
    const staff = await shop.users.findByUsername("staff");
    await shop.users.withdrawPermission(staff?.user.id ?? "", "books.change_book");
    assert.equal((await reader.get("/staff")).status, 403);
    await shop.users.grantPermission(staff?.user.id ?? "", "books.change_book");
    assert.equal((await reader.get("/staff")).status, 200);
  });

  it("LC-22 changes the window, and wants the password again after five minutes", async () => {
    await reader.signIn("staff");
    const put = (book: string): Promise<Answer> => reader.post("/staff/window", { book, back: "/staff" });
    const featured = async (): Promise<string | undefined> => /class="featured" href="\/books\/([\w-]+)"/.exec((await new ShopReader(server, clock).get("/")).text)?.[1];
    assert.equal(locationOf(await put("fold-the-sea")), "/staff");
    assert.equal(await featured(), "fold-the-sea");
    assert.equal((await put("__proto__")).status, 400);
    clock.advance(300_000);
    assert.equal(locationOf(await put("the-ninth-tide")), "/confirm?next=%2Fstaff");
    assert.equal(await featured(), "fold-the-sea");
    assert.equal((await reader.post("/confirm", { password: "wrong words", next: "/staff" })).status, 400);
    const before = reader.token();
    assert.equal(locationOf(await reader.post("/confirm", { password: PASSWORD, next: "/staff" })), "/staff");
    assert.notEqual(reader.token(), before);
    assert.equal(locationOf(await put("the-ninth-tide")), "/staff");
    assert.equal(await featured(), "the-ninth-tide");
  });
});

describe("the end of a session", () => {
  it("is told in seconds, and asking does not put it off", async () => {
    assert.deepEqual(JSON.parse((await reader.get("/session/left")).text), { secondsLeft: null, endsBecause: null });
    await reader.post("/session/note", { note: "short" });
    await reader.post("/session/expiry", { lifetime: "five-minutes" });
    assert.match((await reader.get("/")).text, /data-session-left="300"[^]*This session ends after 5 min without a visit/);
    for (const left of [200, 100, 0]) {
      clock.advance(100_000);
      assert.deepEqual(JSON.parse((await reader.get("/session/left")).text), { secondsLeft: left || null, endsBecause: left === 0 ? null : "idle" });
    }
  });
});

describe("messages", () => {
  it("tell of every action once, in the visitor's language", async () => {
    await reader.post("/cart/the-ninth-tide");
    await reader.post("/wishes/fold-the-sea");
    assert.deepEqual(await readMessages(), ["“The Ninth Tide” is in your cart.", "“Eleven Ways to Fold the Sea” is on your wish list."]);
    assert.deepEqual(await readMessages(), []);
    await reader.post("/language", { language: "de" });
    assert.deepEqual(await readMessages(), ["Ab jetzt auf Deutsch."]);
  });
});
describe("the session lab", () => {
  it("sets, reads and removes one value", async () => {
    await reader.post("/session/note", { note: 'tea & "cake"' });
    assert.match((await reader.get("/session")).text, /<q>tea &amp; &quot;cake&quot;<\/q>/);
    await reader.post("/session/note/remove");
    assert.match((await reader.get("/session")).text, /<q>nothing yet<\/q>/);
    assert.equal((await reader.post("/session/note", { note: "x".repeat(3001) })).status, 400);
  });

  it("ends a session after five minutes without a visit", async () => {
    await reader.post("/session/note", { note: "short" });
    const answer = await reader.post("/session/expiry", { lifetime: "five-minutes" });
    assert.match(linesOf(answer, "set-cookie").join(), /^sessionid=[\w-]{43}; Path=\/; Max-Age=300;/);
    assert.match((await reader.get("/session")).text, /data-ends-in="300"[^>]*>5 min</);
    clock.advance(299_000);
    assert.equal((await shop.cloakroom.sessions.list()).length, 1);
    clock.advance(1_000);
    assert.equal(reader.token(), undefined);
    assert.equal((await shop.cloakroom.sessions.list()).length, 0);
    assert.match((await reader.get("/session")).text, /no session yet/);
  });

  it("hands out a cookie that goes with the browser, and takes that back", async () => {
    await reader.post("/session/note", { note: "short" });
    const [browserOnly] = linesOf(await reader.post("/session/expiry", { lifetime: "browser" }), "set-cookie");
    assert.doesNotMatch(browserOnly ?? "", /Max-Age|Expires/);
    assert.match((await reader.get("/session")).text, /The cookie has no expiry/);
    const [usual] = linesOf(await reader.post("/session/expiry", { lifetime: "usual" }), "set-cookie");
    assert.match(usual ?? "", /Max-Age=1209600/);
    assert.equal((await reader.post("/session/expiry", { lifetime: "constructor" })).status, 400);
  });

  it("exchanges the ticket, clears and flushes", async () => {
    await reader.post("/session/note", { note: "stays" });
    const before = reader.token();
    await reader.post("/session/rotate");
    assert.notEqual(reader.token(), before);
    assert.match((await reader.get("/session")).text, /<q>stays<\/q>/);
    await reader.post("/session/clear");
    assert.match((await reader.get("/session")).text, /All values are removed[^]*<q>nothing yet<\/q>/);
    assert.equal(reader.token(), undefined);
    await reader.post("/session/note", { note: "again" });
    await reader.post("/session/flush");
    assert.equal(reader.token(), undefined);
    assert.equal((await shop.cloakroom.sessions.list()).length, 0);
  });
});

describe("cookies of the shop's own", () => {
  it("are set with the lifetimes that the cookie lab names", async () => {
    const line = async (path: string, fields: Record<string, string>): Promise<string> => choicesIn(await reader.post(path, fields)).join(" | ").replaceAll(/ Expires=[^;]+;/g, "");
    assert.equal(await line("/theme", { theme: "dark" }), "theme=dark; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
    assert.equal(await line("/language", { language: "fr" }), "language=fr; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    assert.equal(await line("/consent", { consent: "necessary" }), "consent=necessary; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax");
    assert.equal(await line("/cookies/color", { color: "blue" }), "favorite_color=blue; Path=/; HttpOnly; SameSite=Lax");
    assert.equal(await line("/cookies/open-color", { color: "gold" }), "favorite_color_open=gold; Path=/; SameSite=Lax");
  });

  it("read unknown until set and after deletion", async () => {
    const color = async (): Promise<string | undefined> => /swatch-(\w+)/.exec((await reader.get("/cookies")).text)?.[1];
    assert.equal(await color(), "unknown");
    await reader.post("/cookies/color", { color: "blue" });
    assert.equal(await color(), "blue");
    await reader.post("/cookies/color/remove");
    assert.equal(await color(), "unknown");
  });

  it("count only if they are on the list, whatever the browser says", async () => {
    const hostile = 'theme="><script>alert(1)</script>; language=../../etc; consent=yes; favorite_color=mauve; wish_list=nothing.__proto__.the-ninth-tide.the-ninth-tide';
    for (const path of PAGES) {
      const { status, text } = await ask(server.port, path, { headers: { cookie: hostile } });
      assert.equal(status, 200, path);
      assert.ok(text.includes('<html lang="en" class="theme-light">'), path);
      assert.ok(!text.includes("<script>"), path);
    }
    const wishes = (await ask(server.port, "/cookies", { headers: { cookie: hostile } })).text.match(/\/wishes\/[\w-]+\/remove/g);
    assert.deepEqual(wishes, ["/wishes/the-ninth-tide/remove"]);
    for (const [path, field] of [["/theme", "theme"], ["/language", "language"], ["/consent", "consent"], ["/cookies/color", "color"]] as const) {
      const answer = await reader.post(path, { [field]: "__proto__" });
      assert.equal(answer.status, 400, path);
      assert.deepEqual(choicesIn(answer), [], path);
    }
  });

  it("hold at most eight wishes, without a session", async () => {
    for (const { slug } of BOOKS.slice(0, 10)) await reader.post(`/wishes/${slug}`);
    const wishes = (await reader.get("/cookies")).text.match(/\/wishes\/[\w-]+\/remove/g);
    assert.deepEqual(wishes, BOOKS.slice(2, 10).map(({ slug }) => `/wishes/${slug}/remove`));
    await reader.post("/wishes/clear");
    assert.doesNotMatch(reader.cookie() ?? "", /wish_list/);
    assert.equal((await shop.cloakroom.sessions.list()).length, 0);
  });

  it("count a browser only after it agreed, and stop when it takes that back", async () => {
    assert.match((await reader.get("/")).text, /aria-label="Cookie consent"/);
    await reader.post("/consent", { consent: "all" });
    assert.match(reader.cookie() ?? "", /statistics=[\w-]{16}/);
    const { text } = await reader.get("/");
    assert.doesNotMatch(text, /aria-label="Cookie consent"/);
    assert.match(text, /1 browser agreed/);
    await reader.post("/consent/forget");
    assert.doesNotMatch(reader.cookie() ?? "", /statistics|consent/);
    assert.doesNotMatch((await reader.get("/")).text, /agreed to be counted/);
  });
});

describe("a form leads back to a page of the shop", () => {
  it("and to nowhere else", async () => {
    assert.equal(locationOf(await reader.post("/theme", { theme: "dark", back: "/books/fold-the-sea" })), "/books/fold-the-sea");
    for (const back of ["//evil.example", "https://evil.example/", "/\\evil.example", "/books/nothing", "/logout", "javascript:alert(1)", ""]) {
      assert.equal(locationOf(await reader.post("/theme", { theme: "dark", back })), "/", back);
    }
  });
});

describe("the X-ray", () => {
  it("shows what the POST before the redirect did", async () => {
    await reader.post("/cart/the-ninth-tide");
    const { text } = await reader.get("/cart");
    const first = /<li class="trace">[^]*?<\/li>/.exec(text)?.[0] ?? "";
    assert.match(first, /POST<\/b> <code>\/cart\/the-ninth-tide<\/code> <span class="status">303/);
    assert.match(first, /create → created/);
    assert.match(first, /Set-Cookie: sessionid=…; Path=\/; Max-Age=1209\d+; HttpOnly; SameSite=Lax/);
    const idsOf = (page: string): string[] => [.../data-digests="id">[^]*?<\/dd>/.exec(page)?.[0].matchAll(/<code>(\w{8})<\/code>/g) ?? []].map((match) => match[1] as string);
    const secretsOf = (page: string): string[] => [.../data-digests="secret">[^]*?<\/dd>/.exec(page)?.[0].matchAll(/<code>(\w{8})<\/code>/g) ?? []].map((match) => match[1] as string);
    await enter("Alma");
    const after = (await reader.get("/dashboard")).text;
    assert.deepEqual([idsOf(after).slice(1), secretsOf(after).slice(1)], [idsOf(text).slice(0, 1), secretsOf(text).slice(0, 1)]);
    assert.notEqual(idsOf(after)[0], idsOf(text)[0]);
    assert.notEqual(secretsOf(after)[0], secretsOf(text)[0]);
    assert.match(after, /POST<\/b> <code>\/signup<\/code>[^]*?create → created[^]*?delete → deleted/);
    await reader.get("/visits");
    assert.match((await reader.get("/dashboard")).text, /\/visits<\/code>[^]*?update → updated[^]*?<code>update<\/code>/);
  });

  it("shows the record beside the cookie, and never the ticket", async () => {
    await enter("Alma");
    await reader.post("/theme", { theme: "dark" });
    const token = reader.token() ?? "";
    const [record] = await shop.cloakroom.sessions.list();
    for (const path of [...PAGES, "/visits"]) {
      const { text } = await reader.get(path);
      assert.ok(record !== undefined && text.includes(record.id), path);
      assert.match(text, /sessionid<\/code> <span class="dots" aria-hidden="true">•+<\/span> <small>secret, 43 characters/, path);
      assert.match(text, /theme<\/code> <code>dark<\/code><div class="flags"><span class="flag">Path=\/<\/span> <span class="flag">Max-Age=2592000/, path);
      assert.ok(!text.includes(token), path);
    }
  });

  it("tells nothing of one visitor to another, and hides cookies that are not the shop's", async () => {
    await reader.post("/session/note", { note: "for my eyes only" });
    await reader.get("/session");
    const stranger = await ask(server.port, "/session", { headers: { cookie: "other_app=hush-hush; sessionid=short" } });
    assert.ok(!stranger.text.includes("eyes only"));
    assert.ok(!stranger.text.includes("hush-hush"));
    assert.match(stranger.text, /other_app<\/code> <small>not this shop&#39;s, 9 characters/);
    assert.match(stranger.text, /A stranger costs the server nothing/);
  });
});

describe("LG-05 the bookshop's error pages", () => {
  const hostile = "<svg/onload=alert(7)>";

  it("show nothing of the request", async () => {
    await enter("Alma");
    const answers = [
      await reader.get(`/${encodeURIComponent(hostile)}`, { referer: `http://evil.example/${hostile}` }),
      await reader.get(`/books/${encodeURIComponent(hostile)}`),
      await reader.get("/books/%E0%A4%A"),
      await reader.post("/theme", { theme: hostile }),
      await reader.post("/session/note", { note: hostile.repeat(1000) }),
      await ask(server.port, "/cart", { headers: { cookie: `theme=${hostile}; sessionid=${hostile}` } }),
    ];
    assert.deepEqual(answers.map(({ status }) => status), [404, 404, 400, 400, 413, 200]);
    for (const { status, text } of answers) {
      assert.ok(!text.includes("<svg/"));
      // Only the X-ray of a page that is there repeats a cookie, escaped.
      assert.ok(status === 200 || !text.includes("onload"), text);
      assert.ok(text.includes("<!doctype html>"));
    }
    assert.deepEqual(reported, []);
  });

  it("escape a name that looks like markup", async () => {
    await enter("<b>Alma");
    for (const path of [...PAGES, "/visits"]) {
      const { text } = await reader.get(path);
      assert.ok(!text.includes("<b>Alma"), path);
      assert.ok(text.includes("&lt;b&gt;Alma"), path);
    }
  });

  it("say no more than that the store is down", async () => {
    const broken = createShop({ databasePath: join(folder, "broken.db"), clock, report: (error) => reported.push(error) });
    const other = await serve(broken.app);
    try {
      await broken.close();
      const answer = await ask(other.port, "/dashboard", { headers: { cookie: `sessionid=${"A".repeat(43)}; theme=dark; language=de` } });
      assert.equal(answer.status, 503);
      assert.match(answer.text, /Die Garderobe ist geschlossen/);
      assert.match(answer.text, /class="theme-dark"/);
      assert.doesNotMatch(answer.text, /sqlite|StoreUnavailable|\.ts|broken\.db/i);
      assert.equal(reported.length, 1);
    } finally {
      await other.close();
    }
  });
});
