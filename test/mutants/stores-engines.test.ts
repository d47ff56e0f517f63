import { Redis } from "ioredis";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import pg from "pg";
import { runStoreCase, storeCases, type StoreSubject } from "../../src/conformance/index.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { memcachedStore, type MemcachedClient, type MemcachedItem } from "../../src/stores/memcached.ts";
import { postgresStore, type PgPool, type PgPoolClient, type PostgresStore } from "../../src/stores/postgres.ts";
import { redisStore } from "../../src/stores/redis.ts";
import { postgresMissing, startPostgres, type PostgresEngine } from "../support/engines/postgres.ts";
import { redisMissing, startRedis, type RedisEngine } from "../support/engines/redis.ts";
import { until } from "../support/engines/server-process.ts";
import { makeRecord } from "../support/records.ts";

/** A fault in what an engine is told: which texts it changes, what becomes what, and the case that must notice. */
interface TextMutant {
  readonly name: string;
  readonly of: RegExp;
  readonly from: string | RegExp;
  readonly to: string;
  /** The beginning of the name of a conformance case. */
  readonly caughtBy: string;
}

/** Says whether a store fails a case. */
type Holds = (make: () => Promise<StoreSubject>) => Promise<boolean>;

const caseNamed = (beginning: string): Holds => {
  const one = storeCases.find(({ name }) => name.startsWith(beginning));
  assert.ok(one, `there is no case "${beginning}…"`);
  return (make) => runStoreCase(one, make).then(({ outcome }) => outcome === "held", () => false);
};

/** A text in place of another, and how often that was so. */
class Mishearing {
  readonly mutant: Pick<TextMutant, "of" | "from" | "to">;
  changed = 0;

  constructor(mutant: Pick<TextMutant, "of" | "from" | "to">) {
    this.mutant = mutant;
  }

  hear(text: string): string {
    const heard = this.mutant.of.test(text) ? text.replace(this.mutant.from, this.mutant.to) : text;
    if (heard !== text) this.changed++;
    return heard;
  }
}

const SOUND: Pick<TextMutant, "of" | "from" | "to"> = { of: /(?!)/, from: "", to: "" };

async function checkMutant(mutant: TextMutant, holds: Holds, make: (mishearing: Mishearing) => Promise<StoreSubject>): Promise<void> {
  assert.equal(await holds(() => make(new Mishearing(SOUND))), true, `the unbroken store fails "${mutant.caughtBy}…"`);
  const mishearing = new Mishearing(mutant);
  assert.equal(await holds(() => make(mishearing)), false, `not caught by "${mutant.caughtBy}…"`);
  assert.ok(mishearing.changed > 0, "nothing was changed: the pattern does not fit");
}

