import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Cell, RoundsOptions, Samples } from "../../../bench/harness/rounds.ts";
import { Rounds } from "../../../bench/harness/rounds.ts";
import { seededRandom, shuffle } from "../../../bench/harness/shuffle.ts";

/** A meter that the slices themselves advance. */
class Hours {
  readonly name = "wall";
  time = 0;
  read(): number {
    return this.time;
  }
}

async function runRounds(cells: readonly Cell[], { warmUpRounds, rounds, ...options }: RoundsOptions & { warmUpRounds: number; rounds: number }): Promise<ReadonlyMap<string, Samples>> {
  const timed = new Rounds(cells, options);
  await timed.run(warmUpRounds, false);
  await timed.run(rounds, true);
  return timed.samples;
}

describe("interleaved rounds", () => {
  it("runs every cell once a round, in changing order, and leaves the warm-up out", async () => {
    const hours = new Hours();
    const order: string[] = [];
    const cell = (key: string, cost: number): Cell => ({
      key,
      group: "one",
      operations: 10,
      prepare: (operations) => ({
        run: (lap) => {
          order.push(key);
          hours.time += cost * operations;
          lap();
        },
      }),
    });
    const samples = await runRounds([cell("a", 2), cell("b", 5), cell("c", 1)], { rounds: 20, warmUpRounds: 3, meter: hours });
    assert.deepEqual(samples.get("a")?.microseconds, Array.from({ length: 20 }, () => 2));
    assert.deepEqual(samples.get("b")?.microseconds, Array.from({ length: 20 }, () => 5));
    assert.equal(order.length, 3 * 23);
    const rounds = Array.from({ length: 23 }, (_, round) => order.slice(round * 3, round * 3 + 3));
    for (const round of rounds) assert.deepEqual(round.toSorted(), ["a", "b", "c"]);
    assert.ok(new Set(rounds.map((round) => round.join(""))).size > 1, "the order never changed");
  });

  it("keeps a group together, leads into each slice, and collects garbage before it, never inside", async () => {
    const events: string[] = [];
    const hours = new Hours();
    const cell = (group: string, key: string): Cell => ({
      key,
      group,
      operations: 2,
      leadIn: 1,
      prepare: (operations) => {
        events.push(`prepare ${operations} ${group}`);
        return {
          run: (lap) => {
            events.push(`run ${operations} ${group}`);
            lap();
          },
        };
      },
      check: (operations) => void events.push(`check ${operations}`),
    });
    await runRounds([cell("x", "1"), cell("y", "2"), cell("x", "3")], {
      rounds: 1,
      warmUpRounds: 0,
      meter: hours,
      collect: (kind) => void events.push(kind),
    });
    const slice = (group: string): string[] => [`prepare 1 ${group}`, `prepare 2 ${group}`, "young", `run 1 ${group}`, `run 2 ${group}`, "check 3"];
    const [x, y] = [[...slice("x"), ...slice("x")], slice("y")];
    assert.ok([["full", ...x, ...y], ["full", ...y, ...x]].some((expected) => expected.join() === events.join()), events.join());
  });

  it("does not time what prepares a slice, nor what leads into it", async () => {
    const hours = new Hours();
    const cell: Cell = {
      key: "a",
      group: "one",
      operations: 4,
      leadIn: 2,
      prepare: (operations) => {
        hours.time += 1000;
        return {
          run: (lap) => {
            hours.time += operations === 4 ? 8 : 500;
            lap();
          },
        };
      },
    };
    assert.deepEqual((await runRounds([cell], { rounds: 2, warmUpRounds: 1, meter: hours })).get("a")?.microseconds, [2, 2]);
  });

  it("counts a slice as its median lap: one that another program interrupted does not count", async () => {
    const hours = new Hours();
    const cell: Cell = {
      key: "a",
      group: "one",
      operations: 10,
      prepare: () => ({
        run: (lap) => {
          for (const spent of [4, 6, 900, 4, 6]) {
            hours.time += spent;
            lap();
          }
        },
      }),
    };
    assert.deepEqual((await runRounds([cell], { rounds: 1, warmUpRounds: 0, meter: hours })).get("a")?.microseconds, [3]);
  });

  it("stops when a slice did not do its work, and refuses two cells of one key", async () => {
    const idle: Cell = {
      key: "a",
      group: "one",
      operations: 1,
      prepare: () => ({ run: (lap) => lap() }),
      check: () => {
        throw new Error("did nothing");
      },
    };
    await assert.rejects(runRounds([idle], { rounds: 1, warmUpRounds: 0, meter: new Hours() }), /did nothing/);
    await assert.rejects(runRounds([idle, idle], { rounds: 1, warmUpRounds: 0, meter: new Hours() }), /same key/);
  });
});

describe("shuffle", () => {
  it("keeps every item, leaves its input alone, and repeats itself for one seed", () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const first = shuffle(items, seededRandom(7));
    assert.deepEqual(first.toSorted(), items);
    assert.deepEqual(items, [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(shuffle(items, seededRandom(7)), first);
    assert.notDeepEqual(shuffle(items, seededRandom(8)), first);
  });

  it("gives each place to each item about equally often", () => {
    const random = seededRandom(3);
    const firsts = [0, 0, 0];
    for (let turn = 0; turn < 3000; turn++) {
      const first = shuffle([0, 1, 2], random)[0] as number;
      firsts[first] = (firsts[first] as number) + 1;
    }
    for (const count of firsts) assert.ok(count > 850 && count < 1150, firsts.join());
  });
});

describe("bytes of a slice", () => {
  it("are what the heap grew by while it ran, and not while it was prepared", async () => {
    let heap = 0;
    const cell: Cell = {
      key: "a",
      group: "one",
      operations: 4,
      prepare: () => {
        heap += 1_000_000;
        return {
          run: (lap) => {
            heap += 400;
            lap();
          },
        };
      },
    };
    const samples = await runRounds([cell], { rounds: 2, warmUpRounds: 1, meter: new Hours(), heap: () => heap });
    assert.deepEqual(samples.get("a")?.bytes, [100, 100]);
  });
});
