import type { SessionRecord } from "../store/store.ts";
import type { StoreCase, StoreCaseContext, StoreSubject } from "./case.ts";
import { storeCases } from "./store-cases.ts";

/** How a case ended that did not fail. */
export type StoreCaseOutcome = { readonly outcome: "held" } | { readonly outcome: "skipped"; readonly reason: string };

/** Makes an empty store for one case. */
export type MakeStoreSubject = () => StoreSubject | Promise<StoreSubject>;

/**
 * Runs one case over one store.
 *
 * @throws what the case found wrong, or what the store threw.
 * @example
 * for (const one of storeCases) console.log(one.name, await runStoreCase(one, () => ({ store: memoryStore() })));
 */
export async function runStoreCase(storeCase: StoreCase, make: MakeStoreSubject): Promise<StoreCaseOutcome> {
  const subject = await make();
  try {
    const context = makeContext(subject);
    const missing = storeCase.needs.find((need) => !need.isMet(context));
    if (missing) return { outcome: "skipped", reason: missing.reason };
    await storeCase.run(context);
    return { outcome: "held" };
  } finally {
    await subject.cleanup?.();
  }
}

/** The few things of a test runner that are used: those of node:test, vitest and jest fit. */
export interface StoreCaseRunner {
  test(name: string, run: (context?: { skip?: (reason?: string) => void }) => Promise<void>): unknown;
  describe?(name: string, body: () => void): unknown;
}

export interface RunStoreCasesOptions extends StoreCaseRunner {
  /** The headline of the group. Default: "store contract". */
  readonly name?: string;
  /** Cases that this store does not keep, by name, each with the reason. An unknown name is an error. */
  readonly except?: Readonly<Record<string, string>>;
}

/**
 * Registers every case with a test runner.
 *
 * @throws Error when `except` names a case that does not exist.
 * @example
 * import { describe, test } from "node:test";
 * runStoreCases(() => ({ store: memoryStore() }), { name: "memory", test, describe });
 */
export function runStoreCases(make: MakeStoreSubject, options: RunStoreCasesOptions): void {
  const { name = "store contract", except = {}, test, describe = (_name: string, body: () => void): void => body() } = options;
  for (const excepted of Object.keys(except)) {
    if (!storeCases.some((one) => one.name === excepted)) throw new Error(`There is no store case named ${JSON.stringify(excepted)}.`);
  }
  describe(name, () => {
    for (const one of storeCases) {
      test(one.name, async (runner) => {
        const excuse = except[one.name];
        const result: StoreCaseOutcome = excuse === undefined ? await runStoreCase(one, make) : { outcome: "skipped", reason: excuse };
        if (result.outcome === "skipped") runner?.skip?.(result.reason);
      });
    }
  });
}

const HOUR_MS = 3_600_000;
const ID_BYTES = 32;
const VERSION_BYTES = 9;

function makeContext(subject: StoreSubject): StoreCaseContext {
  let now = subject.startAt ?? Date.now();
  const version = (): string => randomText(VERSION_BYTES);
  return {
    store: subject.store,
    otherStore: subject.otherStore ?? subject.store,
    corrupt: subject.corrupt,
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    version,
    uniqueName: () => `owner-${randomText(VERSION_BYTES)}`,
    record: (changes = {}): SessionRecord => ({
      id: randomText(ID_BYTES),
      data: '{"visits":1}',
      version: version(),
      owner: null,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + HOUR_MS,
      idleSeconds: HOUR_MS / 1000,
      endsAt: null,
      persistent: true,
      ...changes,
    }),
  };
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** base64url of so many random bytes, without Buffer, so that the cases run anywhere. */
function randomText(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(Math.ceil((bytes * 4) / 3)));
  return Array.from(random, (byte) => ALPHABET[byte & 63]).join("");
}
