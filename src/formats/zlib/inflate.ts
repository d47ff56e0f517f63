import { addAdler32 } from "./adler32.ts";
import { CODE_LENGTH_ORDER, DISTANCE_EXTRA, LENGTH_EXTRA, MAX_BITS } from "./tables.ts";

const METHOD_DEFLATE = 8;
const LENGTH_BASE: readonly number[] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const DISTANCE_BASE: readonly number[] = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577];

/** Why a stream was refused. */
export type InflateProblem = "not-zlib" | "damaged" | "too-large";

/** A compressed text that cannot be read, or whose content exceeds the cap. */
export class InflateError extends Error {
  readonly problem: InflateProblem;

  constructor(problem: InflateProblem) {
    super(`The compressed data is ${problem}.`);
    this.name = "InflateError";
    this.problem = problem;
  }
}

interface Codes {
  /** How many codes have each length. */
  readonly count: Uint16Array;
  /** Symbols in the order of their codes. */
  readonly symbol: Uint16Array;
}

function buildCodes(lengths: Uint8Array): Codes {
  const count = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) count[length]!++;
  let free = 1;
  for (let bits = 1; bits <= MAX_BITS; bits++) {
    free = free * 2 - (count[bits] as number);
    if (free < 0) throw new InflateError("damaged");
  }
  // Incomplete codes are allowed for a single symbol only (RFC 1951 section 3.2.7: one distance code of one bit).
  if (free > 0 && lengths.length - (count[0] as number) > 1) throw new InflateError("damaged");
  const next = new Uint16Array(MAX_BITS + 2);
  for (let bits = 1; bits <= MAX_BITS; bits++) next[bits + 1] = (next[bits] as number) + (count[bits] as number);
  const symbol = new Uint16Array(lengths.length);
  lengths.forEach((length, at) => {
    if (length !== 0) symbol[next[length]!++] = at;
  });
  count[0] = 0;
  return { count, symbol };
}

class Inflater {
  readonly #input: Uint8Array;
  readonly #maxBytes: number;
  #at = 2;
  #bits = 0;
  #bitCount = 0;
  #output: Uint8Array;
  #length = 0;

  constructor(input: Uint8Array, maxBytes: number) {
    this.#input = input;
    this.#maxBytes = maxBytes;
    this.#output = new Uint8Array(Math.min(maxBytes, Math.max(256, input.length * 4)));
  }

  run(): Uint8Array {
    const method = this.#input[0] as number;
    if (this.#input.length < 2 || (method & 15) !== METHOD_DEFLATE || method >> 4 > 7 || (method * 256 + (this.#input[1] as number)) % 31 !== 0) throw new InflateError("not-zlib");
    // A preset dictionary is never used by what writes these formats.
    if (((this.#input[1] as number) & 32) !== 0) throw new InflateError("not-zlib");
    for (let isLast = false; !isLast; ) {
      isLast = this.#take(1) === 1;
      const type = this.#take(2);
      if (type === 0) this.#copyStored();
      else if (type === 1) this.#readBlock(...fixedCodes());
      else if (type === 2) this.#readBlock(...this.#readCodes());
      else throw new InflateError("damaged");
    }
    const output = this.#output.slice(0, this.#length);
    this.#bits = this.#bitCount = 0;
    const sum = ((this.#byte() << 24) | (this.#byte() << 16) | (this.#byte() << 8) | this.#byte()) >>> 0;
    if (sum !== addAdler32(1, output)) throw new InflateError("damaged");
    return output;
  }

  #byte(): number {
    const byte = this.#input[this.#at++];
    if (byte === undefined) throw new InflateError("damaged");
    return byte;
  }

  #take(count: number): number {
    while (this.#bitCount < count) {
      this.#bits |= this.#byte() << this.#bitCount;
      this.#bitCount += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #decode({ count, symbol }: Codes): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; bits <= MAX_BITS; bits++) {
      code |= this.#take(1);
      const ofLength = count[bits] as number;
      if (code - first < ofLength) return symbol[index + code - first] as number;
      index += ofLength;
      first = (first + ofLength) << 1;
      code <<= 1;
    }
    throw new InflateError("damaged");
  }

  #emit(byte: number): void {
    if (this.#length === this.#output.length) this.#grow();
    this.#output[this.#length++] = byte;
  }

  #grow(): void {
    if (this.#length >= this.#maxBytes) throw new InflateError("too-large");
    const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(256, this.#output.length * 2)));
    larger.set(this.#output);
    this.#output = larger;
  }

  #copyStored(): void {
    this.#bits = this.#bitCount = 0;
    const length = this.#byte() | (this.#byte() << 8);
    const inverse = this.#byte() | (this.#byte() << 8);
    if (length !== (~inverse & 0xffff)) throw new InflateError("damaged");
    for (let left = length; left > 0; left--) this.#emit(this.#byte());
  }

  #readBlock(literals: Codes, distances: Codes): void {
    for (;;) {
      const symbol = this.#decode(literals);
      if (symbol < 256) {
        this.#emit(symbol);
        continue;
      }
      if (symbol === 256) return;
      const base = LENGTH_BASE[symbol - 257];
      if (base === undefined) throw new InflateError("damaged");
      const length = base + this.#take(LENGTH_EXTRA[symbol - 257] as number);
      const distanceSymbol = this.#decode(distances);
      const distanceBase = DISTANCE_BASE[distanceSymbol];
      if (distanceBase === undefined) throw new InflateError("damaged");
      const distance = distanceBase + this.#take(DISTANCE_EXTRA[distanceSymbol] as number);
      if (distance > this.#length) throw new InflateError("damaged");
      for (let left = length; left > 0; left--) this.#emit(this.#output[this.#length - distance] as number);
    }
  }

  #readCodes(): [Codes, Codes] {
    const literalCount = this.#take(5) + 257;
    const distanceCount = this.#take(5) + 1;
    const codeLengthCount = this.#take(4) + 4;
    if (literalCount > 286 || distanceCount > 30) throw new InflateError("damaged");
    const codeLengths = new Uint8Array(19);
    for (let at = 0; at < codeLengthCount; at++) codeLengths[CODE_LENGTH_ORDER[at] as number] = this.#take(3);
    const codes = buildCodes(codeLengths);
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let at = 0; at < lengths.length; ) {
      const symbol = this.#decode(codes);
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      if (symbol === 16 && at === 0) throw new InflateError("damaged");
      const value = symbol === 16 ? (lengths[at - 1] as number) : 0;
      const run = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (at + run > lengths.length) throw new InflateError("damaged");
      lengths.fill(value, at, at + run);
      at += run;
    }
    // Without an end of block the block would never end.
    if (lengths[256] === 0) throw new InflateError("damaged");
    return [buildCodes(lengths.subarray(0, literalCount)), buildCodes(lengths.subarray(literalCount))];
  }
}

let sharedFixed: [Codes, Codes] | null = null;

function fixedCodes(): [Codes, Codes] {
  sharedFixed ??= [
    buildCodes(new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280)),
    buildCodes(new Uint8Array(32).fill(5)),
  ];
  return sharedFixed;
}

/**
 * Reads a zlib stream (RFC 1950) up to a cap. Any level and stored blocks are read, bytes behind the stream are ignored, a raw
 * deflate stream is refused, as Python's `zlib.decompress` does.
 *
 * Call it on authenticated data only: the cap bounds the memory, but not every byte of an attacker deserves the time.
 *
 * @param maxBytes the most that the content may have
 * @throws InflateError when the stream is not zlib, is damaged, or holds more than `maxBytes`
 */
export function inflate(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return new Inflater(bytes, maxBytes).run();
}
