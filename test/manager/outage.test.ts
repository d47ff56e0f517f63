import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { createCoatcheck, type Coat, type CoatcheckOptions } from "coatcheck";
import { coatcheck } from "../../src/adapters/node.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { memoryStore } from "../../src/stores/memory.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { HangingStore } from "../support/hanging-store.ts";
import { ask, serve } from "../support/http.ts";
import { Visitor, type AnyData } from "../support/visitor.ts";

function roomOver(options: CoatcheckOptions = {}) {
  const hanging = new HangingStore(memoryStore());
  const clock = new FakeClock();
  const cloakroom = createCoatcheck<AnyData>({ store: hanging.store, production: false, clock, ...options });
  return { hanging, clock, cloakroom };
}

function hear(t: TestContext, ...events: string[]): string[] {
  const heard: string[] = [];
  for (const event of events) {
    const listen = (message: unknown): void => void heard.push(`${event} ${(message as { part: string }).part}`);
    subscribe(`coatcheck:${event}`, listen);
    t.after(() => unsubscribe(`coatcheck:${event}`, listen));
  }
  return heard;
}

describe("an evicting cache as the only store", () => {
  const memory = memoryStore();
  const cache: SessionStore = Object.assign(Object.create(memory) as SessionStore, { name: "cache", capabilities: { ...memory.capabilities, shared: "network", mayEvict: true }, developmentOnly: false });

  it("is warned about at start: an event, and in development a sentence", (t) => {
    const heard: unknown[] = [];
    const listen = (message: unknown): void => void heard.push(message);
    subscribe("coatcheck:store.evicting", listen);
    t.after(() => unsubscribe("coatcheck:store.evicting", listen));
    const said: string[] = [];
    const log = (sentence: string): void => void said.push(sentence);
    createCoatcheck({ store: cache, production: false, log });
    assert.deepEqual(heard, [{ store: "cache" }]);
    assert.match(said.join("\n"), /The cache store is a cache: .* cachedStore\(cache, store\)/);
    createCoatcheck({ store: cache, production: true, log, secrets: ["nQ8Zr4Lw0sXkVb2Tj7Hy5Uc9Gm3Pd6Ea"], csrf: false, messages: false });
    assert.deepEqual([heard.length, said.length], [2, 1]);
    createCoatcheck({ store: memory, production: false, log });
    assert.deepEqual([heard.length, said.length], [2, 1]);
  });
});

describe("CC-10 a store that hangs", () => {
  it("1,000 requests are answered 503 with Retry-After within the limit, later ones at once; then all is well again by itself", { timeout: 20_000 }, async (t) => {
    const heard = hear(t, "store.opened", "store.closed");
    const { hanging, clock, cloakroom } = roomOver({ storeGuard: { timeoutMs: 60, failuresToOpen: 5, retryAfterMs: 1000 } });
    const answer = (req: IncomingMessage, res: ServerResponse, coat: Coat<AnyData>): void => {
      if (req.url === "/begin") coat.session.set("name", "ann");
      res.end(String(coat.session.get("name")));
    };
    const server = await serve(coatcheck<AnyData>(cloakroom, answer, { onError: () => {} }));
    t.after(() => server.close());
    const cookie = (await ask(server.port, "/begin")).headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    const get = () => ask(server.port, "/", { headers: { cookie } });
    assert.equal((await get()).text, "ann");

    hanging.hangs = true;
    const before = hanging.calls;
    const statuses = new Map<number, number>();
    for (let batch = 0; batch < 10; batch++) {
      const begun = performance.now();
      const answers = await Promise.all(Array.from({ length: 100 }, get));
      for (const answer of answers) {
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        assert.equal(answer.headers["retry-after"], "1");
      }
      assert.ok(performance.now() - begun < 3000);
    }
    assert.deepEqual([...statuses], [[503, 1000]]);
    assert.ok(hanging.calls - before <= 100, `${hanging.calls - before} calls reached a store that hangs`);
    assert.deepEqual(heard, ["store.opened reads"]);

    hanging.thaw();
    clock.advance(1000);
    const [probe, ...others] = await Promise.all([get(), ...Array.from({ length: 20 }, get)]);
    assert.ok([probe, ...others].some((answer) => answer.text === "ann"));
    assert.equal((await get()).text, "ann");
    assert.deepEqual(heard, ["store.opened reads", "store.closed reads"]);
    assert.equal(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length, 0, "timers that are left");
  });

  it("a commit is not tried again against a store that is known to be down", async () => {
    const { hanging, clock, cloakroom } = roomOver({ storeGuard: { timeoutMs: 15, failuresToOpen: 1 } });
    hanging.hangs = true;
    const first = await new Visitor(cloakroom).visit((coat) => void coat.session.set("a", 1));
    assert.equal((first.error as { code?: string }).code, "COAT_STORE_UNAVAILABLE");
    const calls = hanging.calls;
    const waited = clock.waitedMs;
    const second = await new Visitor(cloakroom).visit((coat) => void coat.session.set("a", 1));
    assert.equal((second.error as { retryAfterMs?: number }).retryAfterMs, 1000);
    assert.deepEqual([hanging.calls, clock.waitedMs], [calls, waited]);
  });

  it("routes that may live without are served as strangers, others are not", async () => {
    const { hanging, cloakroom } = roomOver({ storeGuard: { timeoutMs: 15, failuresToOpen: 1 } });
    const visitor = new Visitor(cloakroom);
    await visitor.run((coat) => void coat.session.set("name", "ann"));
    hanging.hangs = true;
    const strict = await visitor.visit((coat) => coat.session.get("name"));
    assert.equal((strict.error as { status?: number }).status, 503);
    assert.equal(await visitor.run((coat) => coat.session.get("name"), { route: { onStoreError: "anonymous" } }), undefined);
    assert.equal(await visitor.run(() => "a page that does not look"), "a page that does not look");
  });

  it("only stores on a network are guarded, and `storeGuard: false` guards none", () => {
    const { hanging, cloakroom } = roomOver();
    assert.notEqual(cloakroom.store, hanging.store);
    assert.equal(createCoatcheck({ store: hanging.store, production: false, storeGuard: false }).store, hanging.store);
    const memory = memoryStore();
    assert.equal(createCoatcheck({ store: memory, production: false }).store, memory);
    assert.throws(() => createCoatcheck({ store: memory, storeGuard: { timeoutMs: 0 } }), /storeGuard\.timeoutMs/);
  });
});
