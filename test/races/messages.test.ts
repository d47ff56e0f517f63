import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createCoatcheck, type Coat, type Coatcheck, type Ending, type Message } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import { sqliteStore } from "coatcheck/sqlite";
import fc, { type Scheduler } from "fast-check";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { scheduleStore } from "../support/scheduled-store.ts";
import { makeView, type AnyData } from "../support/view.ts";

const RUNS = Number(process.env["RACE_RUNS"] ?? 100);
const URL_OF_SHOP = "https://shop.example/";

type Handler = (coat: Coat<AnyData>) => string[] | Promise<string[]>;

const texts = (messages: Iterable<Message>): string[] => [...messages].map((message) => message.text);
const show: Handler = ({ messages }) => texts(messages);
const claim: Handler = async ({ messages }) => texts(await messages.claim());
const add =
  (text: string): Handler =>
  ({ messages }) => {
    messages.info(text);
    return [];
  };

interface Answer {
  /** What the page showed; null when the request failed, so that nobody saw it. */
  readonly shown: readonly string[] | null;
  readonly ending: Ending | null;
}

/** One browser and so many processes on one store. */
class World {
  readonly clock = new FakeClock();
  readonly memory = memoryStore();
  readonly gate = { scheduled: false };
  readonly jar = new CookieJar();
  readonly scheduler: Scheduler;
  readonly processes: readonly Coatcheck<AnyData>[];

  constructor(scheduler: Scheduler, processes: number, storage: "fallback" | "session" | "cookie") {
    this.scheduler = scheduler;
    const secrets = ["a secret that both of the processes know 0123456789"];
    this.processes = Array.from({ length: processes }, () => createCoatcheck<AnyData>({ store: scheduleStore(this.memory, scheduler, this.gate), clock: this.clock, production: false, secrets, messages: { storage }, log: () => undefined }));
  }

  async begin(): Promise<void> {
    await this.one(({ session }) => {
      session.set("name", "Ada");
      return [];
    });
  }

  async open(n = 0): Promise<Coat<AnyData>> {
    const cookie = this.jar.header(URL_OF_SHOP, this.clock.now());
    const coat = (this.processes[n % this.processes.length] as Coatcheck<AnyData>).begin(makeView({ url: URL_OF_SHOP, headers: cookie === undefined ? {} : { cookie } }));
    if (coat.ready !== null) await coat.ready;
    return coat;
  }

  async run(coat: Coat<AnyData>, handler: Handler, fails: boolean): Promise<Answer> {
    try {
      const shown = await handler(coat);
      // The page is rendered, and there is no telling for how long.
      for (let n = 0; this.gate.scheduled && n < 4; n++) await this.scheduler.schedule(Promise.resolve(), "rendering");
      const ending = await coat.finish({ status: fails ? 500 : 200, threw: false });
      return { shown: fails ? null : shown, ending };
    } catch (error) {
      await coat.finish({ status: 500, threw: true });
      return { shown: assertCode(error), ending: null };
    }
  }

  async one(handler: Handler): Promise<readonly string[]> {
    const { shown, ending } = await this.run(await this.open(), handler, false);
    this.receive(ending);
    return shown ?? [];
  }

  /** All have read the session before the first goes on; then every store call may meet every other. Cookies arrive in any order. */
  async race(handlers: readonly Handler[], failing: ReadonlySet<number> = new Set()): Promise<string[]> {
    const coats = await Promise.all(handlers.map((_, n) => this.open(n)));
    this.gate.scheduled = true;
    const answers = await this.scheduler.waitFor(
      Promise.all(
        coats.map(async (coat, n) => {
          await this.scheduler.schedule(Promise.resolve(), `handler ${n}`);
          const answer = await this.run(coat, handlers[n] as Handler, failing.has(n));
          this.receive(answer.ending);
          return answer;
        }),
      ),
    );
    this.gate.scheduled = false;
    return answers.flatMap(({ shown }) => shown ?? []);
  }

  receive(ending: Ending | null): void {
    this.jar.receive(ending?.setCookies ?? [], URL_OF_SHOP, this.clock.now());
  }

  /** Shows pages until nothing is left. */
  async drain(): Promise<string[]> {
    const rest: string[] = [];
    for (let page = await this.one(claim); page.length > 0; page = await this.one(claim)) rest.push(...page);
    return rest;
  }
}

/** The only error that a race may end in: a claim that loses to an endless stream of others. */
function assertCode(error: unknown): null {
  assert.equal((error as { code?: string }).code, "COAT_SESSION_CONFLICT");
  return null;
}

const explore = (check: (scheduler: Scheduler) => Promise<void>, runs = RUNS): Promise<void> => fc.assert(fc.asyncProperty(fc.scheduler(), check), { numRuns: runs });
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `message ${n}`);

