import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRequire } from "node:module";
import { CoatError, ConfigurationError, StoreUnavailable } from "../../src/errors.ts";
import { connectMemcached, memcachedStore, RecordTooLarge, type MemcachedClient, type MemcachedItem } from "../../src/stores/memcached.ts";
import { expiryDate, readItem, writeItem } from "../../src/stores/memcached/item.ts";
import { MetaReplies } from "../../src/stores/memcached/meta-reply.ts";
import { makeRecord } from "../support/records.ts";

const MONTH_SECONDS = 30 * 86_400;

/** A memcached in a Map, which counts what it is asked. */
class FakeMemcached implements MemcachedClient {
  readonly items = new Map<string, MemcachedItem & { expiry: number }>();
  readonly asked: string[] = [];
  #cas = 0;

  async gets(key: string): Promise<MemcachedItem | undefined> {
    this.asked.push("gets");
    return this.items.get(key);
  }

  async add(key: string, value: string, expiry: number): Promise<{ stored: boolean; cas?: string }> {
    this.asked.push("add");
    return this.items.has(key) ? { stored: false } : this.#put(key, value, expiry);
  }

  async cas(key: string, value: string, expiry: number, cas: string): Promise<{ stored: boolean; cas?: string }> {
    this.asked.push("cas");
    return this.items.get(key)?.cas === cas ? this.#put(key, value, expiry) : { stored: false };
  }

  async delete(key: string): Promise<boolean> {
    this.asked.push("delete");
    return this.items.delete(key);
  }

  #put(key: string, value: string, expiry: number): { stored: true; cas: string } {
    const cas = String(++this.#cas);
    if (expiry === -1) this.items.delete(key);
    else this.items.set(key, { value, cas, expiry });
    return { stored: true, cas };
  }

  count(): string {
    return this.asked.splice(0).join(" ");
  }
}

describe("memcachedStore, settings", () => {
  it("refuses clients that cannot compare and set, memjs among them, and says what to use", () => {
    const memjs = createRequire(import.meta.url)("memjs") as { Client: { create(address: string): { close(): void } } };
    const client = memjs.Client.create("127.0.0.1:1");
    for (const odd of [client, {}, null, "127.0.0.1:11211"]) {
      assert.throws(() => memcachedStore(odd as unknown as MemcachedClient), (error) => error instanceof ConfigurationError && /connectMemcached/.test(error.message));
    }
    client.close();
  });

  it("refuses odd prefixes, limits and addresses", () => {
    const client = new FakeMemcached();
    assert.throws(() => memcachedStore(client, { prefix: "a b" }), /memcachedStore\.prefix/);
    assert.throws(() => memcachedStore(client, { commandTimeoutMs: 0 }), /memcachedStore\.commandTimeoutMs/);
    assert.throws(() => memcachedStore(client, { maxItemBytes: Number.NaN }), /memcachedStore\.maxItemBytes/);
    for (const address of ["", "a b", "http://x", "x:1:2", "x:port"]) assert.throws(() => connectMemcached(address), /connectMemcached/);
    assert.throws(() => connectMemcached([]), /connectMemcached/);
  });

  it("says that it evicts, forgets at a restart, and lists no owners", () => {
    const store = memcachedStore(new FakeMemcached());
    assert.equal(store.capabilities.mayEvict, true);
    assert.equal(store.capabilities.durable, false);
    assert.equal("listByOwner" in store, false);
  });
});

describe("memcachedStore, round trips", () => {
  it("success is one, after a read or a write of the same process; a conflict takes one more", async () => {
    const [client, otherClient] = [new FakeMemcached(), new FakeMemcached()];
    Object.defineProperty(otherClient, "items", { value: client.items });
    const store = memcachedStore(client);
    const record = makeRecord();
    await store.create(record);
    assert.equal(client.count(), "add");
    await store.read(record.id);
    assert.equal(client.count(), "gets");
    await store.update({ ...record, version: "2" }, record.version);
    assert.equal(client.count(), "cas");
    await store.update({ ...record, version: "3" }, "2");
    assert.equal(client.count(), "cas");
    await store.touch(record.id, "3", record.lastSeenAt + 1, record.expiresAt + 1);
    assert.equal(client.count(), "gets cas");
    const stranger = memcachedStore(client);
    await stranger.update({ ...record, version: "4" }, "3");
    assert.equal(client.count(), "gets cas", "a process that had not read it");
    assert.equal((await store.update({ ...record, version: "5" }, "3")).outcome, "conflict");
    assert.equal(client.count(), "cas gets");
    assert.equal(await store.delete(record.id, "4"), "deleted");
    assert.equal(client.count(), "cas");
    assert.equal(await stranger.delete(record.id), "gone");
    assert.equal(client.count(), "delete");
    assert.equal(await stranger.update({ ...record, version: "6" }, "4").then((answer) => answer.outcome), "gone");
  });

  it("a touch by somebody else between read and write costs rounds, not the write", async () => {
    const client = new FakeMemcached();
    const [store, other] = [memcachedStore(client), memcachedStore(client)];
    const record = makeRecord();
    await store.create(record);
    await other.touch(record.id, record.version, record.lastSeenAt + 5, record.expiresAt + 5);
    assert.deepEqual(await store.update({ ...record, version: "2" }, record.version), { outcome: "updated" });
    await other.touch(record.id, "2", record.lastSeenAt + 9, record.expiresAt + 9);
    assert.equal(await store.delete(record.id, "2"), "deleted");
    assert.equal(client.items.size, 0);
  });

  it("a server that refuses without a word is found out: not sent", async () => {
    const client = new FakeMemcached();
    const store = memcachedStore(client);
    const record = makeRecord();
    await store.create(record);
    client.cas = async () => ({ stored: false });
    await assert.rejects(store.update({ ...record, version: "2" }, record.version), (error) => error instanceof StoreUnavailable && error.outcome === "not-sent");
  });

  it("a client that always loses ends in an error, not in a loop", async () => {
    const client = new FakeMemcached();
    const store = memcachedStore(client);
    client.add = async () => ({ stored: false });
    await assert.rejects(store.create(makeRecord()), StoreUnavailable);
  });
});

