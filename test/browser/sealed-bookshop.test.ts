import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { BrowserContext, Page } from "playwright-core";
import { startBookshop, type BookshopProcess } from "../support/bookshop-process.ts";
import { startChromium, type ChromiumOptions } from "../support/chromium.ts";
import { engineMissing } from "../support/engine.ts";

const findFaults = readFileSync(new URL("page-faults.js", import.meta.url), "utf8");
const PASSWORD = "seven brass tickets";

describe("the bookshop whose sessions are sealed in the cookie, in Chromium", { skip: engineMissing("chromium") }, () => {
  let folder: string;
  let shop: BookshopProcess;
  let opened: BrowserContext[] = [];
  const complaints: string[] = [];
  let profiles = 0;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bookshop-sealed-"));
    shop = await startBookshop(join(folder, "shop.db"), 0, { SESSIONS: "sealed-cookie" });
  });

  after(async () => {
    await shop.end("SIGKILL");
    await rm(folder, { recursive: true, maxRetries: 5 });
  });

  afterEach(async () => {
    await Promise.all(opened.map((context) => context.close()));
    opened = [];
    assert.deepEqual(complaints.splice(0), []);
  });

  async function open(options: ChromiumOptions = {}): Promise<Page> {
    const context = await startChromium(join(folder, `profile-${++profiles}`), options);
    opened.push(context);
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type()) && !/status of 40[345]/.test(message.text())) complaints.push(message.text());
    });
    context.on("weberror", (error) => complaints.push(error.error().message));
    return context.pages()[0] ?? (await context.newPage());
  }

  const visit = (page: Page, path: string): Promise<unknown> => page.goto(new URL(path, shop.url).href);

  async function submit(page: Page, button: string): Promise<void> {
    await Promise.all([page.waitForEvent("load"), page.click(button)]);
  }

  async function enter(page: Page, path: "/signup" | "/login", name: string, password = PASSWORD): Promise<void> {
    await visit(page, path);
    await page.fill("#username", name);
    await page.fill("#password", password);
    await submit(page, "main form button");
  }

  async function greeting(page: Page): Promise<string> {
    await visit(page, "/dashboard");
    return (await page.locator("h1").textContent()) ?? "";
  }

  /** Writes a note that takes a second cookie. */
  async function writeLongNote(page: Page): Promise<void> {
    await visit(page, "/session");
    await page.fill("#note", "The same again. ".repeat(185));
    await submit(page, 'form[action="/session/note"] .strong');
  }

  async function namesOf(page: Page): Promise<string[]> {
    return (await page.context().cookies()).map(({ name }) => name).filter((name) => name.startsWith("sessionid")).toSorted();
  }

  it("DS-05 LC-23 keeps a session in two cookies through SIGKILL, and a copy of them is worth nothing after the logout", async () => {
    const page = await open();
    await enter(page, "/signup", "Alma");
    await visit(page, "/books/the-ninth-tide");
    await submit(page, 'form[action="/cart/the-ninth-tide"] button');
    await writeLongNote(page);
    assert.deepEqual(await namesOf(page), ["sessionid", "sessionid.1"]);
    // Away from the page, which asks the server now and then how long its session has to live.
    await page.goto("about:blank");
    await shop.end("SIGKILL");
    shop = await startBookshop(join(folder, "shop.db"), shop.port, { SESSIONS: "sealed-cookie" });
    assert.equal(await greeting(page), "Hello, Alma");
    await visit(page, "/cart");
    assert.deepEqual(await page.locator(".line-title").allTextContents(), ["The Ninth Tide"]);
    assert.match((await page.locator('[aria-labelledby="xray-server"]').textContent()) ?? "", /Nothing\. The session travels in the cookie[^]*epoch: 0/);

    const thief = await open();
    await thief.context().addCookies((await page.context().cookies()).filter(({ name }) => name.startsWith("sessionid")));
    assert.equal(await greeting(thief), "Hello, Alma");
    await submit(page, 'form[action="/logout"] button');
    assert.deepEqual(await namesOf(page), []);
    assert.equal(await greeting(thief), "Hello, Guest");
  });

  it("LC-17 LC-15 a password change and signing out everywhere end the other browser", async () => {
    const [here, there] = [await open(), await open()];
    await enter(here, "/signup", "Berta");
    await enter(there, "/login", "Berta");
    assert.equal(await greeting(there), "Hello, Berta");
    await visit(here, "/account");
    await here.fill("#current-password", PASSWORD);
    await here.fill("#new-password", "nine wooden pegs");
    await submit(here, 'form[action="/account/password"] button');
    assert.deepEqual([await greeting(here), await greeting(there)], ["Hello, Berta", "Hello, Guest"]);
    await enter(there, "/login", "Berta", "nine wooden pegs");
    await visit(here, "/account");
    await submit(here, 'form[action="/account/devices/others"] button');
    assert.deepEqual([await greeting(here), await greeting(there)], ["Hello, Berta", "Hello, Guest"]);
    await enter(there, "/login", "Berta", "nine wooden pegs");
    await visit(here, "/account");
    await submit(here, 'form[action="/account/devices/all"] button');
    assert.deepEqual([await greeting(here), await greeting(there)], ["Hello, Guest", "Hello, Guest"]);
  });

  for (const [look, theme, language, width] of [["light", "light", "fr", 1280], ["narrow-dark", "dark", "de", 390]] as const) {
    it(`CK-27 is readable on every page, and tells an altered cookie from one that is right: ${look}`, async () => {
      const page = await open({ width, height: width < 500 ? 844 : 900 });
      const pictures = join(process.env["BOOKSHOP_PICTURES"] ?? join(folder, "pictures"), `sealed-${look}`);
      await mkdir(pictures, { recursive: true });
      const show = async (name: string): Promise<void> => {
        assert.deepEqual(await page.evaluate<string[]>(findFaults), [], `${look} ${name}`);
        await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
      };
      await enter(page, "/signup", `Alma ${look}`);
      if (theme === "dark") await submit(page, 'button[name="theme"]');
      await submit(page, `button[name="language"][value="${language}"]`);
      await writeLongNote(page);
      for (const [name, path] of Object.entries({ shelf: "/", book: "/books/the-ninth-tide", cart: "/cart", account: "/account", confirm: "/confirm", refused: "/staff", dashboard: "/dashboard", visits: "/visits", session: "/session" })) {
        await visit(page, path);
        await show(name);
      }
      await visit(page, "/cookies");
      for (const kind of ["signed", "sealed"]) {
        await page.fill(`#${kind}-words`, "tea for two");
        await submit(page, `form[action="/cookies/${kind}"] .strong`);
        assert.equal(await page.locator(`[aria-labelledby="${kind}"] q`).textContent(), "tea for two");
        await submit(page, `button[formaction="/cookies/${kind}/alter"]`);
        assert.equal(await page.locator(`[aria-labelledby="${kind}"] q`).count(), 0);
        assert.equal(await page.locator(`[aria-labelledby="${kind}"] .refused`).count(), 1);
      }
      await page.fill("#errand-words", "one loaf");
      await submit(page, 'form[action="/cookies/errand"] .strong');
      await show("cookies");
      await submit(page, 'button[formaction="/cookies/errand/back"]');
      assert.match((await page.locator(".notice.success").textContent()) ?? "", /one loaf/);
      await submit(page, 'button[formaction="/cookies/errand/back"]');
      assert.equal(await page.locator(".notice.warning").count(), 1);
      await show("cookies-after");
    });
  }
});
