/** A change that is run again on the newer value when somebody else has changed the key meanwhile. */
export type ChangeOperation = (current: unknown) => unknown;

/** A key that a request looked into or changed. */
export interface Touch {
  readonly key: string;
  /** What the session holds under the key now. */
  value: unknown;
  /** What stood there when the key was first touched; for an object, the same object. */
  original: unknown;
  /** The original object as text, taken before it is handed out; null until it is needed. */
  originalText: string | null;
  /** How often `set` or `delete` was called. More than never: what others wrote meanwhile does not matter to the new value. */
  assignments: number;
  /** The operations since the key was first touched, or since the last `set` or `delete`; null for none. */
  operations: ChangeOperation[] | null;
  /** The text of the value that the operations gave, to notice edits in place that came after them. */
  operationsText: string | null;
}

/** Up to so many are searched one by one, which is quicker than to make a Map for the one or two that a request has. */
const FEW = 12;

/** The touched keys of one request, in the order in which they were touched. */
export class Touches {
  #all: Touch[];
  #byKey: Map<string, Touch> | null = null;

  constructor(first: Touch) {
    this.#all = [first];
  }

  /** Do not keep it: removing a key makes another list. */
  get all(): readonly Touch[] {
    return this.#all;
  }

  get(key: string): Touch | undefined {
    if (this.#byKey !== null) return this.#byKey.get(key);
    for (const touch of this.#all) if (touch.key === key) return touch;
    return undefined;
  }

  /** Adds a key that is not there yet. */
  add(touch: Touch): void {
    this.#all.push(touch);
    if (this.#byKey !== null) this.#byKey.set(touch.key, touch);
    else if (this.#all.length > FEW) this.#byKey = new Map(this.#all.map((one) => [one.key, one]));
  }

  delete(key: string): void {
    this.#all = this.#all.filter((touch) => touch.key !== key);
    this.#byKey?.delete(key);
  }
}
