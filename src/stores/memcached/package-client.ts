import { NotSentError, type MemcachedClient, type MemcachedItem, type MemcachedWrite } from "./client.ts";

/** The npm package `memcached`, as far as it is used. */
export interface MemcachedPackageClient {
  gets(key: string, callback: (error: unknown, data: unknown) => void): void;
  add(key: string, value: string, lifetime: number, callback: (error: unknown, stored: boolean) => void): void;
  cas(key: string, value: string, cas: string, lifetime: number, callback: (error: unknown, stored: boolean) => void): void;
  del(key: string, callback: (error: unknown, deleted: boolean) => void): void;
}

/** What the package says before it has a connection. */
const UNSENT = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|Unable to connect|not available|over queue limit|while trying to establish|readyState/;

/**
 * Wraps the package's callbacks. It tells a refusal from a failure only in part: a write that the server refused for want of memory
 * comes as "not stored", and one whose connection broke is never answered, so the store's time limit has to end it.
 */
export function wrapPackage(client: MemcachedPackageClient): MemcachedClient {
  return {
    gets: (key) => ask((done) => client.gets(key, done)).then(itemOf),
    add: (key, value, expiresAtSeconds) => ask((done) => client.add(key, value, expiresAtSeconds, ignoreNotStored(done))).then(writeOf),
    cas: (key, value, expiresAtSeconds, cas) => ask((done) => client.cas(key, value, cas, expiresAtSeconds, ignoreNotStored(done))).then(writeOf),
    delete: (key) => ask((done) => client.del(key, done)).then((deleted) => deleted === true),
  };
}

const ask = (send: (done: (error: unknown, answer: unknown) => void) => void): Promise<unknown> =>
  new Promise((resolve, reject) => {
    send((error, answer) => (error ? reject(toError(error)) : resolve(answer)));
  });

/** The package makes an error of a plain NOT_STORED, and marks it. */
const ignoreNotStored =
  (done: (error: unknown, answer: unknown) => void) =>
  (error: unknown, stored: boolean): void => {
    const isRefusal = typeof error === "object" && error !== null && (error as { notStored?: unknown }).notStored === true;
    done(isRefusal ? undefined : error, isRefusal ? false : stored);
  };

const writeOf = (stored: unknown): MemcachedWrite => (stored === true ? { stored: true } : { stored: false });

/** `gets` answers with `{ [key]: value, cas }`. */
function itemOf(data: unknown): MemcachedItem | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { cas, ...values } = data as Record<string, unknown>;
  const [value] = Object.values(values);
  return typeof value === "string" && typeof cas === "string" ? { value, cas } : { value: "", cas: String(cas) };
}

function toError(error: unknown): Error {
  const [first] = Array.isArray(error) ? (error as unknown[]) : [error];
  const message = first instanceof Error ? first.message : String(first);
  return UNSENT.test(message) ? new NotSentError(message, { cause: first }) : new Error(message, { cause: first });
}
