/** What a session holds, by key. A record without a prototype of its own meaning: read it with `Object.hasOwn`. */
export type SessionValues = Record<string, unknown>;

/** What `decode` found. */
export interface Decoded {
  readonly values: SessionValues;
  /** Whether any value is of a type that plain JSON does not know. Hand it back to `encode` until a key changes. */
  readonly tagged: boolean;
}

/** Values ⇄ text. Pure: no clock, no I/O, and reading never runs code of the application. */
export interface Codec {
  /** Stands in messages and on the inspector's page. */
  readonly name: string;

  /**
   * The values of a stored text.
   *
   * @throws RecordCorrupt for anything that `encode` cannot have written. The error holds nothing of the text.
   */
  decode(text: string): Decoded;

  /**
   * The text of all values. A property that is undefined is left out.
   *
   * @param tagged true if `inspect` said so of any value. With false, types that plain JSON does not know are lost.
   * @throws UnsupportedValue
   */
  encode(values: SessionValues, tagged: boolean): string;

  /**
   * Whether plain JSON can carry a value, or tags are needed.
   *
   * @param path where the value stands, for the error: `cart` becomes `cart.items[2].print`.
   * @throws UnsupportedValue if the value would not come back as it is.
   */
  inspect(value: unknown, path: string): "plain" | "tagged";

  /**
   * A copy that shares nothing with the value, as encoding and decoding would make it.
   *
   * @throws UnsupportedValue as `inspect` does.
   */
  clone(value: unknown, path: string): unknown;

  /**
   * A text that differs whenever the stored form of the value would.
   *
   * @param path as for `inspect`. Default: `value`.
   * @throws UnsupportedValue as `inspect` does
   */
  snapshot(value: unknown, path?: string): string;
}
