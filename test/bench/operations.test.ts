import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OURS, THEIRS } from "../../bench/crypto-names.ts";
import { cryptoOperations } from "../../bench/crypto.ts";
import type { Operation, OperationTime } from "../../bench/operations.ts";
import { timeOperations } from "../../bench/operations.ts";
import { operationsTable } from "../../bench/report.ts";
import { judgeCrypto } from "../../bench/wanted.ts";

/** A meter that the operations advance. */
class Hours {
  readonly name = "wall";
  time = 0;
  read(): number {
    return this.time;
  }
}

const ROUNDS = { warmUp: 1, kept: 6 };

describe("single operations", () => {
  it("are timed one call at a time, whether they answer at once or later", async () => {
    const hours = new Hours();
    const spend = (cost: number): true => {
      hours.time += cost;
      return true;
    };
    const operations: Operation[] = [
      { name: "at once", group: "g", operations: 8, lap: 4, call: () => spend(3), right: (result) => result === true },
      { name: "later", group: "g", operations: 8, lap: 2, call: () => Promise.resolve(spend(5)), right: (result) => result === true },
    ];
    const times = await timeOperations(operations, ROUNDS, { meter: hours });
    assert.deepEqual(times.map(({ operation, microseconds }) => [operation, microseconds]), [["at once", 3], ["later", 5]]);
    assert.match(operationsTable("operation", times), /\| at once +\| 3\.00 \| 0\.00 \|/);
  });

  it("are not timed when they give a wrong result", async () => {
    const wrong: Operation = { name: "wrong", group: "g", operations: 4, lap: 4, call: () => Promise.resolve(1), right: (result) => result === 2 };
    await assert.rejects(timeOperations([wrong], ROUNDS, { meter: new Hours() }), /wrong gives a wrong result/);
  });

  it("of cryptography give right results, ours and the peers'", async () => {
    const operations = await cryptoOperations();
    assert.deepEqual(operations.filter((operation) => operation.operations % operation.lap !== 0), []);
    for (const name of [...Object.values(OURS), ...Object.values(THEIRS)]) assert.ok(operations.some((operation) => operation.name === name), name);
    for (const { name, call, right } of operations) assert.ok(right(await call(0)), name);
  });
});

describe("verdicts on single operations", () => {
  const timed = (times: Readonly<Record<string, number>>): OperationTime[] => Object.entries(times).map(([operation, microseconds]) => ({ operation, group: "g", microseconds, uncertainty: 0 }));

  it("ask for faster CSRF tokens, and for seals that are twenty times as fast", () => {
    const verdicts = judgeCrypto(timed({ [OURS.csrfMake]: 3, [THEIRS.csrfMake]: 3, [OURS.csrfCheck]: 1, [THEIRS.csrfCheck]: 1.1, [OURS.seal]: 10, [THEIRS.ironSeal]: 199, [OURS.unseal]: 10, [THEIRS.ironUnseal]: 201 }));
    assert.deepEqual(verdicts.map(({ ok }) => ok), [false, true, false, true]);
  });

  it("judge nothing that was not timed", () => {
    assert.deepEqual(judgeCrypto(timed({ [OURS.csrfMake]: 3 })), []);
  });
});
