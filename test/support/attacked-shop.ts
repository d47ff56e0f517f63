import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createShop, type Shop } from "../../examples/bookshop/app.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { CountingHasher } from "./counting-hasher.ts";
import { serve, type TestServer } from "./http.ts";
import { ShopReader } from "./shop-reader.ts";

/** The bookshop on a port of loopback, with a clock of the test's and passwords that cost nothing. */
export interface AttackedShop extends AsyncDisposable {
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
}

export async function attackShop(): Promise<AttackedShop> {
  const folder = await mkdtemp(join(tmpdir(), "bookshop-attack-"));
  const clock = new FakeClock();
  const hasher = new CountingHasher();
  const reported: unknown[] = [];
  const shop = createShop({ databasePath: join(folder, "shop.db"), clock, hashers: [hasher], report: (error) => reported.push(error) });
  const server = await serve(shop.app);
  const open = (): ShopReader => new ShopReader(server, clock);
  return {
    shop, server, clock, hasher, reported, open,
    async enter(username) {
      const reader = open();
      assert.equal((await reader.signUp(username)).headers.location, "/account");
      return reader;
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await shop.close();
      await rm(folder, { recursive: true, maxRetries: 5 });
    },
  };
}
