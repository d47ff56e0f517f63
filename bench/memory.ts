/** How much memory a small session takes in a process that keeps very many. */

import type { Contender } from "./contenders/contender.ts";
import { cookieHeader, rowOf } from "./rows.ts";

export interface MemoryUse {
  readonly contender: string;
  readonly sessions: number;
  readonly bytesEach: number;
}

const AT_ONCE = 500;

/** Sessions that are made before the first reading, so that code and tables exist already. */
const FIRST = 2_000;

/**
 * Makes sessions through the contender's application and reads the heap before and after, each time after full collections.
 * Run it in a process of its own.
 */
export async function measureMemory(contender: Contender, sessions: number, collectGarbage: () => void): Promise<MemoryUse> {
  await makeSessions(contender, FIRST);
  const before = await usedBytes(collectGarbage);
  await makeSessions(contender, sessions);
  const after = await usedBytes(collectGarbage);
  return { contender: contender.name, sessions, bytesEach: (after - before) / sessions };
}

async function makeSessions(contender: Contender, count: number): Promise<void> {
  const { seedPath } = rowOf("read");
  if (seedPath === undefined) throw new Error("The read row has no seed.");
  const cookie = cookieHeader(undefined);
  for (let made = 0; made < count; made += AT_ONCE) {
    const batch = Math.min(AT_ONCE, count - made);
    const answers = await Promise.all(Array.from({ length: batch }, () => contender.door.send({ path: seedPath, cookie })));
    const distinct = new Set(answers.map((answer) => answer.setCookies[0]));
    if (distinct.size !== batch || distinct.has(undefined)) throw new Error(`${contender.name} did not make ${batch} sessions.`);
  }
}

async function usedBytes(collectGarbage: () => void): Promise<number> {
  // What an event-loop turn or a finalizer still holds is let go in between.
  for (let turn = 0; turn < 4; turn++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
