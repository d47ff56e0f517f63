import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { attackShop, NEW_SECRET, OLD_SECRET, SESSION_HOMES, type AttackedShop } from "../support/attacked-shop.ts";
import { startBookshop, type BookshopProcess } from "../support/bookshop-process.ts";
import { readLab } from "../support/cookie-lab.ts";
import type { TestServer } from "../support/http.ts";
import { linesOf } from "../support/http.ts";
import { ShopReader } from "../support/shop-reader.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

for (const sessions of SESSION_HOMES) describe(`with sessions in ${sessions}`, () => {
  describe("ST-04 a secret that is retired", () => {
    let world: AttackedShop;
    before(async () => {
      world = await attackShop(sessions, [OLD_SECRET]);
    });
    after(async () => {
      assert.deepEqual(world.reported, []);
      await world[Symbol.asyncDispose]();
    });

    it("goes without logging anybody out who came by in between; what it alone protects counts as absent then", async () => {
      const [regular, absent, stranger] = [await world.enter("ST-04 Alma"), await world.enter("ST-04 Berta"), world.open()];
      for (const reader of [regular, absent, stranger]) {
        await reader.post("/cookies/signed", { words: "old ink" });
        await reader.post("/cookies/sealed", { words: "old wax" });
      }
      await stranger.post("/cart/the-ninth-tide");
      const openForm = await regular.formToken();
      const before = regular.cookie() ?? "";
      const oldForm = await absent.formToken();
      const labOf = (reader: ShopReader): ReturnType<typeof readLab> => readLab(world.server.port, reader.cookie() ?? "");

      await world.restart([NEW_SECRET, OLD_SECRET]);
      assert.deepEqual(await labOf(regular), { signed: "old ink", sealed: "old wax" });
      const look = await regular.get("/dashboard");
      // A session in the cookie is sealed anew on sight.
      assert.equal(linesOf(look, "set-cookie").some((line) => line.startsWith("sessionid=")), sessions === "sealed-cookie");
      // A form that was open goes through; the page after it has a token of the new secret.
      assert.equal((await regular.postBare("/cookies/sealed", { words: "new wax", csrfmiddlewaretoken: openForm })).status, 303);
      await regular.get("/cookies");

      await world.restart([NEW_SECRET]);
      assert.equal(await regular.greeting(), "ST-04 Alma");
      assert.deepEqual(await labOf(regular), { signed: "refused", sealed: "new wax" });
      assert.deepEqual(await labOf(absent), { signed: "refused", sealed: "refused" });
      assert.deepEqual(await labOf(stranger), { signed: "refused", sealed: "refused" });
      // Those who did not come by: their session needs the old secret where it is sealed, or measured, with it.
      assert.equal(await absent.greeting(), "Guest");
      if (sessions === "sealed-cookie") assert.equal(await regular.greetingWith(before), "Guest");
      assert.equal((await stranger.get("/cart")).text.includes('class="line-item"'), sessions === "sqlite");
      // Everybody can go on from there.
      assert.equal((await absent.signIn("ST-04 Berta", undefined, { csrfmiddlewaretoken: oldForm })).status, 403);
      assert.equal((await absent.signIn("ST-04 Berta")).status, 303);
      assert.equal(await absent.greeting(), "ST-04 Berta");
    });

    it("does not come back as the newest: what the other sealed is refused under it alone", async () => {
      await world.restart([NEW_SECRET]);
      const reader = await world.enter("ST-04 Carla");
      await reader.post("/cookies/sealed", { words: "new wax" });
      await world.restart([OLD_SECRET]);
      assert.deepEqual((await readLab(world.server.port, reader.cookie() ?? "")).sealed, "refused");
      assert.equal(await reader.greeting(), "Guest");
    });
  });

  describe("KY-04 CK-28 two processes", () => {
    let folder: string;
    const running: BookshopProcess[] = [];
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), "bookshop-keys-"));
    });
    after(async () => {
      await Promise.all(running.map((shop) => shop.end("SIGKILL")));
      await rm(folder, { recursive: true, maxRetries: 5 });
    });

    const start = async (settings: Record<string, string> = {}): Promise<BookshopProcess> => {
      const shop = await startBookshop(join(folder, "shop.db"), 0, { SESSIONS: sessions, ...settings });
      running.push(shop);
      return shop;
    };
    const visit = ({ port, url }: BookshopProcess): ShopReader => new ShopReader({ port, url } as TestServer, new FakeClock(Date.now()));

    it("share the secret that nobody has given them: what one seals, the other opens, and a restart does too", { timeout: 120_000 }, async () => {
      const [one, two] = [await start(), await start()];
      const alma = visit(one);
      assert.equal((await alma.signUp("KY-04 Alma")).status, 303);
      await alma.post("/cookies/sealed", { words: "shared wax" });
      const cookie = alma.cookie() ?? "";
      assert.equal(await visit(two).greetingWith(cookie), "KY-04 Alma");
      assert.equal((await readLab(two.port, cookie)).sealed, "shared wax");
      await Promise.all([one.end("SIGTERM"), two.end("SIGTERM")]);
      const three = await start();
      assert.equal(await visit(three).greetingWith(cookie), "KY-04 Alma");
      await three.end("SIGTERM");
      if (sessions === "sqlite") return;
      const file = join(folder, "shop.db.key");
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      // The way to a secret of one's own: the new one first, the old one still listed.
      const four = await start({ SECRET_KEYS: `${NEW_SECRET}, ${await readFile(file, "utf8")}` });
      assert.equal(await visit(four).greetingWith(cookie), "KY-04 Alma");
      await four.end("SIGTERM");
    });
  });
});

describe("KY-01 KY-02 KY-05 a secret that is too short", () => {
  it("keeps the shop closed, and is named without being shown", { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "bookshop-never-"));
    await Promise.all(([["sqlite", "tooshort-9f2c"], ["sealed-cookie", `${NEW_SECRET},${"xy".repeat(15)}x`], ["sealed-cookie", "0123456789abcdef".repeat(3)]] as const).map(async ([sessions, keys]) => {
      const child = spawn(process.execPath, ["--conditions=coatcheck-source", "examples/bookshop/main.ts"], {
        cwd: ROOT, env: { ...process.env, PORT: "0", BOOKSHOP_DB: join(folder, "shop.db"), SESSIONS: sessions, SECRET_KEYS: keys }, stdio: ["ignore", "pipe", "pipe"],
      });
      let written = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (written += chunk.toString()));
      const [code] = (await once(child, "close")) as [number | null];
      assert.equal(code, 1, keys);
      assert.match(written, /secrets\[[01]\].*at least 32/, written);
      for (const part of ["tooshort", "xyxy", NEW_SECRET, "abcdef"]) assert.ok(!written.includes(part), written);
    }));
    await rm(folder, { recursive: true });
  });
});
