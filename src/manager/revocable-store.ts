import { handOn, isByOwner } from "../store/capabilities.ts";
import type { SessionStore, StoreCallOptions } from "../store/store.ts";
import type { Fate, Revocations } from "./revocations.ts";
import { isTombstone, successorOf } from "./successor.ts";

/** The same store, which tells of every session that it ends: logged out, revoked, moved to another id, emptied. */
export function tellOfEnds(store: SessionStore, revocations: Revocations): SessionStore {
  const watched = handOn(store, ["sweep", "scan", "migrate", "pendingMigrations", "close", "tryLease", "listByOwner"]);
  const methods: SessionStore = {
    name: store.name,
    capabilities: store.capabilities,
    read: (id, options) => store.read(id, options),
    create: (record, options) => store.create(record, options),
    touch: (id, version, lastSeenAt, expiresAt, options) => store.touch(id, version, lastSeenAt, expiresAt, options),
    update: (record, version, options) => {
      const updating = store.update(record, version, options);
      if (!isTombstone(record)) return updating;
      return updating.then((outcome) => {
        const successor = successorOf(record);
        if (outcome.outcome === "updated" && successor !== null) revocations.tellMove(record.id, successor);
        return outcome;
      });
    },
    delete: (id, version, options) =>
      store.delete(id, version, options).then((outcome) => {
        if (outcome !== "conflict") revocations.tell([id]);
        return outcome;
      }),
  };
  Object.assign(watched, methods);
  if (isByOwner(store)) {
    watched["deleteByOwner"] = async (owner: string, options?: StoreCallOptions & { readonly exceptId?: string }) => {
      const ids = (await store.listByOwner(owner, options)).map(({ id }) => id).filter((id) => id !== options?.exceptId);
      try {
        return await store.deleteByOwner(owner, options);
      } finally {
        // Also of one that failed half-way: whoever lives on comes back, and whoever does not must not stay.
        revocations.tell(ids);
      }
    };
  }
  return watched as unknown as SessionStore;
}

/** What the store says of a session. */
export async function findFate(store: SessionStore, id: string, now: number): Promise<Fate> {
  const record = await store.read(id, { now });
  if (record === null) return "ended";
  const successor = isTombstone(record) ? successorOf(record) : null;
  if (successor === null) return "alive";
  return (await store.read(successor, { now })) === null ? "ended" : { movedTo: successor };
}
