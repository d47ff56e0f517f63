import assert from "node:assert/strict";
import { createCoatcheck, SessionEnded, type Coat, type Coatcheck, type CoatcheckOptions } from "coatcheck";
import { memoryStore } from "coatcheck/memory";
import fc, { type Scheduler } from "fast-check";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { scheduleStore } from "./scheduled-store.ts";
import { makeView, type AnyData } from "./view.ts";

const RUNS = Number(process.env["RACE_RUNS"] ?? 150);

/** What a request was answered. */
export interface Answer {
  readonly status: "ok" | "ended" | "failed";
  /** A new token, null for a removal, undefined when no cookie was sent. */
  readonly cookie: string | null | undefined;
}

/** What a request does with its coat. */
export type Handler = (coat: Coat<AnyData>) => unknown;

/** The Cookie header of a token. */
export const asCookie = (token: string): string => `__Host-sessionid=${token}`;

async function finish(coat: Coat<AnyData>, handler: Handler): Promise<Answer> {
  try {
    const working = handler(coat);
    if (working instanceof Promise) await working;
    const ending = await coat.finish({ status: 200, threw: false });
    const line = ending?.setCookies[0];
    const value = line === undefined ? undefined : /^__Host-sessionid=([^;]*)/.exec(line)?.[1];
    return { status: "ok", cookie: value === "" ? null : value };
  } catch (error) {
    return { status: error instanceof SessionEnded ? "ended" : "failed", cookie: undefined };
  }
}

async function openCoat(cloakroom: Coatcheck<AnyData>, cookie: string | undefined): Promise<Coat<AnyData>> {
  const coat = cloakroom.begin(makeView(cookie === undefined ? {} : { headers: { cookie } }));
  if (coat.ready !== null) await coat.ready;
  return coat;
}

/** Two processes on one store: what they share is the store and nothing else. */
export class RaceWorld {
  readonly clock = new FakeClock();
  readonly memory = memoryStore();
  readonly gate = { scheduled: false };
  readonly scheduler: Scheduler;
  readonly processes: readonly [Coatcheck<AnyData>, Coatcheck<AnyData>];

  constructor(scheduler: Scheduler, options: CoatcheckOptions = {}) {
    this.scheduler = scheduler;
    const make = (): Coatcheck<AnyData> => createCoatcheck<AnyData>({ store: scheduleStore(this.memory, scheduler, this.gate), clock: this.clock, production: false, ...options });
    this.processes = [make(), make()];
  }

  async begin(values: AnyData): Promise<string> {
    const { cookie } = await finish(await openCoat(this.processes[0], undefined), ({ session }) => void session.assign(values));
    assert.ok(cookie);
    return asCookie(cookie);
  }

  /** All of them have read the session before the first of them goes on; from there on every store call may meet every other. */
  async race(cookie: string | undefined, handlers: readonly Handler[]): Promise<Answer[]> {
    const coats = await Promise.all(handlers.map((_, n) => openCoat(this.processes[n % 2] as Coatcheck<AnyData>, cookie)));
    this.gate.scheduled = true;
    const answers = Promise.all(coats.map((coat, n) => finish(coat, handlers[n] as Handler)));
    await this.scheduler.waitFor(answers);
    this.gate.scheduled = false;
    return answers;
  }

  async valuesOf(cookie: string): Promise<AnyData> {
    return Object.fromEntries((await openCoat(this.processes[0], cookie)).session);
  }

  /** Ends every session behind everybody's back. */
  async revokeAll(): Promise<void> {
    const now = this.clock.now();
    for (const { id } of (await this.memory.scan(null, 1000, { now })).records) await this.memory.delete(id, undefined, { now });
  }

  async recordTexts(): Promise<string[]> {
    return (await this.memory.scan(null, 1000, { now: this.clock.now() })).records.map((record) => record.data);
  }
}

/** Tries many orders. */
export const explore = (check: (scheduler: Scheduler) => Promise<void>): Promise<void> => fc.assert(fc.asyncProperty(fc.scheduler(), check), { numRuns: RUNS });