describe("ST-17 a fault in a statement of PostgreSQL is noticed", { skip: postgresMissing() }, () => {
  let engine: PostgresEngine;
  let pool: pg.Pool;
  const table = `mutants_${process.pid}`;
  before(async () => {
    engine = await startPostgres();
    pool = new pg.Pool({ connectionString: engine.url, max: 60 });
    await postgresStore(pool, { table }).migrate();
  });
  after(async () => {
    await pool.query(`drop table ${table}`);
    await pool.end();
    await engine.stop();
  });

  /** The pool, which mishears. Each store has names of statements of its own, or a connection would remember what it was told first. */
  const open = (mishearing: Mishearing): PostgresStore => {
    const listen = (client: pg.PoolClient): PgPoolClient =>
      ({
        query: ({ text, values, rowMode }: { text: string; values?: unknown[]; rowMode?: "array" }) => client.query({ text: mishearing.hear(text), values, rowMode } as pg.QueryArrayConfig),
        release: (destroy?: boolean) => client.release(destroy),
        on: client.on.bind(client),
        off: client.off.bind(client),
      }) as unknown as PgPoolClient;
    const heard: PgPool = { totalCount: 0, query: () => assert.fail("went past connect()"), connect: async () => listen(await pool.connect()) };
    return postgresStore(heard, { table, prepare: false, commandTimeoutMs: 3000 });
  };
  const make = async (mishearing: Mishearing): Promise<StoreSubject> => {
    await pool.query(`delete from ${table}`);
    return { store: open(mishearing), otherStore: open(mishearing) };
  };

  const UPDATE = /^with current/;
  const mutants: readonly TextMutant[] = [
    { name: "update without the version", of: UPDATE, from: /current\.version = (\$\d+::text)/, to: "(current.version = $1 or true)", caughtBy: "update: a conflict changes nothing" },
    { name: "update of the expired", of: UPDATE, from: /expires_at > (\$\d+::bigint)/, to: "(expires_at > $1 or true)", caughtBy: "update: an expired record" },
    { name: "touch without the version", of: /^update/, from: /version = (\$\d+::text)/, to: "(version = $1 or true)", caughtBy: "touch: another version is stored" },
    { name: "touch that moves the last visit back", of: /^update/, from: /greatest\(last_seen_at, (\$\d+::bigint)\)/, to: "$1", caughtBy: "touch: the later of two visits" },
    { name: "delete without the version", of: /^delete .* version = /, from: /version = (\$\d+::text)/, to: "(version = $1 or true)", caughtBy: "delete: with the stored version" },
    { name: "create replaces live records", of: /^insert .* on conflict \(id\)/, from: /where s\.expires_at <= (\$\d+::bigint)/, to: "where (s.expires_at <= $1 or true)", caughtBy: "create: a taken id" },
    { name: "sweep without the end", of: /^with doomed/, from: / and expires_at <= \$\d+::bigint/, to: "", caughtBy: "sweep: removes what has expired" },
    { name: "a lease is taken from whoever has it", of: /^insert .* substr/, from: /where s\.value <= /, to: "where true or s.value <= ", caughtBy: "lease: one holder" },
  ];
  for (const mutant of mutants) it(mutant.name, () => checkMutant(mutant, caseNamed(mutant.caughtBy), make));

  /** What a conformance case cannot do: hold a row from outside. */
  async function whileHeld(id: string, statement: string, act: (admin: pg.PoolClient) => Promise<boolean>): Promise<boolean> {
    const admin = await pool.connect();
    try {
      await admin.query("begin");
      await admin.query(statement, [id]);
      return await act(admin);
    } finally {
      await admin.query("rollback");
      admin.release();
    }
  }

  const someoneWaits = async (): Promise<boolean> => (await pool.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).rowCount !== 0;

  it("an update that does not lock tells its loser an old record (`for update`)", async () => {
    const holds: Holds = async (subject) => {
      const { store } = await subject();
      const record = makeRecord();
      await store.create(record);
      return whileHeld(record.id, `update ${table} set version = 'theirs' where id = $1`, async (admin) => {
        const losing = store.update({ ...record, version: "mine" }, record.version);
        await until("the update waits for the row", someoneWaits);
        await admin.query("commit");
        const answer = await losing;
        return answer.outcome === "conflict" && answer.current.version === "theirs";
      });
    };
    await checkMutant({ name: "", of: UPDATE, from: " for update)", to: ")", caughtBy: "what a loser is told is what it lost to" }, holds, make);
  });

  it("a sweep that waits for rows which requests hold (`skip locked`)", async () => {
    const holds: Holds = async (subject) => {
      const { store } = await subject();
      const now = Date.now();
      const [held, free] = [makeRecord({ expiresAt: now - 1 }), makeRecord({ expiresAt: now - 1 })];
      for (const record of [held, free]) await store.create(record, { now: now - 10_000 });
      return whileHeld(held.id, `select 1 from ${table} where id = $1 for update`, async (admin) => {
        const sweeping = (store as PostgresStore).sweep(10, { now }).then((count) => count === 1, () => false);
        let isSwept = false;
        void sweeping.finally(() => (isSwept = true));
        await until("the sweep ends, or waits", async () => isSwept || (await someoneWaits()));
        const hasWaited = !isSwept;
        await admin.query("rollback");
        return (await sweeping) && !hasWaited;
      });
    };
    await checkMutant({ name: "", of: /^with doomed/, from: " skip locked", to: "", caughtBy: "a sweep waits for nobody" }, holds, make);
  });
});

