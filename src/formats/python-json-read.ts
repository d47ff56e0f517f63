import { MAX_JSON_DEPTH } from "./python-json-write.ts";
import { PythonFloat, type PythonValue } from "./python-values.ts";

const NUMBER = /(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?/y;
const CONSTANT = /-?Infinity|NaN|true|false|null/y;
/** A stretch of text without quote, backslash or control character. */
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const BLANKS = /[ \t\n\r]*/y;
const ESCAPES: Readonly<Record<string, string>> = { "\"": "\"", "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
/** Python refuses longer integers too: converting them takes quadratic time. */
const MAX_INTEGER_DIGITS = 4300;

/** The text is not what Python's `json.loads` reads. `at` is the place of the first character that does not fit. */
export class PythonJsonError extends Error {
  readonly at: number;

  constructor(problem: string, at: number) {
    super(`${problem} at character ${at}`);
    this.name = "PythonJsonError";
    this.at = at;
  }
}

/**
 * Reads JSON text as Python's `json.loads` does: `NaN` and `Infinity` are read, the last of several equal keys wins (at the place
 * of the first), leading zeros, trailing commas and raw control characters are refused.
 *
 * @throws PythonJsonError
 */
export function readPythonJson(text: string): PythonValue {
  const reader = new Reader(text);
  return reader.readAll();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readAll(): PythonValue {
    this.#skipBlanks();
    const value = this.#read(0);
    this.#skipBlanks();
    if (this.#at < this.#text.length) this.#fail("more than one value");
    return value;
  }

  #fail(problem: string): never {
    throw new PythonJsonError(problem, this.#at);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #skipBlanks(): void {
    this.#match(BLANKS);
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #read(depth: number): PythonValue {
    if (depth > MAX_JSON_DEPTH) this.#fail("nested too deep");
    switch (this.#text[this.#at]) {
      case "{": return this.#readObject(depth);
      case "[": return this.#readArray(depth);
      case "\"": return this.#readText();
      default: return this.#readAtom();
    }
  }

  #readAtom(): PythonValue {
    switch (this.#match(CONSTANT)?.[0]) {
      case "null": return null;
      case "true": return true;
      case "false": return false;
      case "NaN": return Number.NaN;
      case "Infinity": return Number.POSITIVE_INFINITY;
      case "-Infinity": return Number.NEGATIVE_INFINITY;
      default: return this.#readNumber();
    }
  }

  #readNumber(): PythonValue {
    const [all, whole = "", fraction, exponent] = this.#match(NUMBER) ?? [];
    if (all === undefined) this.#fail("no value");
    const value = Number(all);
    if (fraction !== undefined || exponent !== undefined) {
      return Number.isSafeInteger(value) && !Object.is(value, -0) ? new PythonFloat(value) : value;
    }
    if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
    if (whole.length > MAX_INTEGER_DIGITS) this.#fail("an integer of too many digits");
    return BigInt(whole);
  }

  #readArray(depth: number): PythonValue[] {
    const items: PythonValue[] = [];
    this.#at++;
    this.#skipBlanks();
    if (this.#takes("]")) return items;
    for (;;) {
      this.#skipBlanks();
      items.push(this.#read(depth + 1));
      this.#skipBlanks();
      if (this.#takes("]")) return items;
      if (!this.#takes(",")) this.#fail("no comma");
    }
  }

  #readObject(depth: number): Map<string, PythonValue> {
    const entries = new Map<string, PythonValue>();
    this.#at++;
    this.#skipBlanks();
    if (this.#takes("}")) return entries;
    for (;;) {
      this.#skipBlanks();
      if (this.#text[this.#at] !== "\"") this.#fail("no key");
      const key = this.#readText();
      this.#skipBlanks();
      if (!this.#takes(":")) this.#fail("no colon");
      this.#skipBlanks();
      entries.set(key, this.#read(depth + 1));
      this.#skipBlanks();
      if (this.#takes("}")) return entries;
      if (!this.#takes(",")) this.#fail("no comma");
    }
  }

  #readText(): string {
    this.#at++;
    let text = "";
    for (;;) {
      text += this.#match(PLAIN_TEXT)?.[0] ?? "";
      if (this.#takes("\"")) return text;
      if (!this.#takes("\\")) this.#fail("a text without end or with a raw control character");
      text += this.#readEscape();
    }
  }

  #readEscape(): string {
    const letter = this.#text[this.#at] ?? "";
    if (letter === "u") {
      const digits = this.#text.slice(this.#at + 1, this.#at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail("an unknown escape");
      this.#at += 5;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const meaning = ESCAPES[letter];
    if (meaning === undefined) this.#fail("an unknown escape");
    this.#at++;
    return meaning;
  }
}
