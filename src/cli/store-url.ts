import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { SessionStore } from "../store/store.ts";
import { fileStore } from "../stores/file.ts";
import { connectMemcached, memcachedStore } from "../stores/memcached.ts";
import { mysqlStore, type MysqlClient } from "../stores/mysql.ts";
import { postgresStore, type PgPool, type PostgresJs } from "../stores/postgres.ts";
import { redisStore, type RedisClient } from "../stores/redis.ts";
import { sqliteStore } from "../stores/sqlite.ts";
import { importDriver } from "./drivers.ts";
import { CommandFailure, EXIT, usageFailure } from "./failure.ts";

export interface StoreFromUrl {
  readonly store: SessionStore;
  readonly readEngineClock: (() => Promise<number>) | null;
  close(): Promise<void>;
}

const SHAPES = "sqlite:PATH, file:FOLDER, postgres://…, mysql://…, redis://… or memcached://HOST:PORT";

/** What may happen to a file or folder that is not there. */
export interface MissingPath {
  /** It is made instead of refused. */
  readonly creates: boolean;
  /** It is looked at as if it were there and empty. */
  readonly looks: boolean;
}

/** How long anything may take to connect. */
const CONNECT_MS = 5000;

/**
 * The store that a URL names.
 *
 * @param missing what becomes of a file that is not there yet
 * @throws CommandFailure for another URL (which is not repeated: it may hold a password), a file that is missing, a driver that is not installed
 */
export async function openStoreUrl(url: string, cwd: string, missing: MissingPath): Promise<StoreFromUrl> {
  const scheme = /^([a-z]+):/.exec(url)?.[1] ?? "";
  switch (scheme) {
    case "sqlite": {
      const store = sqliteStore(findPath(url, scheme, cwd, missing));
      return { store, readEngineClock: null, close: () => store.close() };
    }
    case "file": {
      const store = fileStore(findPath(url, scheme, cwd, missing));
      return { store, readEngineClock: null, close: () => store.close() };
    }
    case "postgres":
    case "postgresql":
      return readByPackage(() => openPostgres(url, cwd));
    case "mysql":
    case "mariadb":
      return readByPackage(() => openMysql(url.replace(/^mariadb:/, "mysql:"), cwd));
    case "redis":
    case "rediss":
      return readByPackage(() => openRedis(url, cwd));
    case "memcached": {
      const client = connectMemcached(url.slice("memcached:".length).replace(/^\/\//, "").replace(/\/$/, "").split(","));
      return { store: memcachedStore(client), readEngineClock: null, close: async () => client.close() };
    }
    default:
      throw usageFailure(`--store wants ${SHAPES}.`);
  }
}

/** A package throws errors of its own at a URL that it cannot read, some of which hold it. */
async function readByPackage(openStore: () => Promise<StoreFromUrl>): Promise<StoreFromUrl> {
  try {
    return await openStore();
  } catch (error) {
    if (error instanceof TypeError) throw usageFailure("--store: the database package cannot read this URL: check host, port and the part behind the last slash.");
    throw error;
  }
}

function findPath(url: string, scheme: string, cwd: string, { creates, looks }: MissingPath): string {
  const path = url.slice(scheme.length + 1).replace(/^\/\/(?=\/)/, "");
  if (path === "") throw usageFailure(`--store wants ${SHAPES}.`);
  const full = resolve(cwd, path);
  if (creates || existsSync(full) || (looks && scheme === "sqlite")) return full;
  throw new CommandFailure(looks ? EXIT.failed : EXIT.unreachable, `There is no ${scheme === "file" ? "folder" : "file"} ${JSON.stringify(path)}: correct the path, or let \`coatcheck migrate\` make it.`);
}

interface PgPackage {
  readonly Pool: new (options: object) => PgPool & { query(text: string): Promise<{ rows: Record<string, unknown>[] }>; end(): Promise<void>; on(event: "error", listener: () => void): void };
}
type PostgresPackage = (url: string, options: object) => PostgresJs & { end(options: object): Promise<void> };

const ENGINE_TIME = "select extract(epoch from clock_timestamp()) * 1000 as at";

async function openPostgres(url: string, cwd: string): Promise<StoreFromUrl> {
  const { name, module } = await importDriver(cwd, "PostgreSQL", ["pg", "postgres"]);
  if (name === "pg") {
    const pool = new (module as PgPackage).Pool({ connectionString: url, max: 2, connectionTimeoutMillis: CONNECT_MS });
    pool.on("error", () => undefined);
    return { store: postgresStore(pool), readEngineClock: async () => Number((await pool.query(ENGINE_TIME)).rows[0]?.["at"]), close: () => pool.end() };
  }
  const sql = (module as PostgresPackage)(url, { max: 2, connect_timeout: CONNECT_MS / 1000, onnotice: () => undefined });
  return { store: postgresStore(sql), readEngineClock: async () => Number(((await sql.unsafe(ENGINE_TIME)) as Record<string, unknown>[])[0]?.["at"]), close: () => sql.end({ timeout: 1 }) };
}

interface MysqlPackage {
  createPool(options: object): MysqlClient & { query(text: string): Promise<[Record<string, unknown>[], unknown]>; end(): Promise<void> };
}

async function openMysql(url: string, cwd: string): Promise<StoreFromUrl> {
  const { module } = await importDriver(cwd, "MySQL and MariaDB", ["mysql2/promise"]);
  const pool = (module as MysqlPackage).createPool({ uri: url, connectionLimit: 2, connectTimeout: CONNECT_MS });
  const readEngineClock = async (): Promise<number> => Number((await pool.query("select unix_timestamp(now(3)) * 1000 as at"))[0][0]?.["at"]);
  return { store: mysqlStore(pool), readEngineClock, close: () => pool.end() };
}

interface NodeRedisPackage {
  createClient(options: object): RedisClient & { connect(): Promise<unknown>; on(event: "error", listener: () => void): void; sendCommand(words: string[]): Promise<unknown>; destroy?(): void; disconnect(): Promise<void> };
}
interface IoRedisPackage {
  readonly Redis: new (url: string, options: object) => RedisClient & { connect(): Promise<unknown>; on(event: "error", listener: () => void): void; time(): Promise<unknown>; disconnect(): void };
}

const timeOfRedis = (reply: unknown): number => {
  const [seconds, microseconds] = (reply as unknown[]).map(Number);
  return (seconds ?? 0) * 1000 + Math.floor((microseconds ?? 0) / 1000);
};

async function openRedis(url: string, cwd: string): Promise<StoreFromUrl> {
  const { name, module } = await importDriver(cwd, "Redis", ["redis", "ioredis"]);
  if (name === "redis") {
    const client = (module as NodeRedisPackage).createClient({ url, socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false } });
    client.on("error", () => undefined);
    await connect(client);
    return { store: redisStore(client), readEngineClock: async () => timeOfRedis(await client.sendCommand(["TIME"])), close: async () => (client.destroy === undefined ? client.disconnect() : client.destroy()) };
  }
  const client = new (module as IoRedisPackage).Redis(url, { lazyConnect: true, connectTimeout: CONNECT_MS, retryStrategy: () => null });
  client.on("error", () => undefined);
  await connect(client);
  return { store: redisStore(client), readEngineClock: async () => timeOfRedis(await client.time()), close: async () => client.disconnect() };
}

async function connect(client: { connect(): Promise<unknown> }): Promise<void> {
  try {
    await client.connect();
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    throw new CommandFailure(EXIT.unreachable, `Redis does not answer${typeof code === "string" ? ` (${code})` : ""}: is the address right, and the password?`, { cause });
  }
}
