import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createShop, type SessionHome, type Shop } from "../../examples/bookshop/app.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { CountingHasher } from "./counting-hasher.ts";
import { serve, type TestServer } from "./http.ts";
import { ShopReader } from "./shop-reader.ts";

/** Both ways in which the bookshop can keep its sessions: what is attacked in one is attacked in the other. */
export { SESSION_HOMES, type SessionHome } from "../../examples/bookshop/app.ts";

export const NEW_SECRET = "the newer secret of the attacked shop: 5c1d09ae";
export const OLD_SECRET = "the older secret of the attacked shop: 77e02bf4";

/** The bookshop on a port of loopback, with a clock of the test's and passwords that cost nothing. */
export interface AttackedShop extends AsyncDisposable {
  readonly sessions: SessionHome;
  readonly shop: Shop;
  readonly server: TestServer;
  readonly clock: FakeClock;
  readonly hasher: CountingHasher;
  /** What the shop could not answer for. */
  readonly reported: readonly unknown[];
  /** A browser of its own. */
  open(): ShopReader;
  /** A browser that has signed up and is signed in under that name. */
  enter(username: string): Promise<ShopReader>;
  /** The database is gone from under the running shop, until `restart`. */
  losesDatabase(): Promise<void>;
  /** Ends the shop and opens it again over the same file, on the same port: browsers stay. */
  restart(secrets?: readonly string[]): Promise<void>;
}

/** @param secrets default: one, in both modes */
export async function attackShop(sessions: SessionHome = "sqlite", secrets: readonly string[] = [NEW_SECRET]): Promise<AttackedShop> {
  const folder = await mkdtemp(join(tmpdir(), "bookshop-attack-"));
  const clock = new FakeClock();
  const hasher = new CountingHasher();
  const reported: unknown[] = [];
  const build = (keys: readonly string[]): Shop => createShop({ databasePath: join(folder, "shop.db"), sessions, secrets: keys, clock, hashers: [hasher], report: (error) => reported.push(error) });
  let keys = secrets;
  let shop = build(keys);
  let isOpen = true;
  const server = await serve((req, res) => void shop.app(req, res));
  const open = (): ShopReader => new ShopReader(server, clock);
  return {
    sessions, server, clock, hasher, reported, open,
    get shop() {
      return shop;
    },
    async enter(username) {
      const reader = open();
      assert.equal((await reader.signUp(username)).headers.location, "/account");
      return reader;
    },
    async losesDatabase() {
      await shop.close();
      isOpen = false;
    },
    async restart(newSecrets = keys) {
      if (isOpen) await shop.close();
      isOpen = true;
      keys = newSecrets;
      shop = build(keys);
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      if (isOpen) await shop.close();
      await rm(folder, { recursive: true, maxRetries: 5 });
    },
  };
}