describe("memcachedStore, items", () => {
  it("any record comes back exactly, in one line", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(
      fc.property(text, fc.option(text), fc.boolean(), fc.option(fc.nat()), (data, owner, persistent, endsAt) => {
        const record = makeRecord({ data: data.replace(/[\r\n]/g, ""), owner, persistent, endsAt, idleSeconds: endsAt });
        const item = writeItem(record);
        assert.doesNotMatch(item, /[\r\n]/);
        assert.deepEqual(readItem(record.id, item), record);
      }),
    );
  });

  it("ST-10 anything else is no record, and never an error", () => {
    const item = writeItem(makeRecord({ owner: "ann" }));
    for (const odd of ["", "c1", "c2 x", item.slice(0, 20), item.replace("=ann", "=%E0%A4%A"), item.replace(/ 1 =/, " 2 ="), "{}"]) assert.equal(readItem("x", odd), null, odd);
    fc.assert(fc.property(fc.string(), (odd) => readItem("x", odd) === null));
  });

  it("a record above the server's limit is refused before it is sent, by name, size and cure, and the old one stays", async () => {
    const client = new FakeMemcached();
    const store = memcachedStore(client);
    const record = makeRecord({ data: "SECRET-VALUE" });
    await store.create(record);
    client.count();
    for (const call of [() => store.update({ ...record, data: "S".repeat(1_048_576) }, record.version), () => store.create(makeRecord({ data: "é".repeat(524_288) }))]) {
      await assert.rejects(call(), (error) => {
        assert.ok(error instanceof RecordTooLarge && error instanceof CoatError);
        assert.equal(error.code, "COAT_SESSION_TOO_LARGE");
        assert.match(error.message, /maxItemBytes is 1048576/);
        assert.doesNotMatch(error.message, /SSS|SECRET/);
        return true;
      });
    }
    assert.equal(client.count(), "");
    assert.deepEqual(await store.read(record.id), record);
  });
});

describe("TM-07 expiry dates", () => {
  it("are dates, never short ones, and never early", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 * 365 * 86_400_000 }), fc.integer({ min: -400 * 86_400_000, max: 400 * 86_400_000 }), fc.integer({ min: 0, max: 999 }), (lifeMs, skewMs, offset) => {
        const machineNow = Date.UTC(2026, 0, 15) + offset;
        const now = machineNow + skewMs;
        const date = expiryDate(now + lifeMs, now, machineNow);
        assert.ok(date > MONTH_SECONDS && Number.isInteger(date));
        assert.ok(date * 1000 >= machineNow + lifeMs && date * 1000 < machineNow + lifeMs + 2_001);
      }),
    );
  });

  it("beyond 2038 become never; the past is gone at once", () => {
    const now = Date.UTC(2026, 0, 15);
    assert.equal(expiryDate(now + 50 * 365 * 86_400_000, now, now), 0);
    assert.equal(expiryDate(now, now, now), -1);
    assert.equal(expiryDate(now + 31 * 86_400_000, now, now), now / 1000 + 31 * 86_400 + 1);
  });
});

describe("the meta protocol's answers", () => {
  it("are the same however the bytes are cut", () => {
    const stream = new TextEncoder().encode("HD c1\r\nVA 7 c22\r\nZoë\r\n!\r\nEN\r\nNS\r\nVA 0 c3\r\n\r\nSERVER_ERROR out of memory\r\nEX\r\nNF\r\n");
    const text = (value: Uint8Array | undefined): string | undefined => value && new TextDecoder().decode(value);
    const wanted = new MetaReplies().push(stream).map(({ code, rest, value }) => [code, rest, text(value)]);
    assert.deepEqual(wanted, [
      ["HD", "c1", undefined],
      ["VA", "7 c22", "Zoë\r\n!"],
      ["EN", "", undefined],
      ["NS", "", undefined],
      ["VA", "0 c3", ""],
      ["SERVER_ERROR", "out of memory", undefined],
      ["EX", "", undefined],
      ["NF", "", undefined],
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: stream.length }), { maxLength: 12 }), (cuts) => {
        const replies = new MetaReplies();
        const edges = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const found = edges.slice(1).flatMap((end, index) => replies.push(stream.subarray(edges[index], end)).map(({ code, rest, value }) => [code, rest, text(value)]));
        assert.deepEqual(found, wanted);
      }),
    );
  });
});
