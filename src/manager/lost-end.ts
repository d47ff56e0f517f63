import { StoreUnavailable } from "../errors.ts";
import type { SessionRecord } from "../store/store.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { wasNotSent } from "./store-errors.ts";

/**
 * After the answer to the end of a record was lost: what has become of it. What did not happen so far is done again; should the
 * first call still arrive, it finds another version or nothing.
 *
 * @param tombstone what was to stand in the record's place and is known by its own version; null when the record was to be deleted. A
 * deleted record bears no name, so of one that is gone it is assumed that this call has deleted it, as in `deleteSurely`
 * @returns `ended`, `gone` when somebody else ended it, the newer record, or null when nobody can say
 */
export async function findLostEnd(exchange: ExchangeState, old: SessionRecord, tombstone: SessionRecord | null, error: unknown): Promise<"ended" | "gone" | SessionRecord | null> {
  if (!(error instanceof StoreUnavailable) || wasNotSent(error)) return null;
  const { store } = exchange;
  const now = exchange.now();
  const name = (current: SessionRecord | null): "ended" | "gone" | SessionRecord => {
    if (current === null) return tombstone === null ? "ended" : "gone";
    return current.version === tombstone?.version ? "ended" : current;
  };
  try {
    const found = name(await store.read(old.id, { now }));
    if (typeof found === "string" || found.version !== old.version) return found;
    if (tombstone === null) return (await store.delete(old.id, old.version, { now })) === "conflict" ? name(await store.read(old.id, { now })) : "ended";
    const again = await store.update(tombstone, old.version, { now });
    return again.outcome === "updated" ? "ended" : name(again.outcome === "gone" ? null : again.current);
  } catch {
    return null;
  }
}
