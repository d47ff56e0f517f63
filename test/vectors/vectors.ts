import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Clock } from "../../src/clock.ts";
import { CoatError, SignatureExpired } from "../../src/errors.ts";
import type { DjangoRelease } from "../../src/formats/django-release.ts";

/**
 * The files beside this one hold what real Django releases answered to the same inputs. Each case is run once for each release that
 * gave an answer, against our code told to behave as that release; what is not run is listed, with the reason, in
 * `not-applicable.json`, and a line there that fits nothing is an error too.
 */
export interface Vector {
  readonly id: string;
  readonly op: string;
  readonly in: Readonly<Record<string, any>>;
  readonly expect: Outcome;
  readonly same: readonly string[];
  readonly differs?: Readonly<Record<string, Outcome>>;
  readonly note?: string;
}

type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

interface NotApplicable {
  readonly file: string;
  readonly op?: string;
  readonly ids?: readonly string[];
  readonly releases?: readonly string[];
  readonly reason: string;
}

/** Does what Django did: returns the value, or throws one of our errors where Django raised. */
export type RunVector = (input: Readonly<Record<string, any>>, release: DjangoRelease, vector: Vector) => unknown;

const folder = new URL("./", import.meta.url);
const notApplicable = JSON.parse(readFileSync(new URL("not-applicable.json", folder), "utf8")) as NotApplicable[];

export function loadVectors(file: string): readonly Vector[] {
  return (JSON.parse(readFileSync(new URL(`${file}.json`, folder), "utf8")) as { vectors: Vector[] }).vectors;
}

function listedReason(file: string, vector: Vector, release: string): NotApplicable | undefined {
  return notApplicable.find((line) =>
    line.file === file && (line.op ?? vector.op) === vector.op && (line.ids ?? [vector.id]).includes(vector.id) && (line.releases ?? [release]).includes(release),
  );
}

/** Registers one test for each operation of a file, and one that nothing was left out. */
export function runVectors(file: string, operations: Readonly<Record<string, RunVector>>): void {
  const vectors = loadVectors(file);
  const used = new Set<NotApplicable>();
  describe(`vectors/${file}.json`, { concurrency: 1 }, () => {
    for (const op of new Set(vectors.map((vector) => vector.op))) {
      const run = operations[op];
      if (run === undefined) continue;
      it(op, async () => {
        let checked = 0;
        for (const vector of vectors.filter((candidate) => candidate.op === op)) {
          for (const [release, outcome] of answersOf(vector)) {
            if (listedReason(file, vector, release) !== undefined) continue;
            await checkAnswer(run, vector, release as DjangoRelease, outcome);
            checked++;
          }
        }
        assert.ok(checked > 0, "at least one case was run");
      });
    }

    it("runs every case, or says why not", () => {
      const missing: string[] = [];
      for (const vector of vectors) {
        for (const [release] of answersOf(vector)) {
          const listed = listedReason(file, vector, release);
          if (listed !== undefined) used.add(listed);
          else if (operations[vector.op] === undefined) missing.push(`${vector.op} ${vector.id} ${release}`);
        }
      }
      assert.deepEqual(missing, []);
      assert.deepEqual(notApplicable.filter((line) => line.file === file && !used.has(line)), [], "each listed reason is used");
      for (const line of notApplicable) assert.ok(line.reason.length > 20, `${line.file} ${line.op ?? ""} ${line.ids?.join() ?? ""} has a reason`);
    });
  });
}

function answersOf(vector: Vector): (readonly [string, Outcome])[] {
  return [...vector.same.map((release) => [release, vector.expect] as const), ...Object.entries(vector.differs ?? {})];
}

async function checkAnswer(run: RunVector, vector: Vector, release: DjangoRelease, outcome: Outcome): Promise<void> {
  const label = `${vector.id} on ${release}`;
  let value: unknown;
  try {
    value = await run(vector.in, release, vector);
  } catch (error) {
    assert.ok(error instanceof CoatError || error instanceof RangeError, `${label}: ${String(error)}`);
    assert.equal(outcome.ok, false, `${label} should be accepted, but: ${error.message}`);
    assert.equal(error instanceof SignatureExpired, !outcome.ok && outcome.error === "SignatureExpired", label);
    return;
  }
  assert.ok(outcome.ok, `${label} should be refused, gave ${JSON.stringify(value)}`);
  assert.deepEqual(value, outcome.value, label);
}

/** Text, or `{ hex }` for raw bytes. */
export function secretOf(input: unknown): string | Uint8Array {
  if (typeof input === "string") return input;
  return Uint8Array.from(Buffer.from((input as { hex: string }).hex, "hex"));
}

/** A clock that stands at so many seconds, which may have a fraction. */
export function clockAt(seconds: number): Clock {
  return { now: () => Math.round(seconds * 1000), wait: () => Promise.reject(new Error("nothing waits here")) };
}
