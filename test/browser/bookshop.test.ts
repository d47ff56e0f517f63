import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { startBookshop, type BookshopProcess } from "../support/bookshop-process.ts";
import { startChromium, type ChromiumOptions } from "../support/chromium.ts";
import { engineMissing } from "../support/engine.ts";

const findFaults = readFileSync(new URL("page-faults.js", import.meta.url), "utf8");

const PAGES: Readonly<Record<string, string>> = {
  shelf: "/", book: "/books/the-cloakroom-attendant", cart: "/cart", account: "/account", confirm: "/confirm", refused: "/staff", dashboard: "/dashboard", visits: "/visits",
  session: "/session", cookies: "/cookies", lost: "/nowhere",
};

describe("the bookshop in Chromium", { skip: engineMissing("chromium") }, () => {
  let folder: string;
  let shop: BookshopProcess;
  let context: BrowserContext;
  let complaints: string[];
  let profiles = 0;

  /** A browser whose every complaint is remembered. What is said about a page that is refused on purpose is none. */
  async function open(options: ChromiumOptions = {}, profile = `profile-${++profiles}`): Promise<Page> {
    context = await startChromium(join(folder, profile), options);
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !/status of 40[345]/.test(message.text())) complaints.push(message.text());
    });
    context.on("weberror", (error) => complaints.push(error.error().message));
    return context.pages()[0] ?? (await context.newPage());
  }

  const visit = (page: Page, path: string): Promise<unknown> => page.goto(new URL(path, shop.url).href);

  /** Sends a form and waits for the page that it leads to. */
  async function submit(page: Page, button: string): Promise<void> {
    await Promise.all([page.waitForEvent("load"), page.click(button)]);
  }

  async function signUp(page: Page, name: string): Promise<void> {
    await visit(page, "/signup");
    await page.fill("#username", name);
    await page.fill("#password", "seven brass tickets");
    await submit(page, "main form button");
    assert.equal(new URL(page.url()).pathname, "/account");
  }

  const tickets = (cookies: readonly { readonly name: string; readonly value: string }[]): string[] => cookies.filter(({ name }) => name === "sessionid").map(({ value }) => value);

  async function buy(page: Page, slug: string): Promise<void> {
    await visit(page, `/books/${slug}`);
    await submit(page, `form[action="/cart/${slug}"] button`);
  }

  async function cartOf(page: Page): Promise<string[]> {
    await visit(page, "/cart");
    return page.locator(".line-title").allTextContents();
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bookshop-browser-"));
    shop = await startBookshop(join(folder, "shop.db"));
  });

  after(async () => {
    await shop.end("SIGKILL");
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  beforeEach(() => {
    complaints = [];
  });

  afterEach(async () => {
    await context.close();
    assert.deepEqual(complaints, []);
  });

  it("keeps two books through SIGKILL and a new start, and theme and language through a new browser", async () => {
    let page = await open({}, "kept");
    await visit(page, "/");
    await submit(page, 'button[name="consent"][value="necessary"]');
    await submit(page, 'button[name="theme"][value="dark"]');
    await submit(page, 'button[name="language"][value="fr"]');
    await buy(page, "the-ninth-tide");
    await buy(page, "fold-the-sea");
    await visit(page, "/cookies");
    await page.selectOption("#favorite_color-value", "blue");
    await submit(page, 'form[action="/cookies/color"] .strong');
    await page.goto("about:blank");
    assert.equal(await shop.end("SIGKILL"), "SIGKILL");
    shop = await startBookshop(join(folder, "shop.db"), shop.port);
    assert.deepEqual(await cartOf(page), ["The Ninth Tide", "Eleven Ways to Fold the Sea"]);

    await context.close();
    page = await open({}, "kept");
    assert.deepEqual(await cartOf(page), ["The Ninth Tide", "Eleven Ways to Fold the Sea"]);
    assert.equal(await page.locator("html").getAttribute("class"), "theme-dark");
    assert.equal(await page.locator("html").getAttribute("lang"), "fr");
    const held = (await context.cookies()).map(({ name }) => name).sort();
    assert.deepEqual(held, ["consent", "csrftoken", "csrfvisitor", "language", "sessionid", "theme"], "a cookie without expiry goes with the browser");
  });

  it("empties with the session, and the browser holds no ticket any more", async () => {
    const page = await open();
    await buy(page, "the-quiet-orchard");
    await visit(page, "/session");
    await submit(page, 'form[action="/session/flush"] button');
    assert.deepEqual(await cartOf(page), []);
    assert.deepEqual(tickets(await context.cookies()), []);
    assert.match((await page.locator("#xray .void").first().textContent()) ?? "", /^No record/);
  });

  it("LC-08 refuses GET /logout with 405 and stays signed in", async () => {
    const page = await open();
    await signUp(page, "Alma");
    const before = await context.cookies();
    const response = await page.goto(new URL("/logout", shop.url).href);
    assert.equal(response?.status(), 405);
    assert.equal(response?.headers()["allow"], "POST");
    assert.equal(await page.locator("h1").textContent(), "Not like that");
    await visit(page, "/dashboard");
    assert.equal(await page.locator("h1").textContent(), "Hello, Alma");
    assert.deepEqual(tickets(await context.cookies()), tickets(before));
    await submit(page, 'form[action="/logout"] button');
    assert.equal(await page.locator(".visitor").count(), 0);
  });

  it("keeps both books when two tabs add at once", async () => {
    const left = await open();
    const right = await context.newPage();
    await buy(left, "the-ninth-tide");
    await visit(left, "/books/minor-saints");
    await visit(right, "/books/winter-arithmetic");
    await Promise.all([left, right].map((page) => submit(page, "form[action^='/cart/'] button")));
    assert.deepEqual((await cartOf(left)).sort(), ["Minor Saints of the Post Office", "The Ninth Tide", "Winter Arithmetic"]);
  });

  it("counts five minutes down, and lets a script see only what is open to scripts", async () => {
    const page = await open();
    await visit(page, "/session");
    await page.fill("#note", "tea");
    await submit(page, 'form[action="/session/note"] .strong');
    await submit(page, 'button[value="five-minutes"]');
    await page.locator(".countdown", { hasText: /^[45]:\d\d$/ }).waitFor();
    await visit(page, "/cookies");
    await submit(page, 'form[action="/cookies/color"] .strong');
    await submit(page, 'form[action="/cookies/open-color"] .strong');
    assert.equal(((await page.locator("output").textContent()) ?? "").replace(/^csrftoken=\w{64}; /, ""), "favorite_color_open=red");
    await page.click("#xray summary");
    await visit(page, "/");
    await page.locator("#xray:not([open])").waitFor();
  });

  it("says a minute before that the session ends, unless the server knows that another tab has put it off", async () => {
    const page = await open();
    const left = [250, 42, 0];
    await page.route("**/session/left", (route) => route.fulfill({ json: { secondsLeft: left.shift() ?? null } }));
    await page.clock.install();
    await visit(page, "/session");
    await page.fill("#note", "tea");
    await submit(page, 'form[action="/session/note"] .strong');
    await submit(page, 'button[value="five-minutes"]');
    const notice = page.locator("[data-session-left] .notice");
    assert.match((await notice.textContent()) ?? "", /ends after (?:5 min|4 min \d+ s) without a visit/);
    // Asked a minute before the end that the page knew of; that end has moved, so the page asks again a minute before the new one.
    const passes = async (seconds: number): Promise<void> => {
      const answered = page.waitForResponse("**/session/left");
      await page.clock.runFor(seconds * 1000);
      await answered;
    };
    await passes(241);
    assert.match((await notice.textContent()) ?? "", /without a visit/);
    await passes(191);
    await page.locator("[data-session-left] .notice", { hasText: "Your session ends in 50 s. Load any page to stay." }).waitFor();
    await passes(11);
    await page.locator("[data-session-left] .notice", { hasText: "Your session has ended." }).waitFor();
  });

  it("works without scripts", async () => {
    const page = await open({ javaScript: false });
    await buy(page, "the-ninth-tide");
    await visit(page, "/session");
    await submit(page, 'button[value="five-minutes"]');
    assert.match((await page.locator(".countdown").textContent()) ?? "", /^(5 min|4 min \d+ s)$/);
    await submit(page, 'button[name="language"][value="de"]');
    assert.equal(await page.locator("h1").textContent(), "Sitzungslabor");
    assert.equal(await page.locator("#xray").getAttribute("open"), "");
    await page.click("#xray summary");
    assert.equal(await page.locator("#xray").getAttribute("open"), null);
    await visit(page, "/cart");
    await submit(page, ".line-item .link");
    assert.equal(await page.locator(".line-item").count(), 0);
  });

  for (const [look, theme, language, width] of [["light", "light", "en", 1280], ["dark", "dark", "de", 1280], ["narrow", "light", "fr", 390], ["narrow-dark", "dark", "en", 390]] as const) {
    it(`is readable on every page: ${look}`, async () => {
      const page = await open({ width, height: width < 500 ? 844 : 900 });
      const pictures = join(process.env["BOOKSHOP_PICTURES"] ?? join(folder, "pictures"), look);
      await mkdir(pictures, { recursive: true });
      const show = async (name: string): Promise<void> => {
        assert.deepEqual(await page.evaluate<string[]>(findFaults), [], `${look} ${name}`);
        await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
        assert.ok((await stat(join(pictures, `${name}.png`))).size > 10_000, name);
      };
      await visit(page, "/");
      await show("first");
      if (theme === "dark") await submit(page, 'button[name="theme"]');
      if (language !== "en") await submit(page, `button[name="language"][value="${language}"]`);
      await visit(page, "/cart");
      await show("empty-cart");
      await visit(page, "/login");
      await show("sign-in");
      await visit(page, "/signup");
      await show("sign-up");
      await signUp(page, `Alma ${look}`);
      await buy(page, "the-ninth-tide");
      await buy(page, "the-cloakroom-attendant");
      await submit(page, 'form[action^="/wishes/"] button');
      await submit(page, 'button[name="consent"][value="all"]');
      await visit(page, "/session");
      await page.fill("#note", "tea & cake");
      await submit(page, 'form[action="/session/note"] .strong');
      await submit(page, 'button[value="five-minutes"]');
      for (const [name, path] of Object.entries(PAGES)) {
        await visit(page, path);
        await show(name);
      }
    });
  }

  it("ends cleanly on SIGTERM, though a browser keeps its connection open", async () => {
    const other = await startBookshop(join(folder, "other.db"));
    const page = await open();
    await page.goto(other.url);
    await page.goto("about:blank");
    assert.equal(await other.end("SIGTERM"), 0);
  });
});
