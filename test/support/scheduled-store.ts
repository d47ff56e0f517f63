import type { SessionStore } from "coatcheck";
import type { Scheduler } from "fast-check";

/**
 * The same store, with every call held up twice by the scheduler: before it reaches the store and before its answer comes back.
 * fast-check then tries the orders in which calls of parallel requests can meet, and shrinks the one that fails. Calls pass freely
 * while the gate says so.
 */
export function scheduleStore(store: SessionStore, scheduler: Scheduler, gate: { scheduled: boolean } = { scheduled: true }): SessionStore {
  const hold = async <Result>(label: string, call: () => Promise<Result>): Promise<Result> => {
    if (!gate.scheduled) return call();
    await scheduler.schedule(Promise.resolve(), `${label} sent`);
    const result = await call();
    await scheduler.schedule(Promise.resolve(), `${label} answered`);
    return result;
  };
  return {
    name: store.name,
    capabilities: store.capabilities,
    read: (id, options) => hold("read", () => store.read(id, options)),
    create: (record, options) => hold("create", () => store.create(record, options)),
    update: (record, version, options) => hold("update", () => store.update(record, version, options)),
    touch: (id, version, lastSeenAt, expiresAt, options) => hold("touch", () => store.touch(id, version, lastSeenAt, expiresAt, options)),
    delete: (id, version, options) => hold("delete", () => store.delete(id, version, options)),
  };
}
