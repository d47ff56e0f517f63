/** Takes README's picture, docs/bookshop.png, from the running bookshop: a cart with two books, and the X-ray under it. */
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startBookshop } from "../test/support/bookshop-process.ts";
import { startChromium } from "../test/support/chromium.ts";

const PICTURE = "docs/bookshop.png";
const MOST_BYTES = 300_000;
const WIDTH = 1280;

const folder = await mkdtemp(join(tmpdir(), "bookshop-picture-"));
const shop = await startBookshop(join(folder, "shop.db"));
const context = await startChromium(join(folder, "profile"), { width: WIDTH, height: 900 });
try {
  const page = context.pages()[0] ?? (await context.newPage());
  const visit = (path: string): Promise<unknown> => page.goto(new URL(path, shop.url).href);
  const submit = (button: string): Promise<unknown> => Promise.all([page.waitForEvent("load"), page.click(button)]);

  await visit("/signup");
  await submit('.consent button[value="necessary"]');
  await page.fill("#username", "Alma");
  await page.fill("#password", "seven brass tickets");
  await submit("main form button");
  await submit('button[name="language"][value="en"]');
  await submit('button[name="theme"]');
  await submit('button[name="theme"]');
  for (const slug of ["the-cloakroom-attendant", "the-ninth-tide", "low-orbit-gardening"]) {
    await visit(`/books/${slug}`);
    await submit(`form[action="/cart/${slug}"] button`);
  }
  await submit('form[action="/wishes/low-orbit-gardening"] button');
  await visit("/cart");
  await submit('form[action="/cart/low-orbit-gardening/remove"] button');
  await visit("/cart");
  await page.mouse.move(0, 0);

  const box = await page.locator(".xray").boundingBox();
  if (box === null) throw new Error("The page has no X-ray.");
  await page.screenshot({ path: PICTURE, fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height: Math.ceil(box.y + box.height) } });
  const { size } = await stat(PICTURE);
  if (size > MOST_BYTES) throw new Error(`${PICTURE} has ${size} bytes; ${MOST_BYTES} are allowed.`);
  console.log(`${PICTURE}: ${size} bytes`);
} finally {
  await context.close();
  await shop.end("SIGKILL");
  await rm(folder, { recursive: true, maxRetries: 5 });
}