for (const storage of ["fallback", "session"] as const) {
  describe(`PAIN-26 I1 messages in ${storage}`, () => {
    it("50 parallel requests in two processes that each add one message lose none and show none twice", () =>
      explore(async (scheduler) => {
        const world = new World(scheduler, 2, storage);
        await world.begin();
        assert.deepEqual(await world.race(numbered(50).map(add)), []);
        assert.deepEqual((await world.drain()).sort(), numbered(50).sort());
        assert.deepEqual(await world.one(show), []);
      }, Math.min(RUNS, 10)));

    it("of parallel pages in one process each message is on exactly one, whatever else is added meanwhile", () =>
      explore(async (scheduler) => {
        const world = new World(scheduler, 1, storage);
        await world.begin();
        for (const text of ["a", "b"]) await world.one(add(text));
        const shown = await world.race([show, add("c"), show, add("d"), show]);
        assert.deepEqual([...shown, ...(await world.drain())].sort(), ["a", "b", "c", "d"]);
      }));

    it("of parallel pages in two processes that claim, each message is on exactly one", () =>
      explore(async (scheduler) => {
        const world = new World(scheduler, 2, storage);
        await world.begin();
        for (const text of ["a", "b"]) await world.one(add(text));
        const shown = await world.race([claim, claim, add("c"), add("d"), claim, claim]);
        assert.deepEqual([...shown, ...(await world.drain())].sort(), ["a", "b", "c", "d"]);
      }));

    it("what failing pages had claimed is shown by others or later, once", () =>
      explore(async (scheduler) => {
        const world = new World(scheduler, 2, storage);
        await world.begin();
        for (const text of ["a", "b"]) await world.one(add(text));
        const shown = await world.race([claim, claim, show, add("c")], new Set([0, 2]));
        assert.deepEqual([...shown, ...(await world.drain())].sort(), ["a", "b", "c"]);
      }));

    it("no message comes back to life when other requests change the session meanwhile", () =>
      explore(async (scheduler) => {
        const world = new World(scheduler, 2, storage);
        await world.begin();
        for (const text of ["a", "b"]) await world.one(add(text));
        const edit: Handler = ({ session }) => {
          session.change("visits", (visits) => ((visits as number | undefined) ?? 0) + 1);
          return [];
        };
        const shown = await world.race([claim, edit, edit]);
        assert.deepEqual([...shown, ...(await world.drain())], ["a", "b"]);
        assert.equal((await world.open()).session.get("visits"), 2);
      }));
  });
}

for (const storage of ["fallback", "cookie"] as const) {
  describe(`PAIN-29 a stranger's messages with ${storage}`, () => {
    it("parallel responses lose none, and parallel pages of one process show none twice, in whatever order their cookies arrive", () =>
      explore(async (scheduler) => {
        const world = new World(scheduler, 1, storage);
        await world.one(add("first"));
        const shown = await world.race([add("a"), show, add("b"), show, add("c")]);
        assert.deepEqual([...shown, ...(await world.drain())].sort(), ["a", "b", "c", "first"]);
        assert.equal(world.jar.header(URL_OF_SHOP, world.clock.now()), undefined);
        assert.equal((await world.memory.scan(null, 10, { now: world.clock.now() })).records.length, 0);
      }));
  });
}

describe("PAIN-26 messages in an SQLite file, through two connections", () => {
  it("50 parallel requests add one each, and as many pages claim: every message is on exactly one page", async () => {
    const folder = await mkdtemp(join(tmpdir(), "coatcheck-"));
    const stores = [1, 2].map(() => sqliteStore(join(folder, "sessions.db")));
    try {
      const shops = stores.map((store) => createCoatcheck<AnyData>({ store, production: false, log: () => undefined }));
      const visit = async (n: number, cookie: string | undefined, handler: Handler): Promise<[string[], Ending | null]> => {
        const coat = (shops[n % 2] as Coatcheck<AnyData>).begin(makeView({ headers: cookie === undefined ? {} : { cookie } }));
        if (coat.ready !== null) await coat.ready;
        const shown = await handler(coat);
        return [shown, await coat.finish({ status: 200, threw: false })];
      };
      const [, begun] = await visit(0, undefined, ({ session }) => [String(session.set("name", "Ada").size)]);
      const cookie = begun?.setCookies[0]?.split(";", 1)[0];
      const answers = await Promise.all(numbered(50).flatMap((text, n) => [visit(n, cookie, add(text)), visit(n + 1, cookie, claim)]));
      const shown = answers.flatMap(([page]) => page);
      for (let page = (await visit(0, cookie, claim))[0]; page.length > 0; page = (await visit(0, cookie, claim))[0]) shown.push(...page);
      assert.deepEqual(shown.sort(), numbered(50).sort());
    } finally {
      for (const store of stores) await store.close();
      await rm(folder, { recursive: true });
    }
  });
});
