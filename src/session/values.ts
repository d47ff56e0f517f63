import type { Codec, SessionValues } from "../codec/codec.ts";
import { RecordCorrupt, SessionValueRejected, UnsupportedValue } from "../errors.ts";
import { isReserved, RESERVED } from "./keys.ts";
import { fitValues, single, type Aside, type Mismatch } from "./schema-fit.ts";
import type { SessionSchema } from "./session-schema.ts";
import { Touches, type ChangeOperation, type Touch } from "./touches.ts";

export type { ChangeOperation } from "./touches.ts";

/** No value stands under this key. */
export const ABSENT: unique symbol = Symbol("absent");

/** The schema that values have to fit, and who is told when stored ones do not. */
export interface ValueRules {
  readonly schema: SessionSchema;
  onMismatch(mismatch: Mismatch): void;
}

/** Whose values they are. */
export interface ValuesOwner {
  /** The stored text cannot be read: the session is empty from now on. */
  valuesCorrupt(): void;
}

/** One key that this request really changed. */
export interface Edit {
  readonly key: string;
  readonly kind: "set" | "delete" | "operations";
  readonly touch: Touch;
  /** What was encoded of it, while the request may go on with the key: the value, and its text where it is an object. */
  sentValue: unknown;
  sentText: string | null;
  sentAssignments: number;
  sentOperations: number;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** `object.__proto__ = x` would replace the prototype. */
function assignOwn(target: SessionValues, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  else target[key] = value;
}

/**
 * The values of one session and what this request did to them, key by key. Nothing is decoded before the first look, and
 * only touched keys are compared.
 */
export class Values {
  readonly #codec: Codec;
  readonly #owner: ValuesOwner;
  readonly #rules: ValueRules | null;
  /** With a schema: the version that the values are of. */
  #version = 0;
  #aside: Aside | null = null;
  #text: string | null;
  #base: SessionValues | null = null;
  #tagged = false;
  #touches: Touches | null = null;

  /**
   * @param text the encoded values; null for a session that has none
   * @param owner is told when the text cannot be read
   * @param rules null when the application has no schema
   */
  constructor(codec: Codec, text: string | null, owner: ValuesOwner, rules: ValueRules | null = null) {
    this.#rules = rules;
    this.#codec = codec;
    this.#owner = owner;
    this.#text = text;
  }

  /** Begins anew with the text of another record, or with none; nothing is touched. */
  restart(text: string | null): void {
    this.#text = text;
    this.#base = null;
    this.#tagged = false;
    this.#touches = null;
    this.#version = 0;
    this.#aside = null;
  }

  get(key: string): unknown {
    const touch = this.#touches?.get(key);
    if (touch !== undefined) return touch.value;
    const base = this.#base ?? this.#decode();
    if (!Object.hasOwn(base, key)) return ABSENT;
    const value = base[key];
    // A primitive cannot be changed in place, so looking at it needs no bookkeeping.
    return isObject(value) ? this.#touch(key, true).value : value;
  }

  /** The value under a key without handing it out: whoever calls this changes nothing. */
  peek(key: string): unknown {
    const touch = this.#touches?.get(key);
    if (touch !== undefined) return touch.value;
    const base = this.#base ?? this.#decode();
    return Object.hasOwn(base, key) ? base[key] : ABSENT;
  }

