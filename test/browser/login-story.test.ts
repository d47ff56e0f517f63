import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { startBookshop, type BookshopProcess } from "../support/bookshop-process.ts";
import { startChromium } from "../support/chromium.ts";
import { engineMissing } from "../support/engine.ts";
import { serve, type TestServer } from "../support/http.ts";

const PASSWORD = "seven brass tickets";
const FIELD = 'main form input[name="csrfmiddlewaretoken"]';

describe("the story of a login, in Chromium", { skip: engineMissing("chromium") }, () => {
  let folder: string;
  let shop: BookshopProcess;
  let foreign: TestServer;
  const contexts: BrowserContext[] = [];
  let profiles = 0;

  async function open(): Promise<Page> {
    const context = await startChromium(join(folder, `profile-${++profiles}`));
    contexts.push(context);
    return context.pages()[0] ?? (await context.newPage());
  }

  const visit = (page: Page, path: string): Promise<unknown> => page.goto(new URL(path, shop.url).href);

  async function submit(page: Page, button: string): Promise<void> {
    await Promise.all([page.waitForEvent("load"), page.click(button)]);
  }

  async function enter(page: Page, path: "/login" | "/signup", username: string, password = PASSWORD): Promise<void> {
    if (new URL(page.url()).pathname !== path) await visit(page, path);
    await page.fill("#username", username);
    await page.fill("#password", password);
    await submit(page, "main form button");
  }

  async function cookie(page: Page, name: string): Promise<string> {
    return (await page.context().cookies(shop.url)).find((held) => held.name === name)?.value ?? "";
  }

  const field = async (page: Page): Promise<string> => (await page.locator(FIELD).first().getAttribute("value")) ?? "";
  /** What the X-ray says of the session's id or of the CSRF secret: what is in use, then what was before. */
  const digests = (page: Page, of: "id" | "secret"): Promise<string[]> => page.locator(`[data-digests="${of}"] dd code`).allTextContents();

  async function greeting(page: Page): Promise<string> {
    await visit(page, "/dashboard");
    return (await page.locator("h1").textContent()) ?? "";
  }

  async function cartOf(page: Page): Promise<string[]> {
    await visit(page, "/cart");
    return page.locator(".line-title").allTextContents();
  }

  async function buy(page: Page, slug: string): Promise<void> {
    await visit(page, `/books/${slug}`);
    await submit(page, `form[action="/cart/${slug}"] button`);
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "login-story-"));
    shop = await startBookshop(join(folder, "shop.db"));
    // Another origin: another port and, for the browser, another site, because the shop is visited as localhost.
    foreign = await serve((_req, res) => {
      res.setHeader("content-type", "text/html; charset=utf-8");
      res.end(`<!doctype html><title>foreign</title><h1>You have won</h1>
        <form method="post" action="${shop.url}/cart/fold-the-sea"><button id="buy">Win</button></form>
        <form method="post" action="${shop.url}/logout"><button id="leave">Leave</button></form>
        <form method="post" action="${shop.url}/login"><input name="username" value="Mallory"><input name="password" value="${PASSWORD}"><button id="login">Enter</button></form>
        <a id="link" href="${shop.url}/logout">Out</a> <img src="${shop.url}/logout" alt="">`);
    });
  });

  after(async () => {
    await foreign.close();
    await shop.end("SIGKILL");
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
  });

  it("field and cookie belong together, a wrong password changes nothing, the right one everything", async () => {
    const page = await open();
    await enter(page, "/signup", "Alma");
    await submit(page, 'form[action="/logout"] button');
    await buy(page, "the-ninth-tide");

    await visit(page, "/login");
    const before = { field: await field(page), cookie: await cookie(page, "csrftoken"), session: await cookie(page, "sessionid"), secret: (await digests(page, "secret"))[0], id: (await digests(page, "id"))[0] };
    assert.match(before.field, /^\w{64}$/);
    assert.match(before.cookie, /^\w{64}$/);
    assert.notEqual(before.field, before.cookie);

    await enter(page, "/login", "Alma", "not the right one");
    assert.match((await page.locator('[role="alert"]').textContent()) ?? "", /do not fit together/);
    assert.equal((await digests(page, "secret"))[0], before.secret);
    assert.equal(await cookie(page, "csrftoken"), before.cookie);
    assert.equal(await cookie(page, "sessionid"), before.session);
    assert.notEqual(await field(page), before.field, "each page has another token of the same secret");

    // Two pages of the same form: the older one is accepted after the newer was made, and the newer after the older was used.
    const [older, newer] = [page, await page.context().newPage()];
    await visit(older, "/books/fold-the-sea");
    await visit(newer, "/books/minor-saints");
    await submit(older, 'form[action="/cart/fold-the-sea"] button');
    await submit(newer, 'form[action="/cart/minor-saints"] button');
    assert.equal((await cartOf(page)).length, 3);

    // This form stays open across the login.
    await visit(newer, "/books/winter-arithmetic");
    await enter(page, "/login", "Alma");
    assert.equal(await page.locator("h1").textContent(), "Hello, Alma");
    const [secret, earlierSecret] = await digests(page, "secret");
    const [id, earlierId] = await digests(page, "id");
    assert.notEqual(secret, before.secret);
    assert.equal(earlierSecret, before.secret);
    assert.notEqual(id, before.id);
    assert.equal(earlierId, before.id);
    assert.notEqual(await cookie(page, "sessionid"), before.session);
    assert.notEqual(await cookie(page, "csrftoken"), before.cookie);

    const [refused] = await Promise.all([newer.waitForResponse((response) => response.request().method() === "POST"), submit(newer, 'form[action="/cart/winter-arithmetic"] button')]);
    assert.equal(refused.status(), 403);
    assert.equal(await newer.locator("h1").textContent(), "Please confirm");
    assert.equal((await cartOf(page)).length, 3);
    await submit(newer, "button");
    assert.equal(new URL(newer.url()).pathname, "/books/winter-arithmetic");
    assert.equal((await cartOf(page)).length, 4);
  });

  it("CS-12 a planted pair of field and cookie is refused", async () => {
    const mallory = await open();
    await visit(mallory, "/login");
    const planted = { field: await field(mallory), cookie: await cookie(mallory, "csrftoken"), visitor: await cookie(mallory, "csrfvisitor") };
    const victim = await open();
    await enter(victim, "/signup", "Berta");
    await visit(victim, "/books/the-ninth-tide");
    await victim.context().addCookies([{ name: "csrftoken", value: planted.cookie, url: shop.url }, { name: "csrfvisitor", value: planted.visitor, url: shop.url }]);
    await victim.locator('form[action="/cart/the-ninth-tide"] input[name="csrfmiddlewaretoken"]').evaluate((element, value) => element.setAttribute("value", value), planted.field);
    const [refused] = await Promise.all([victim.waitForResponse((response) => response.request().method() === "POST"), submit(victim, 'form[action="/cart/the-ninth-tide"] button')]);
    assert.equal(refused.status(), 403);
    assert.deepEqual(await cartOf(victim), []);
  });

  it("CS-03 CS-17 LC-08 foreign forms, links and pictures change nothing", async () => {
    const page = await open();
    await enter(page, "/signup", "Mallory");
    await submit(page, 'form[action="/logout"] button');
    await enter(page, "/signup", "Clara");
    await buy(page, "the-ninth-tide");
    const before = await cookie(page, "sessionid");
    for (const [button, status] of [["#buy", 403], ["#leave", 403], ["#login", 403], ["#link", 405]] as const) {
      await page.goto(foreign.url);
      const [answer] = await Promise.all([page.waitForResponse((response) => response.url().startsWith(shop.url) && response.request().isNavigationRequest()), submit(page, button)]);
      assert.equal(answer.status(), status, button);
    }
    assert.equal(await greeting(page), "Hello, Clara");
    assert.deepEqual(await cartOf(page), ["The Ninth Tide"]);
    assert.equal(await cookie(page, "sessionid"), before);
  });

  it("LC-17 sign up, buy, change the password, and the other browser is out; then out everywhere", async () => {
    const here = await open();
    const there = await open();
    await buy(here, "the-quiet-orchard");
    await enter(here, "/signup", "Dora");
    assert.deepEqual(await cartOf(here), ["The Quiet Orchard"]);
    await enter(there, "/login", "Dora");
    assert.equal(await greeting(there), "Hello, Dora");
    await visit(here, "/account");
    assert.equal(await here.locator(".device").count(), 2);

    await here.fill("#current-password", PASSWORD);
    await here.fill("#new-password", "nine wooden pegs");
    await submit(here, 'form[action="/account/password"] button');
    assert.match((await here.locator(".notice.success").textContent()) ?? "", /password is changed/);
    assert.equal(await greeting(there), "Hello, Guest");
    assert.equal(await greeting(here), "Hello, Dora");

    await enter(there, "/login", "Dora");
    assert.match((await there.locator('[role="alert"]').textContent()) ?? "", /do not fit together/);
    await enter(there, "/login", "Dora", "nine wooden pegs");
    assert.equal(await greeting(there), "Hello, Dora");
    await visit(here, "/account");
    await submit(here, 'form[action="/account/devices/all"] button');
    assert.match((await here.locator(".notice.success").textContent()) ?? "", /signed out on every device/);
    assert.equal(await greeting(here), "Hello, Guest");
    assert.equal(await greeting(there), "Hello, Guest");
  });
});
