import { RedisStore as ConnectRedis } from "connect-redis";
import session from "express-session";
import { Keyv } from "keyv";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { createClient } from "redis";
import { createStorage } from "unstorage";
import fsDriver from "unstorage/drivers/fs";
import { runStoreCases } from "../../src/conformance/index.ts";
import { fromExpressStore } from "../../src/stores/bridges/express-store.ts";
import { keyvStore } from "../../src/stores/bridges/keyv.ts";
import { unstorageStore } from "../../src/stores/bridges/unstorage.ts";
import { redisMissing, startRedis, type RedisEngine } from "../support/engines/redis.ts";

/** What the bridges say of themselves: between two clients, nothing compares. */
const NOT_BETWEEN_CLIENTS = "a bridge keeps order inside one process only: between two the last writer wins, and may bring back what the other deleted";
const except = {
  "race: a slow write never revives, 100 times of 100 (CC-01, PAIN-02)": NOT_BETWEEN_CLIENTS,
  "race: a slow touch never revives, 100 times of 100 (CC-02)": NOT_BETWEEN_CLIENTS,
};

runStoreCases(
  () => {
    const storage = createStorage();
    return {
      store: unstorageStore(storage),
      otherStore: unstorageStore(storage),
      corrupt: async (id) => storage.setItem(`coatcheck:s:${id}`, { data: 7 }),
    };
  },
  { name: "store contract: unstorage, memory", test, describe, except: { ...except, "sweep: a record that is refreshed meanwhile survives (LC-26)": NOT_BETWEEN_CLIENTS } },
);

runStoreCases(() => ({ store: unstorageStore(createStorage()) }), { name: "store contract: unstorage, memory, one process", test, describe });

runStoreCases(
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "coatcheck-unstorage-"));
    const storage = createStorage({ driver: fsDriver({ base: folder }) });
    return { store: unstorageStore(storage), cleanup: () => rm(folder, { recursive: true, force: true }) };
  },
  { name: "store contract: unstorage, files, one process", test, describe },
);

runStoreCases(
  () => {
    const keyv = new Keyv({ throwOnErrors: true });
    return { store: keyvStore(keyv), otherStore: keyvStore(keyv), corrupt: async (id) => void (await keyv.set(`coatcheck:s:${id}`, "what is this")) };
  },
  { name: "store contract: Keyv", test, describe, except },
);

runStoreCases(() => ({ store: keyvStore(new Keyv({ throwOnErrors: true })) }), { name: "store contract: Keyv, one process", test, describe });

runStoreCases(
  () => {
    const connectStore = new session.MemoryStore();
    return { store: fromExpressStore(connectStore), otherStore: fromExpressStore(connectStore) };
  },
  { name: "store contract: express-session's MemoryStore", test, describe, except },
);

runStoreCases(() => ({ store: fromExpressStore(new session.MemoryStore()) }), { name: "store contract: express-session's MemoryStore, one process", test, describe });

describe("connect-redis", { skip: redisMissing() }, () => {
  let engine: RedisEngine;
  let client: ReturnType<typeof createClient>;
  let prefixes = 0;
  before(async () => {
    engine = await startRedis();
    client = createClient({ url: engine.url });
    await client.connect();
  });
  after(async () => {
    client.destroy();
    await engine.stop();
  });
  runStoreCases(
    () => {
      const connectStore = new ConnectRedis({ client, prefix: `connect-${process.pid}-${prefixes++}:` });
      return { store: fromExpressStore(connectStore, { promises: { shared: "network", durable: true, ownExpiry: true } }) };
    },
    { name: "store contract: connect-redis, one process", test, describe },
  );
});
