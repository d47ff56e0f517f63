import type { StoreCase } from "../case.ts";
import { ensure, ensureEqual } from "../checks.ts";

const HOUR_MS = 3_600_000;

export const signalCases: readonly StoreCase[] = [
  {
    name: "signal: a call that was aborted before it began rejects with the reason and changes nothing",
    needs: [],
    run: async ({ store, record, version, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      const reason = new Error("the client has left");
      const aborted = { now: now(), signal: AbortSignal.abort(reason) };
      const fresh = record();
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        read: () => store.read(one.id, aborted),
        create: () => store.create(fresh, aborted),
        update: () => store.update({ ...one, version: version() }, one.version, aborted),
        touch: () => store.touch(one.id, one.version, now() + 1, now() + 2 * HOUR_MS, aborted),
        delete: () => store.delete(one.id, undefined, aborted),
      };
      for (const [name, call] of Object.entries(calls)) {
        const error: unknown = await call().then(() => null, (thrown: unknown) => thrown);
        ensure(error === reason, `${name}: an aborted call did not reject with the signal's reason`);
      }
      ensureEqual(await store.read(one.id, { now: now() }), one, "the record");
      ensureEqual(await store.read(fresh.id, { now: now() }), null, "the record whose creation was aborted");
    },
  },
  {
    name: "signal: one that is not aborted changes nothing, and is let go",
    needs: [],
    run: async ({ store, record, now }) => {
      const { signal, listeners } = countListeners();
      const one = record();
      ensureEqual(await store.create(one, { now: now(), signal }), true, "create");
      ensureEqual(await store.read(one.id, { now: now(), signal }), one, "read");
      ensureEqual(await store.touch(one.id, one.version, one.lastSeenAt, one.expiresAt, { now: now(), signal }), true, "touch");
      ensureEqual(await store.update(one, one.version, { now: now(), signal }), { outcome: "updated" }, "update");
      ensureEqual(await store.delete(one.id, undefined, { now: now(), signal }), "deleted", "delete");
      ensureEqual(listeners(), 0, "listeners left on the signal");
    },
  },
];

function countListeners(): { signal: AbortSignal; listeners: () => number } {
  const { signal } = new AbortController();
  const live = new Set<unknown>();
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = ((...args: Parameters<typeof add>) => {
    live.add(args[1]);
    add(...args);
  }) as typeof add;
  signal.removeEventListener = ((...args: Parameters<typeof remove>) => {
    live.delete(args[1]);
    remove(...args);
  }) as typeof remove;
  return { signal, listeners: () => live.size };
}
