import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SessionEnded, type Coat } from "coatcheck";
import type { AnyData } from "../support/view.ts";
import { asCookie, explore, RaceWorld, type Handler } from "../support/race-world.ts";

/** The cookie that the browser holds after an answer. */
const held = (sent: string | null | undefined, before: string | undefined): string | undefined => (sent === undefined ? before : sent === null ? undefined : asCookie(sent));

interface KeyedStep {
  readonly kind: "set" | "raise" | "push" | "delete";
  readonly key: string;
}

type Step = KeyedStep | { readonly kind: "save" | "rotate" | "flush" | "wait" };

const anyChange: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom("set", "raise", "push", "delete"), key: fc.constantFrom("a", "b") });
const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: anyChange },
    { weight: 4, arbitrary: fc.constantFrom<Step>({ kind: "save" }, { kind: "wait" }) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: "rotate" }, { kind: "flush" }) },
  ),
  { minLength: 1, maxLength: 14 },
);

/** Does the steps, and the same to a plain object. Saves are not awaited; what goes wrong with them goes wrong at the end as well. */
async function perform(coat: Coat<AnyData>, steps: readonly Step[], model: Map<string, unknown>, pause: () => Promise<unknown>): Promise<void> {
  const { session } = coat;
  let next = 0;
  for (const step of steps) {
    if ("key" in step) change(session, step, ++next, model);
    else if (step.kind === "save") session.save().catch(() => undefined);
    else if (step.kind === "wait") await pause();
    else if (step.kind === "rotate") session.rotate();
    else {
      session.flush();
      model.clear();
    }
  }
}

function change(session: Coat<AnyData>["session"], { kind, key }: KeyedStep, next: number, model: Map<string, unknown>): void {
  const list = `${key}s`;
  if (kind === "set") {
    session.set(key, next);
    model.set(key, next);
  } else if (kind === "raise") {
    model.set(key, session.change(key, (value) => ((value as number | undefined) ?? 0) + 100));
  } else if (kind === "push") {
    (session.setDefault(list, []) as number[]).push(next);
    model.set(list, [...((model.get(list) as number[] | undefined) ?? []), next]);
  } else {
    session.delete(key);
    model.delete(key);
  }
}

