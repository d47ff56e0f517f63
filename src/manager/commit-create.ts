import { RandomUnavailable, StoreUnavailable } from "../errors.ts";
import type { Edit } from "../session/values.ts";
import type { SessionRecord } from "../store/store.ts";
import { deleteSession, discardRecord } from "./commit-delete.ts";
import { demandCookies, encodeValues, makeFirstRecord, type Encoded } from "./commit-record.ts";
import { describeInsecure } from "./connection.ts";
import { publish } from "./events.ts";
import { tellMove } from "./features.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { callStore, wasNotSent } from "./store-errors.ts";
import { wasFlushed, type Write } from "./commit-write.ts";

/** A clash of 256 random bits means a broken source; a few more draws tell bad luck from that. */
const MOST_DRAWS = 4;

/** Stores a first record under a token of its own and sends the cookie. */
export async function createSession(write: Write, edits: readonly Edit[] | null): Promise<void> {
  const { exchange } = write;
  if (wasFlushed(write)) return;
  demandCookies(exchange, "Beginning a session");
  if (!exchange.manager.residence.isAvailable(exchange.connection)) return withhold(exchange);
  const encoded = encodeValues(exchange, edits);
  if (encoded.text === null) return;
  if (!(await storeFirst(write, encoded, encoded.text, edits))) return;
  exchange.manager.explainer?.noteBegin(exchange, exchange.manager.residence.nameOn(exchange.connection));
  publish("session.created", { id: exchange.session.record?.id });
  tellMove(exchange, write.rotation === "login" ? "login" : "created");
}

/** Ends the session that was flushed and begins another with what was set afterwards. */
export async function replaceSession(write: Write, edits: readonly Edit[] | null): Promise<void> {
  demandCookies(write.exchange, "Beginning a session");
  await deleteSession(write.exchange);
  await createSession(write, edits);
}

/** @returns false when the session was flushed before its first record was stored */
async function storeFirst(write: Write, encoded: Encoded, text: string, edits: readonly Edit[] | null): Promise<boolean> {
  const { exchange } = write;
  const { session } = exchange;
  const { record, token } = await insertRecord(exchange, (id) => makeFirstRecord(exchange, id, text));
  if (wasFlushed(write)) {
    await discardRecord(exchange, record);
    return false;
  }
  session.record = record;
  session.token = token;
  session.values.settle(text, encoded.values, encoded.tagged, edits);
  exchange.manager.residence.writeCookie(exchange, record, token);
  return true;
}

/** Inserts a record under a new token. A clash draws again; an answer that was lost is looked up by the record's own version. */
export async function insertRecord(exchange: ExchangeState, make: (id: string) => SessionRecord): Promise<{ record: SessionRecord; token: string }> {
  const { manager, store, connection } = exchange;
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const token = manager.residence.drawToken();
    const record = make(manager.residence.identify(token, connection));
    if (await insertOnce(exchange, record)) return { record, token };
  }
  throw new RandomUnavailable(`the tokens of ${MOST_DRAWS} draws running are taken in the store (${store.name}). The random source repeats itself.`);
}

async function insertOnce(exchange: ExchangeState, record: SessionRecord): Promise<boolean> {
  const { store } = exchange;
  try {
    return await callStore(exchange, "create", () => store.create(record, { now: exchange.now() }));
  } catch (error) {
    if (await wasStored(exchange, record, error)) return true;
    throw error;
  }
}

/**
 * After a write whose answer was lost: whether it is there, told by its own version.
 *
 * @throws the given error when that cannot be found out
 */
export async function wasStored(exchange: ExchangeState, record: SessionRecord, error: unknown): Promise<boolean> {
  if (!(error instanceof StoreUnavailable) || wasNotSent(error)) return false;
  try {
    const current = await exchange.store.read(record.id, { now: exchange.now() });
    return current?.version === record.version;
  } catch {
    throw error;
  }
}

/** No session travels over http to another machine: no record, no cookie, and somebody is told why. */
function withhold(exchange: ExchangeState): void {
  exchange.explain("secure-over-http", { what: "The session cookie", ...describeInsecure(exchange.view, exchange.connection.host) });
  publish("cookie.withheld", { reason: "secure-over-http", host: exchange.connection.host ?? null });
}
