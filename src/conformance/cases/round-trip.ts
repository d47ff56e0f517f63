import type { SessionRecord } from "../../store/store.ts";
import type { StoreCase } from "../case.ts";
import { ensure, ensureEqual } from "../checks.ts";

const LARGE = 200 * 1024;

const ODD_DATA: Readonly<Record<string, string>> = {
  "empty text": "",
  "quotes and backslashes": `'"\\'' \\" \\\\ \`\${x}\` -- ; /* */ %s %d ? $1 :id @x`,
  "text beyond ASCII": "Zoë, Жук, 日本語, עברית, é vs e\u0301, ß, ﬁ, \u200B\u2028\uFEFF",
  "text beyond 16 bits": "😀👩‍👩‍👧‍👦𝕏\u{10FFFF}",
  "spaces at both ends": "  x  ",
  "digits that look like numbers": "1e3",
  "a prototype's name": '{"__proto__":{"admin":true},"constructor":1}',
};

const ODD_OWNERS: readonly string[] = ["", " ", "0", "null", "O'Brien", 'a"b', "Ünï 日本 😀", "a:b{c}*?[d]", "x".repeat(255), "😀".repeat(100), "ann ", "../ann"];

export const roundTripCases: readonly StoreCase[] = [
  {
    name: "round trip: every field comes back exactly, present and null",
    needs: [],
    run: async ({ store, record, now }) => {
      const at = { now: now() };
      const full = record({
        owner: "ann",
        createdAt: now() - 123_456_789,
        lastSeenAt: now() - 1,
        expiresAt: now() + 7_654_321,
        idleSeconds: 1_209_600,
        endsAt: now() + 7_776_000_123,
        persistent: false,
      });
      const bare = record({ owner: null, idleSeconds: null, endsAt: null, persistent: true });
      for (const one of [full, bare]) {
        ensure(await store.create(one, at), "create of a fresh id returned false");
        ensureEqual(await store.read(one.id, at), one, "the record");
      }
    },
  },
  {
    name: "round trip: odd text comes back exactly",
    needs: [],
    run: async ({ store, record, version, now }) => {
      const at = { now: now() };
      for (const [what, data] of Object.entries(ODD_DATA)) {
        const one = record({ data });
        ensure(await store.create(one, at), "create of a fresh id returned false");
        ensureEqual((await store.read(one.id, at))?.data, data, `${what}, created`);
        const next = { ...one, data: `${data}|${data}`, version: version() };
        await store.update(next, one.version, at);
        ensureEqual((await store.read(one.id, at))?.data, next.data, `${what}, updated`);
      }
    },
  },
  {
    name: "round trip: 200 KiB come back exactly",
    needs: [],
    run: async ({ store, record, now }) => {
      const data = JSON.stringify({ text: "日本 \"quoted\" 😀 ".repeat(LARGE / 16) }).slice(0, LARGE);
      const one = record({ data });
      ensure(await store.create(one, { now: now() }), "create of a large record returned false");
      const stored = await store.read(one.id, { now: now() });
      ensure(stored?.data === data, `a large record came back with ${stored?.data.length ?? "no"} characters instead of ${data.length}, or with others`);
    },
  },
  {
    name: "round trip: odd owners come back exactly",
    needs: [],
    run: async ({ store, record, now }) => {
      for (const owner of ODD_OWNERS) {
        const one = record({ owner });
        await store.create(one, { now: now() });
        ensureEqual((await store.read(one.id, { now: now() }))?.owner, owner, "the owner");
      }
    },
  },
  {
    name: "round trip: ids are compared exactly",
    needs: [],
    run: async ({ store, record, now }) => {
      const at = { now: now() };
      const base = record().id.slice(0, 41);
      const records: SessionRecord[] = ["Ab", "aB", "AB", "ab"].map((end) => record({ id: base + end, data: end }));
      for (const one of records) ensureEqual(await store.create(one, at), true, `create of the id that ends in ${one.data}`);
      for (const one of records) ensureEqual((await store.read(one.id, at))?.data, one.data, `the id that ends in ${one.data}`);
      ensureEqual(await store.read(base, at), null, "the beginning of an id");
    },
  },
];