describe("I7 what happens while session.save() runs", () => {
  it("is stored: whatever was set, changed in place, deleted, rotated or flushed, and however the answers of the store meet it", () =>
    fc.assert(
      fc.asyncProperty(fc.scheduler(), anySteps, fc.boolean(), async (scheduler, steps, isStranger) => {
        const world = new RaceWorld(scheduler);
        const initial = { a: 1, as: [0] };
        const cookie = isStranger ? undefined : await world.begin(initial);
        const model = new Map<string, unknown>(isStranger ? [] : Object.entries(initial));
        const [answer] = await world.race(cookie, [(coat) => perform(coat, steps, model, () => scheduler.schedule(Promise.resolve(), "the handler goes on"))]);
        assert.equal(answer?.status, "ok");
        const after = held(answer?.cookie, cookie);
        assert.deepEqual(after === undefined ? {} : await world.valuesOf(after), Object.fromEntries(model));
        assert.ok((await world.recordTexts()).length <= 1, "one session, one record");
      }),
      { numRuns: Number(process.env["RACE_RUNS"] ?? 150) * 2 },
    ));

  it("I1 meets what other requests store: nobody loses anything", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ n: 0, list: [0] });
      const go = (): Promise<void> => scheduler.schedule(Promise.resolve(), "the handler goes on");
      const busy =
        (name: string): Handler =>
        async ({ session }) => {
          const raise = (): unknown => session.change("n", (n) => (n as number) + 1);
          raise();
          const first = session.save();
          raise();
          session.set(`${name}1`, 1);
          await go();
          raise();
          session.change("list", (list) => [...(list as string[]), name]);
          const second = session.save();
          await go();
          raise();
          session.set(`${name}2`, 2);
          await Promise.all([first, second]);
          raise();
        };
      const answers = await world.race(cookie, ["x", "y", "z"].map(busy));
      assert.deepEqual(answers.map(({ status }) => status), ["ok", "ok", "ok"]);
      const { list, ...values } = await world.valuesOf(cookie);
      assert.deepEqual(values, { n: 15, x1: 1, x2: 2, y1: 1, y2: 2, z1: 1, z2: 2 });
      assert.deepEqual((list as unknown[]).toSorted(), [0, "x", "y", "z"]);
    }));

  it("I1 an edit in place before change() outlives a conflict", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ list: ["a"] });
      const edit: Handler = ({ session }) => {
        (session.get("list") as string[]).push("b");
        session.change("list", (list) => [...(list as string[]), "c"]);
      };
      await world.race(cookie, [edit, ({ session }) => void session.set("other", 1)]);
      assert.deepEqual(await world.valuesOf(cookie), { list: ["a", "b", "c"], other: 1 });
    }));

  it("LC-09 I2 a flush ends the session, record and cookie, whatever the save did meanwhile", () =>
    explore(async (scheduler) => {
      for (const isStranger of [false, true]) {
        for (const rotates of [false, true]) {
          const world = new RaceWorld(scheduler);
          const cookie = isStranger ? undefined : await world.begin({ user: "ada" });
          const [answer] = await world.race(cookie, [
            async ({ session }) => {
              session.set("late", 1);
              if (rotates) session.rotate();
              const saving = session.save();
              await scheduler.schedule(Promise.resolve(), "the handler goes on");
              session.flush();
              assert.deepEqual(session.keys(), []);
              await saving;
              assert.equal(session.isNew, true);
            },
          ]);
          assert.equal(answer?.status, "ok");
          assert.equal(typeof answer?.cookie === "string", false);
          if (!isStranger) assert.equal(answer?.cookie, null);
          assert.deepEqual(await world.recordTexts(), []);
        }
      }
    }));

  it("LC-03 a rotation that is saved and not awaited delivers its token", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ user: "ada" });
      const [answer] = await world.race(cookie, [
        ({ session }) => {
          session.rotate();
          void session.save();
        },
      ]);
      assert.equal(answer?.status, "ok");
      assert.deepEqual(await world.valuesOf(asCookie(answer?.cookie ?? "")), { user: "ada" });
      assert.deepEqual(await world.valuesOf(cookie), {});
    }));

  it("a detached session keeps it as well", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ progress: 0, log: [] });
      await world.race(cookie, [
        async (coat) => {
          const session = await coat.detach();
          session.set("progress", 1);
          const first = session.save();
          session.set("progress", 2);
          (session.get("log") as number[]).push(1);
          await scheduler.schedule(Promise.resolve(), "the stream goes on");
          (session.get("log") as number[]).push(2);
          const second = session.save();
          session.set("last", true);
          await Promise.all([first, second]);
          await session.save();
        },
        ({ session }) => void session.set("other", 1),
      ]);
      assert.deepEqual(await world.valuesOf(cookie), { progress: 2, log: [1, 2], last: true, other: 1 });
    }));

  it("reload() waits for it, drops what came before, and keeps what comes after", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ a: 0 });
      const [answer] = await world.race(cookie, [
        async ({ session }) => {
          session.set("a", 1);
          const saving = session.save();
          session.set("b", 1);
          const reloading = session.reload();
          await saving;
          await reloading;
          assert.deepEqual(Object.fromEntries(session), { a: 1 });
          session.set("c", 1);
        },
      ]);
      assert.equal(answer?.status, "ok");
      assert.deepEqual(await world.valuesOf(cookie), { a: 1, c: 1 });
    }));
});

describe("I2 a handler that catches SessionEnded", () => {
  const swallow = async (work: Promise<unknown>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw error;
    }
  };
  const endings: Readonly<Record<string, Handler>> = {
    "save()": async ({ session }) => {
      session.set("late", 1);
      await swallow(session.save());
    },
    "save() after rotate()": async ({ session }) => {
      session.rotate();
      await swallow(session.save());
    },
    "detach()": async (coat) => {
      coat.session.set("late", 1);
      await swallow(coat.detach());
    },
    "reload()": async ({ session }) => {
      await session.reload();
    },
  };

  for (const [name, handler] of Object.entries(endings)) {
    it(`CC-01 CC-04 ${name}: brings nothing back and touches no cookie`, async () => {
      let endedFirst = 0;
      await explore(async (scheduler) => {
        const world = new RaceWorld(scheduler);
        const cookie = await world.begin({ user: "ada" });
        let isGone = false;
        const revoke: Handler = async () => {
          await scheduler.schedule(Promise.resolve(), "it is revoked");
          await world.revokeAll();
          isGone = true;
        };
        const [, answer] = await world.race(cookie, [
          revoke,
          async (coat) => {
            await scheduler.schedule(Promise.resolve(), "the handler begins");
            const wasGone = isGone;
            await handler(coat);
            if (!wasGone) return;
            endedFirst++;
            assert.equal(coat.session.isNew, true);
            assert.throws(() => coat.session.set("y", 1), { code: "COAT_SESSION_ENDED" });
            await assert.rejects(coat.session.save(), { code: "COAT_SESSION_ENDED" });
          },
        ]);
        assert.equal(answer?.status, "ok");
        if (!name.includes("rotate")) assert.equal(answer?.cookie, undefined);
        assert.deepEqual(await world.recordTexts(), []);
      });
      assert.ok(endedFirst > 0);
    });
  }

  it("CC-04 a new token that was to leave with the response stays when it leads nowhere any more", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ user: "ada" });
      const [answer] = await world.race(cookie, [
        async ({ session }) => {
          session.rotate();
          await session.save();
          await world.revokeAll();
          await swallow(session.set("late", 1).save());
        },
      ]);
      assert.deepEqual(answer, { status: "ok", cookie: undefined });
      assert.deepEqual(await world.recordTexts(), []);
    }));

  it("may still ask for the session's end", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler);
      const cookie = await world.begin({ user: "ada" });
      const [answer] = await world.race(cookie, [
        async ({ session }) => {
          await world.revokeAll();
          session.set("late", 1);
          await assert.rejects(session.save(), { code: "COAT_SESSION_ENDED" });
          assert.equal(session.get("user"), "ada");
          session.flush();
          assert.equal(session.get("user"), undefined);
        },
      ]);
      assert.deepEqual(answer, { status: "ok", cookie: undefined });
      assert.deepEqual(await world.recordTexts(), []);
    }));
});

