import { UnsupportedValue } from "../errors.ts";

/** How deep values may be nested: deeper ones would exhaust the stack of smaller machines. */
export const DEEPEST = 512;

/** A value that is shared in many places is written in each of them: this ends a walk that would otherwise not end. */
const MOST_VALUES = 2_000_000;

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** One step down: an index, a property, or a place in a Map or Set. */
export type Step = number | string | { readonly text: string };

/** The way from the root of a walk to where it is. Notices cycles, depth and size, and names the place in errors. */
export class Trail {
  readonly #root: string;
  readonly #ancestors: object[] = [];
  readonly #steps: (Step | undefined)[] = [];
  #values = 0;

  constructor(root: string) {
    this.#root = root;
  }

  /** Goes into an object with so many children. */
  enter(value: object, children: number): void {
    const ancestors = this.#ancestors;
    if (ancestors.includes(value)) this.fail("contains itself. Keep an id of the thing instead.");
    if (ancestors.length >= DEEPEST) this.fail(`is nested more than ${DEEPEST} levels deep. Keep flatter data.`);
    this.#values += children + 1;
    if (this.#values > MOST_VALUES) this.fail(`holds more than ${MOST_VALUES} values. Keep large things in your database and their id in the session.`);
    // What an earlier sibling left here would name the wrong place.
    this.#steps[ancestors.push(value) - 1] = undefined;
  }

  /** Comes back out of the object entered last. */
  leave(): void {
    this.#ancestors.pop();
  }

  /** Says at which child of the object entered last the walk is. Needed only before something that may fail. */
  at(step: Step): void {
    this.#steps[this.#ancestors.length - 1] = step;
  }

  fail(problem: string): never {
    let path = this.#root;
    for (const step of this.#steps.slice(0, this.#ancestors.length)) path += stepText(step);
    throw new UnsupportedValue(path, problem);
  }
}

/** How a top-level key reads as the beginning of a path. */
export function pathOfKey(key: string): string {
  return IDENTIFIER.test(key) ? key : `[${shortName(key)}]`;
}

function stepText(step: Step | undefined): string {
  if (step === undefined) return "";
  if (typeof step === "number") return `[${step}]`;
  if (typeof step === "object") return step.text;
  return IDENTIFIER.test(step) && step.length <= 80 ? `.${step}` : `[${shortName(step)}]`;
}

function shortName(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
}
