/** Times single operations (a signature, a store call) in the same interleaved rounds as whole requests. */

import type { Cell, RoundsOptions } from "./harness/rounds.ts";
import { Rounds } from "./harness/rounds.ts";
import { median, medianUncertainty } from "./harness/statistics.ts";

export interface Operation {
  readonly name: string;
  /** Operations that are compared with each other. */
  readonly group: string;
  /** Calls in one slice, a multiple of `lap`. */
  readonly operations: number;
  /** Calls in one lap: so many that the clock can tell, so few that other programs hardly ever interrupt. */
  readonly lap: number;
  /** One call. What it returns is handed to `right`. */
  readonly call: (turn: number) => unknown;
  /** Whether the result is what the operation must give; tried on the first calls, before any timing. */
  readonly right: (result: unknown) => boolean;
}

export interface OperationTime {
  readonly operation: string;
  readonly group: string;
  readonly microseconds: number;
  readonly uncertainty: number;
}

/** Proves each operation, then times them. Asynchronous ones are awaited one by one. */
export async function timeOperations(operations: readonly Operation[], rounds: { readonly warmUp: number; readonly kept: number }, options: RoundsOptions): Promise<OperationTime[]> {
  for (const operation of operations) {
    for (const turn of [0, 1]) {
      if (!operation.right(await operation.call(turn))) throw new Error(`${operation.name} gives a wrong result. Nothing is timed.`);
    }
  }
  const timed = new Rounds(operations.map(cellOf), options);
  await timed.run(rounds.warmUp, false);
  await timed.run(rounds.kept, true);
  return operations.map(({ name, group }) => {
    const own = timed.samples.get(name)?.microseconds ?? [];
    return { operation: name, group, microseconds: median(own), uncertainty: medianUncertainty(own) };
  });
}

function cellOf(operation: Operation): Cell {
  const { call, lap: lapLength } = operation;
  const asynchronous = call(0) instanceof Promise;
  return {
    key: operation.name,
    group: operation.group,
    operations: operation.operations,
    prepare: (count) => ({
      run: asynchronous
        ? async (lap) => {
            for (let turn = 0; turn < count; turn++) {
              await call(turn);
              if ((turn + 1) % lapLength === 0) lap();
            }
          }
        : (lap) => {
            for (let turn = 0; turn < count; turn++) {
              lastResult = call(turn);
              if ((turn + 1) % lapLength === 0) lap();
            }
          },
    }),
  };
}

/** Exported, so that the compiler has to suppose that somebody looks and leaves no call out. */
export let lastResult: unknown;