describe("rotateEvery, when its time comes in several requests at once", () => {
  const HOUR = 3600_000;

  it("LC-05 I1 gives one new token, and loses nothing that they changed", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler, { session: { rotateEvery: "1h" } });
      const cookie = await world.begin({ n: 0 });
      world.clock.advance(HOUR);
      const raise: Handler = ({ session }) => void session.change("n", (n) => (n as number) + 1);
      const look: Handler = ({ session }) => void session.get("n");
      const answers = await world.race(cookie, [raise, look, raise, look, raise]);
      assert.deepEqual(answers.map(({ status }) => status), ["ok", "ok", "ok", "ok", "ok"]);
      const tokens = answers.flatMap((answer) => (typeof answer.cookie === "string" ? [answer.cookie] : []));
      assert.equal(tokens.length, 1);
      assert.deepEqual(await world.valuesOf(asCookie(tokens[0] as string)), { n: 3 });
      assert.deepEqual(await world.valuesOf(cookie), { n: 3 }, "the old token leads on");
    }));

  it("LC-05 I1 a request that does not rotate finds its session where it went", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler, { session: { rotateEvery: "1h" } });
      const cookie = await world.begin({ n: 0 });
      world.clock.advance(HOUR);
      const passive: Handler = async (coat) => {
        coat.passive();
        coat.session.change("n", (n) => (n as number) + 1);
        await coat.session.save();
        await coat.session.reload();
        coat.session.set(`k${coat.session.get("n") as number}`, 1);
      };
      const privilege: Handler = ({ session }) => session.rotate();
      const answers = await world.race(cookie, [({ session }) => void session.get("n"), passive, passive]);
      assert.deepEqual(answers.map(({ status }) => status), ["ok", "ok", "ok"]);
      const sent = answers.flatMap((answer) => (typeof answer.cookie === "string" ? [answer.cookie] : []));
      assert.equal(sent.length, 1);
      const now = asCookie(sent[0] as string);
      assert.equal((await world.valuesOf(now))["n"], 2);
      const [rotation] = await world.race(now, [privilege]);
      assert.equal((await world.valuesOf(asCookie(rotation?.cookie ?? "")))["n"], 2);
      assert.deepEqual(await world.valuesOf(now), {}, "a rotation for privilege leaves nothing behind");
      assert.deepEqual(await world.valuesOf(cookie), {});
    }));

  it("I9 LC-05 a rotation for privilege that meets it leaves no old token alive", () =>
    explore(async (scheduler) => {
      const world = new RaceWorld(scheduler, { session: { rotateEvery: "1h" } });
      const cookie = await world.begin({ n: 0 });
      world.clock.advance(HOUR);
      const answers = await world.race(cookie, [({ session }) => void session.get("n"), ({ session }) => session.rotate()]);
      const privileged = answers[1];
      if (privileged?.status === "ok") {
        assert.deepEqual(await world.valuesOf(asCookie(privileged.cookie ?? "")), { n: 0 });
        assert.deepEqual(await world.valuesOf(cookie), {});
        const periodic = answers[0]?.cookie;
        if (typeof periodic === "string") assert.deepEqual(await world.valuesOf(asCookie(periodic)), {});
      }
    }));
});