  has(key: string): boolean {
    const touch = this.#touches?.get(key);
    if (touch !== undefined) return touch.value !== ABSENT;
    return Object.hasOwn(this.#base ?? this.#decode(), key);
  }

  set(key: string, value: unknown): void {
    this.#codec.inspect(value, key);
    if (this.#rules !== null) demandFit(this.#rules, key, value);
    const touch = this.#touch(key, false);
    assign(touch, value);
  }

  delete(key: string): void {
    assign(this.#touch(key, false), ABSENT);
  }

  /** Applies `operation` at once and keeps it, to be run again on a newer value. Undefined as its result removes the key. */
  change(key: string, operation: ChangeOperation): unknown {
    const known = this.#touches?.get(key);
    const touch = known ?? this.#touch(key, true);
    // An edit in place that came before cannot be run again, so the key is taken as set.
    if (known !== undefined && this.#wasEdited(known)) assign(known, known.value);
    const value = this.#run(key, operation, touch.value);
    (touch.operations ??= []).push(operation);
    touch.value = value;
    touch.operationsText = isObject(value) ? this.#codec.snapshot(value, key) : null;
    return value;
  }

  /** Takes back what this request did to a key. */
  undo(key: string): void {
    this.#touches?.delete(key);
  }

  /** Every key that has a value, in the order of the record and then of this request. */
  keys(): string[] {
    const base = this.#base ?? this.#decode();
    if (this.#touches === null) return Object.keys(base);
    const keys = Object.keys(base).filter((key) => this.#touches?.get(key)?.value !== ABSENT);
    for (const { key, value } of this.#touches.all) if (value !== ABSENT && !Object.hasOwn(base, key)) keys.push(key);
    return keys;
  }

  /** What this request changed; null when nothing. */
  collectEdits(): Edit[] | null {
    if (this.#touches === null) return null;
    let edits: Edit[] | null = null;
    for (const touch of this.#touches.all) {
      const kind = this.#judge(touch);
      if (kind === null) continue;
      const edit: Edit = { key: touch.key, kind, touch, sentValue: undefined, sentText: null, sentAssignments: 0, sentOperations: 0 };
      // Most often there is one; an empty array that is pushed to makes room for seventeen.
      if (edits === null) edits = [edit];
      else edits.push(edit);
    }
    return edits;
  }

  /**
   * The values with the edits applied, as text. The edits note what of them it holds, for `settle`.
   *
   * @returns null when no value is left
   * @throws UnsupportedValue when an edited value cannot be kept
   */
  encode(edits: readonly Edit[] | null): { text: string | null; values: SessionValues; tagged: boolean } {
    const base = this.#base ?? this.#decode();
    if (edits === null) return { text: this.#text, values: base, tagged: this.#tagged };
    const values: SessionValues = { ...base };
    let tagged = this.#tagged;
    let removed = false;
    for (const edit of edits) {
      const { key, touch } = edit;
      this.#noteSent(edit);
      if (touch.value === ABSENT) {
        delete values[key];
        removed = true;
      } else {
        if (this.#codec.inspect(touch.value, key) === "tagged") tagged = true;
        if (this.#rules !== null) demandFit(this.#rules, key, touch.value);
        assignOwn(values, key, touch.value);
      }
    }
    // Only a removal can leave nothing.
    if (removed && Object.keys(values).length === 0) return { text: null, values, tagged };
    return { text: this.#codec.encode(this.#rules === null ? values : this.#withSchemaKeys(this.#rules, values, edits), tagged), values, tagged };
  }

  /**
   * Puts the edits on top of a newer text: operations run again, sets and deletes win over what others wrote.
   *
   * @param overwrites is told each key that others had changed as well and that this request replaces
   */
  rebase(text: string | null, edits: readonly Edit[] | null, overwrites: (key: string) => void): void {
    const before = this.#base;
    this.#text = text;
    this.#base = null;
    this.#tagged = false;
    const base = this.#decode();
    const edited = new Set(edits?.map((edit) => edit.key));
    for (const { key, kind, touch } of edits ?? []) {
      const current = Object.hasOwn(base, key) ? base[key] : ABSENT;
      const currentText = isObject(current) ? this.#codec.snapshot(current, key) : null;
      if (kind === "operations") {
        let value: unknown = current;
        for (const operation of touch.operations ?? []) value = this.#run(key, operation, value);
        touch.value = value;
        touch.operationsText = isObject(value) ? this.#codec.snapshot(value, key) : null;
      } else if (before !== null && !this.#sameAsOriginal(touch, current, currentText)) {
        overwrites(key);
      }
      touch.original = current;
      touch.originalText = currentText;
    }
    for (const touch of this.#touches?.all ?? []) {
      const { key } = touch;
      if (edited.has(key)) continue;
      const current = Object.hasOwn(base, key) ? base[key] : ABSENT;
      const currentText = isObject(current) ? this.#codec.snapshot(current, key) : null;
      // An object that was handed out stays the session's own as long as it says what the record says.
      if (this.#sameAsOriginal(touch, current, currentText) && isObject(touch.value)) assignOwn(base, key, touch.value);
      else this.#touches?.delete(key);
    }
  }

  /**
   * Takes what was stored as the new starting point; objects that were handed out stay the session's own. What the request did
   * after the edits were encoded is still to be stored.
   */
  settle(text: string | null, values: SessionValues, tagged: boolean, edits: readonly Edit[] | null): void {
    this.#text = text;
    this.#base = values;
    this.#tagged = tagged;
    for (const edit of edits ?? []) settleTouch(edit);
  }

  /** Gives up the values that do not fit the schema: the application wants nothing of what was there. */
  forgetAside(): void {
    this.#aside = null;
  }

  /** Every object that was handed out, with its text as it stands now. */
  handedOut(): { key: string; value: object; text: string }[] {
    const all: { key: string; value: object; text: string }[] = [];
    for (const { key, value } of this.#touches?.all ?? []) if (isObject(value)) all.push({ key, value, text: this.#codec.snapshot(value, key) });
    return all;
  }

  #decode(): SessionValues {
    if (this.#text === null) return (this.#base = {});
    try {
      const decoded = this.#codec.decode(this.#text);
      this.#tagged = decoded.tagged;
      return (this.#base = this.#rules === null ? decoded.values : this.#fit(this.#rules, decoded.values));
    } catch (error) {
      if (!(error instanceof RecordCorrupt)) throw error;
      this.#text = null;
      this.#owner.valuesCorrupt();
      return (this.#base = {});
    }
  }

  #fit({ schema, onMismatch }: ValueRules, stored: SessionValues): SessionValues {
    const fitted = fitValues(schema, this.#codec, stored, this.#tagged);
    this.#version = fitted.version;
    this.#aside = fitted.aside;
    this.#tagged = fitted.tagged;
    if (fitted.mismatch !== null) onMismatch(fitted.mismatch);
    return fitted.values;
  }

  /** Beside the values: their version, where it is not the first, and what does not fit, unless its key was set or deleted. */
  #withSchemaKeys({ schema }: ValueRules, values: SessionValues, edits: readonly Edit[]): SessionValues {
    const edited = new Set(edits.map(({ key }) => key));
    const aside = Object.entries(this.#aside ?? {}).filter(([key]) => !edited.has(key));
    this.#aside = aside.length === 0 ? null : Object.fromEntries(aside);
    const version = Math.max(this.#version, schema.version);
    return { ...values, ...(version > 1 ? { [RESERVED.schema]: version } : {}), ...(this.#aside === null ? {} : { [RESERVED.aside]: this.#aside }) };
  }

  /** @param handsOut the original value reaches the application, which may change it in place */
  #touch(key: string, handsOut: boolean): Touch {
    let touch = this.#touches?.get(key);
    if (touch !== undefined) return touch;
    const base = this.#base ?? this.#decode();
    let value = Object.hasOwn(base, key) ? base[key] : ABSENT;
    let originalText: string | null = null;
    if (handsOut && isObject(value)) {
      originalText = this.#snapshotStored(value, key);
      if (originalText === null) value = ABSENT;
    }
    touch = {
      key,
      value,
      original: value,
      originalText,
      assignments: 0,
      operations: null,
      operationsText: null,
    };
    if (this.#touches === null) this.#touches = new Touches(touch);
    else this.#touches.add(touch);
    return touch;
  }

  /** A stored value that nobody could have put there (nested without end) makes the whole record one that cannot be read. */
  #snapshotStored(value: object, key: string): string | null {
    try {
      return this.#codec.snapshot(value, key);
    } catch (error) {
      if (!(error instanceof UnsupportedValue)) throw error;
      this.#text = null;
      this.#base = {};
      this.#touches = null;
      this.#owner.valuesCorrupt();
      return null;
    }
  }

  #judge(touch: Touch): Edit["kind"] | null {
    const { value, original } = touch;
    if (!isObject(value)) {
      if (Object.is(value, original)) return null;
      if (isOperated(touch)) return "operations";
      return value === ABSENT ? "delete" : "set";
    }
    const text = this.#codec.snapshot(value, touch.key);
    if (isObject(original) && text === this.#originalText(touch)) return null;
    return isOperated(touch) && text === touch.operationsText ? "operations" : "set";
  }

  /** Whether an object was edited in place since it was handed out, or since the last operation. */
  #wasEdited(touch: Touch): boolean {
    if (!isObject(touch.value) || (touch.operations === null && touch.assignments > 0)) return false;
    return this.#codec.snapshot(touch.value, touch.key) !== (touch.operations === null ? this.#originalText(touch) : touch.operationsText);
  }

  #noteSent(edit: Edit): void {
    const { touch } = edit;
    edit.sentValue = touch.value;
    edit.sentText = isObject(touch.value) ? this.#codec.snapshot(touch.value, touch.key) : null;
    edit.sentAssignments = touch.assignments;
    edit.sentOperations = touch.operations?.length ?? 0;
  }

  #sameAsOriginal(touch: Touch, current: unknown, currentText: string | null): boolean {
    return isObject(touch.original) ? currentText !== null && currentText === this.#originalText(touch) : Object.is(touch.original, current);
  }

  /** An original that was never handed out is as it was decoded, so its text can wait until somebody asks. */
  #originalText(touch: Touch): string | null {
    if (touch.originalText === null && isObject(touch.original)) touch.originalText = this.#codec.snapshot(touch.original, touch.key);
    return touch.originalText;
  }

  #run(key: string, operation: ChangeOperation, current: unknown): unknown {
    const value = operation(current === ABSENT ? undefined : current);
    if (value === undefined) return ABSENT;
    if (isObject(value) && typeof (value as { then?: unknown }).then === "function") {
      throw new UnsupportedValue(key, "the function given to change() must be synchronous, because it may run again on a newer value; await first, then change.");
    }
    this.#codec.inspect(value, key);
    if (this.#rules !== null) demandFit(this.#rules, key, value);
    return value;
  }
}

function assign(touch: Touch, value: unknown): void {
  touch.value = value;
  touch.assignments++;
  touch.operations = null;
}

/** Nothing but operations led to the value, so it can be found again from another one. */
function isOperated({ assignments, operations }: Touch): boolean {
  return assignments === 0 && operations !== null;
}

/** What was sent is the key's new origin. What came later stands on it: another value, or further operations. */
function settleTouch({ touch, sentValue, sentText, sentAssignments, sentOperations }: Edit): void {
  touch.original = sentValue;
  touch.originalText = sentText;
  const later = touch.assignments === sentAssignments ? (touch.operations?.slice(sentOperations) ?? []) : null;
  if (later === null) touch.assignments -= sentAssignments;
  else if (later.length === 0) {
    touch.assignments = 0;
    touch.operations = null;
    touch.operationsText = null;
  }
  // What was set may have been edited in place before the first further operation, so such a key stays one that was set.
  else if (sentAssignments === 0 || sentOperations > 0 || sentText === null) {
    touch.assignments = 0;
    touch.operations = later;
  }
}

function demandFit({ schema }: ValueRules, key: string, value: unknown): void {
  if (isReserved(key)) return;
  const places = schema.judge(single(key, value)).get(key);
  if (places !== undefined) throw new SessionValueRejected(key, places);
}
