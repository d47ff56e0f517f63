import { systemClock } from "../../clock.ts";
import type { SessionStore } from "../../store/store.ts";
import { BlobStore, type BridgeOptions } from "./blob-store.ts";

export type { BridgeOptions, BridgePromises } from "./blob-store.ts";
export { toExpressStore, type ExpressSessionModule, type ToExpressStoreOptions } from "./to-express-store.ts";

type Done<T> = (error?: unknown, value?: T | null) => void;

/** A store made for express-session (connect-redis, connect-pg-simple, connect-mongo, ...), as far as it is used. */
export interface ConnectStyleStore {
  get(sid: string, done: (error: unknown, session?: unknown) => void): unknown;
  set(sid: string, session: never, done?: (error?: unknown) => void): unknown;
  destroy(sid: string, done?: (error?: unknown) => void): unknown;
}

/**
 * Keeps records in a store that was made for express-session. Such a store can get, set and destroy: inside one process nothing is lost, between processes the last
 * writer wins, and a slow request may bring back a session that another process has ended. Records lie beside express-session's own, under `prefix`, and
 * carry a `cookie` with an end, by which the store expires them.
 *
 * @throws ConfigurationError for an odd prefix or time limit.
 * @example
 * import { RedisStore } from "connect-redis";
 * const store = fromExpressStore(new RedisStore({ client }), { promises: { shared: "network", durable: true } });
 */
export function fromExpressStore(connectStore: ConnectStyleStore, options: BridgeOptions = {}): SessionStore {
  const blobs = {
    load: (key: string) => call<unknown>((done) => connectStore.get(key, done)).then(unwrap, absentIfNoEntry),
    save: (key: string, blob: Readonly<Record<string, unknown>>, lifeMs: number) => call<void>((done) => connectStore.set(key, wrap(blob, lifeMs) as never, done)).then(() => {}),
    remove: (key: string) => call<void>((done) => connectStore.destroy(key, done)).then(() => {}),
  };
  return new BlobStore("express-store", "fromExpressStore", blobs, options, {});
}

/** Stores read the end from the cookie, with their own clock: it is made from the machine's, a second late rather than early. */
function wrap(blob: Readonly<Record<string, unknown>>, lifeMs: number): Readonly<Record<string, unknown>> {
  const life = lifeMs + 1000;
  return { cookie: { originalMaxAge: life, expires: new Date(systemClock.now() + life), httpOnly: true, path: "/" }, coatcheck: blob };
}

const unwrap = (session: unknown): unknown => (typeof session === "object" && session !== null ? (session as { coatcheck?: unknown }).coatcheck : undefined);

/** File stores say ENOENT for "there is none". */
function absentIfNoEntry(error: unknown): undefined {
  if ((error as { code?: unknown } | null)?.code === "ENOENT") return undefined;
  throw error;
}

const call = <T>(start: (done: Done<T>) => unknown): Promise<T | null | undefined> =>
  new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error as Error) : resolve(value)));
  });
