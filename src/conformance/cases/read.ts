import type { StoreCase } from "../case.ts";
import { ensure, ensureEqual } from "../checks.ts";
import { CALLERS_CLOCK, CORRUPTIBLE } from "../needs.ts";

const HOUR_MS = 3_600_000;

/** Texts that are no ids, but that a careless store might put into a path, a query or a command. */
const HOSTILE_IDS: readonly string[] = [
  "",
  " ",
  "*",
  "%",
  "..",
  "../../etc/passwd",
  "a/b\\c",
  "\u0000",
  "x\u0000y",
  "' or '1'='1",
  '"; drop table coatcheck_session; --',
  "line\r\nbreak",
  "__proto__",
  "constructor",
  "ünïcödé-😀",
  "\uD800",
  "x".repeat(5000),
];

export const readCases: readonly StoreCase[] = [
  {
    name: "read: an id that nobody created is null",
    needs: [],
    run: async ({ store, record, now }) => {
      ensureEqual(await store.read(record().id, { now: now() }), null, "read of an unknown id");
    },
  },
  {
    name: "read: at its limit a record is expired (TM-02, LC-10)",
    needs: [],
    run: async ({ store, record, now, advance }) => {
      const one = record({ expiresAt: now() + HOUR_MS });
      ensure(await store.create(one, { now: now() }), "create of a fresh id returned false");
      advance(HOUR_MS - 1);
      ensureEqual(await store.read(one.id, { now: now() }), one, "one millisecond before its end");
      advance(1);
      ensureEqual(await store.read(one.id, { now: now() }), null, "at its end");
    },
  },
  {
    name: "read: moves nothing, however often and late it comes (PAIN-16)",
    needs: [],
    run: async ({ store, otherStore, record, now, advance }) => {
      const one = record({ idleSeconds: 3600, expiresAt: now() + HOUR_MS });
      await store.create(one, { now: now() });
      for (let visit = 1; visit <= 3; visit++) {
        advance(HOUR_MS / 4);
        ensureEqual(await store.read(one.id, { now: now() }), one, `visit ${visit}`);
        ensureEqual(await otherStore.read(one.id, { now: now() }), one, `the record after visit ${visit}`);
      }
    },
  },
  {
    name: "read: without `now` the clock is the store's own",
    needs: [],
    run: async ({ store, record, now }) => {
      const live = record();
      const ended = record({ createdAt: now() - 2 * HOUR_MS, lastSeenAt: now() - 2 * HOUR_MS, expiresAt: now() - HOUR_MS });
      await store.create(live);
      await store.create(ended, { now: now() - 2 * HOUR_MS });
      ensureEqual(await store.read(live.id), live, "a live record");
      ensureEqual(await store.read(ended.id), null, "an expired record");
    },
  },
  {
    name: "read: `now` is the caller's clock, whatever other clocks say (PAIN-21)",
    needs: [CALLERS_CLOCK],
    run: async ({ store, record, now, advance }) => {
      advance(-30 * 24 * HOUR_MS);
      const one = record();
      ensure(await store.create(one, { now: now() }), "create of a fresh id returned false");
      ensureEqual(await store.read(one.id, { now: now() }), one, "a record that is live by the caller's clock only");
    },
  },
  {
    name: "read: an id that is no id is null and touches nothing (SID-04, ST-07, ST-08)",
    needs: [],
    run: async ({ store, record, now }) => {
      const at = { now: now() };
      const bystander = record();
      await store.create(bystander, at);
      for (const id of HOSTILE_IDS) {
        const shown = JSON.stringify(id.slice(0, 40));
        ensureEqual(await store.read(id, at), null, `read of ${shown}`);
        ensureEqual(await store.update({ ...bystander, id }, bystander.version, at), { outcome: "gone" }, `update of ${shown}`);
        ensureEqual(await store.touch(id, bystander.version, at.now, bystander.expiresAt, at), false, `touch of ${shown}`);
        ensureEqual(await store.delete(id, undefined, at), "gone", `delete of ${shown}`);
      }
      ensureEqual(await store.read(bystander.id, at), bystander, "a record that was not asked for");
    },
  },
  {
    name: "read: a record that cannot be read is null, not an error (ST-10)",
    needs: [CORRUPTIBLE],
    run: async ({ store, record, now, corrupt }) => {
      const one = record();
      await store.create(one, { now: now() });
      await corrupt?.(one.id);
      ensureEqual(await store.read(one.id, { now: now() }), null, "a spoiled record");
      ensureEqual(await store.update(one, one.version, { now: now() }), { outcome: "gone" }, "update of a spoiled record");
    },
  },
  {
    name: "read: what is returned is a copy",
    needs: [],
    run: async ({ store, record, now }) => {
      const one = record();
      await store.create(one, { now: now() });
      const returned: { data: string; owner: string | null } | null = await store.read(one.id, { now: now() });
      ensure(returned !== null, "the record that was created is not there");
      try {
        returned.data = '{"visits":999}';
        returned.owner = "mallory";
      } catch {
        // A frozen record is as good as a copy.
      }
      ensureEqual(await store.read(one.id, { now: now() }), one, "the record after its copy was changed");
    },
  },
];