describe("ST-17 a fault in a script of Redis is noticed", { skip: redisMissing() }, () => {
  let engine: RedisEngine;
  let client: Redis;
  let number = 0;
  before(async () => {
    engine = await startRedis();
    client = new Redis(engine.url);
  });
  after(async () => {
    client.disconnect();
    await engine.stop();
  });

  const make = async (mishearing: Mishearing): Promise<StoreSubject> => {
    const prefix = `mutants-${process.pid}-${number++}:`;
    const open = (): SessionStore => {
      const sendCommand = async (args: string[]): Promise<unknown> => {
        const [command = "", ...rest] = args;
        if (command === "EVALSHA") throw new Error("NOSCRIPT No matching script. Please use EVAL.");
        if (command === "EVAL") rest[0] = mishearing.hear(rest[0] as string);
        return client.call(command, ...rest);
      };
      return redisStore({ isReady: true, sendCommand }, { prefix });
    };
    return { store: open(), otherStore: open() };
  };

  const mutants: readonly TextMutant[] = [
    { name: "update without the version", of: /return \{-1\} end/, from: "if r[1] ~= ARGV[2] then return {0", to: "if false then return {0", caughtBy: "update: a conflict changes nothing" },
    { name: "update that revives", of: /INDEX|ARGV\[8\]/, from: "if not r then return {-1} end", to: "if not r then store(ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]) return {1, false} end", caughtBy: "update: a deleted record" },
    { name: "update that does not ask for the index first", of: /ARGV\[8\]/, from: "r[3] ~= string.sub(owner, 2) or new_ends ~= ends", to: "false", caughtBy: "by owner: follows the owner" },
    { name: "a write that keeps the former owner", of: /HDEL/, from: "redis.call('HDEL', key, 'owner')", to: "", caughtBy: "create: an expired record" },
    { name: "create replaces live records", of: /return 1/, from: "if live() then return 0 end", to: "", caughtBy: "create: a taken id" },
    { name: "touch without the version", of: /ARGV\[5\] ~= '1'/, from: "if not r or r[1] ~= ARGV[2] then return 0 end", to: "if not r then return 0 end", caughtBy: "touch: another version is stored" },
    { name: "touch that moves the last visit back", of: /ARGV\[5\] ~= '1'/, from: "if tonumber(ARGV[3]) < tonumber(seen) then return 1 end", to: "", caughtBy: "touch: the later of two visits" },
    { name: "delete without the version", of: /'=' \.\. r\[1\]/, from: "'=' .. r[1] ~= ARGV[2]", to: "false", caughtBy: "delete: with the stored version" },
    { name: "delete whoever owns it", of: /r\[3\] ~= ARGV\[2\]/, from: "r[3] ~= ARGV[2]", to: "false", caughtBy: "by owner: a session that has passed to another user" },
    { name: "an expired record is live", of: /tonumber\(expires\) <= now/, from: "tonumber(expires) <= now", to: "false", caughtBy: "create: an expired record" },
  ];
  for (const mutant of mutants) {
    if (mutant.name === "delete whoever owns it") it(mutant.name, () => checkMutant(mutant, sparesOthers, make));
    else it(mutant.name, () => checkMutant(mutant, caseNamed(mutant.caughtBy), make));
  }

  /** The index is a hint: an id that it still names may be another user's by now. */
  const sparesOthers: Holds = async (subject) => {
    const { store } = (await subject()) as { store: ReturnType<typeof redisStore> };
    const prefix = `mutants-${process.pid}-${number - 1}:`;
    const record = makeRecord({ owner: "ben" });
    await store.create(record);
    await client.zadd(`${prefix}u:ann`, Date.now(), record.id);
    return (await store.deleteByOwner("ann")) === 0 && (await store.read(record.id)) !== null;
  };
});

describe("ST-17 a fault in what memcached compares is noticed", () => {
  /** What memcached does of all this, in a Map. */
  class Server {
    readonly items = new Map<string, MemcachedItem>();
    #mark = 0;
    put(key: string, value: string, expiry: number): { stored: true; cas: string } {
      const cas = String(++this.#mark);
      if (expiry === -1) this.items.delete(key);
      else this.items.set(key, { value, cas });
      return { stored: true, cas };
    }
  }

  type Fault = "none" | "cas" | "add";
  const make = (fault: Fault) => async (): Promise<StoreSubject> => {
    const server = new Server();
    const client: MemcachedClient = {
      gets: async (key) => server.items.get(key),
      add: async (key, value, expiry) => (server.items.has(key) && fault !== "add" ? { stored: false } : server.put(key, value, expiry)),
      cas: async (key, value, expiry, cas) => (server.items.get(key)?.cas === cas || fault === "cas" ? server.put(key, value, expiry) : { stored: false }),
      delete: async (key) => server.items.delete(key),
    };
    return { store: memcachedStore(client), otherStore: memcachedStore(client) };
  };

  for (const [fault, beginning] of [["cas", "race: 50 writers"], ["cas", "race: a delete with a version and an update"], ["add", "create: a taken id"]] as const) {
    it(`${fault} that does not compare: ${beginning}`, async () => {
      const holds = caseNamed(beginning);
      assert.equal(await holds(make("none")), true);
      assert.equal(await holds(make(fault)), false);
    });
  }
});
