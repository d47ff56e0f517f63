import { addAdler32 } from "./adler32.ts";
import { BlockWriter } from "./trees.ts";

/**
 * The matching half of the compressor: lazy matching over hash chains with a sliding window of 32 KiB, with the search
 * limits of the zlib library's level 6 and its memory level 8.
 */
const WINDOW = 32768;
const WINDOW_MASK = WINDOW - 1;
const HASH_SIZE = 32768;
const HASH_MASK = HASH_SIZE - 1;
const HASH_SHIFT = 5;
const MIN_MATCH = 3;
const MAX_MATCH = 258;
const MIN_LOOKAHEAD = MAX_MATCH + MIN_MATCH + 1;
const MAX_DISTANCE = WINDOW - MIN_LOOKAHEAD;
/** A match of three bytes that lies farther back costs more than three literals. */
const TOO_FAR = 4096;
const SYMBOLS_PER_BLOCK = 16383;

const GOOD_LENGTH = 8;
const MAX_LAZY = 16;
const NICE_LENGTH = 128;
const MAX_CHAIN = 128;

class Deflater {
  readonly #window = new Uint8Array(2 * WINDOW);
  readonly #previous = new Uint16Array(WINDOW);
  readonly #head = new Uint16Array(HASH_SIZE);
  readonly #blocks = new BlockWriter(SYMBOLS_PER_BLOCK);
  #input: Uint8Array = new Uint8Array(0);
  #consumed = 0;
  #start = 0;
  #lookahead = 0;
  #blockStart = 0;
  #matchStart = 0;

  compress(input: Uint8Array): Uint8Array {
    this.#input = input;
    this.#consumed = this.#start = this.#lookahead = this.#blockStart = this.#matchStart = 0;
    this.#head.fill(0);
    this.#blocks.writeBytes(0x78, 0x9c);
    this.#run();
    const sum = addAdler32(1, input);
    this.#blocks.writeBytes(sum >>> 24, (sum >>> 16) & 255, (sum >>> 8) & 255, sum & 255);
    this.#input = new Uint8Array(0);
    this.#window.fill(0);
    return this.#blocks.takeOutput();
  }

  #run(): void {
    let matchLength = MIN_MATCH - 1;
    let literalPending = false;
    for (;;) {
      if (this.#lookahead < MIN_LOOKAHEAD) this.#fillWindow();
      if (this.#lookahead === 0) break;
      const candidate = this.#lookahead >= MIN_MATCH ? this.#insert(this.#start) : 0;
      const previousLength = matchLength;
      const previousStart = this.#matchStart;
      matchLength = MIN_MATCH - 1;
      if (candidate !== 0 && previousLength < MAX_LAZY && this.#start - candidate <= MAX_DISTANCE) {
        matchLength = this.#findLongest(candidate, previousLength);
        if (matchLength === MIN_MATCH && this.#start - this.#matchStart > TOO_FAR) matchLength = MIN_MATCH - 1;
      }
      if (previousLength >= MIN_MATCH && matchLength <= previousLength) {
        // The match that began one byte earlier is at least as good: take it and skip what it covers.
        const lastInsert = this.#start + this.#lookahead - MIN_MATCH;
        const isFull = this.#blocks.addMatch(previousLength, this.#start - 1 - previousStart);
        this.#lookahead -= previousLength - 1;
        for (let left = previousLength - 2; left > 0; left--) {
          if (++this.#start <= lastInsert) this.#insert(this.#start);
        }
        this.#start++;
        literalPending = false;
        matchLength = MIN_MATCH - 1;
        if (isFull) this.#flush(false);
      } else if (literalPending) {
        if (this.#blocks.addLiteral(this.#window[this.#start - 1] as number)) this.#flush(false);
        this.#start++;
        this.#lookahead--;
      } else {
        literalPending = true;
        this.#start++;
        this.#lookahead--;
      }
    }
    if (literalPending) this.#blocks.addLiteral(this.#window[this.#start - 1] as number);
    this.#flush(true);
  }

  #flush(isLast: boolean): void {
    this.#blocks.flushBlock(this.#window.subarray(Math.max(this.#blockStart, 0), this.#start), isLast);
    this.#blockStart = this.#start;
  }

  /** Enters the three bytes at a place into the hash chains; gives the latest earlier place of the same hash, 0 for none. */
  #insert(at: number): number {
    const window = this.#window;
    const hash = (((window[at] as number) << (2 * HASH_SHIFT)) ^ ((window[at + 1] as number) << HASH_SHIFT) ^ (window[at + 2] as number)) & HASH_MASK;
    const earlier = this.#head[hash] as number;
    this.#previous[at & WINDOW_MASK] = earlier;
    this.#head[hash] = at;
    return earlier;
  }

  #findLongest(candidate: number, previousLength: number): number {
    const window = this.#window;
    const start = this.#start;
    const limit = start > MAX_DISTANCE ? start - MAX_DISTANCE : 0;
    const enough = Math.min(NICE_LENGTH, this.#lookahead);
    let chain = previousLength >= GOOD_LENGTH ? MAX_CHAIN >> 2 : MAX_CHAIN;
    let best = previousLength;
    for (let at = candidate; ; ) {
      if (window[at + best] === window[start + best] && window[at + best - 1] === window[start + best - 1] && window[at] === window[start] && window[at + 1] === window[start + 1]) {
        let length = MIN_MATCH;
        while (length < MAX_MATCH && window[start + length] === window[at + length]) length++;
        if (length > best) {
          this.#matchStart = at;
          best = length;
          if (length >= enough) break;
        }
      }
      at = this.#previous[at & WINDOW_MASK] as number;
      if (at <= limit || --chain === 0) break;
    }
    return Math.min(best, this.#lookahead);
  }

  #fillWindow(): void {
    do {
      let room = 2 * WINDOW - this.#lookahead - this.#start;
      if (this.#start >= WINDOW + MAX_DISTANCE) {
        this.#window.copyWithin(0, WINDOW);
        this.#matchStart -= WINDOW;
        this.#start -= WINDOW;
        this.#blockStart -= WINDOW;
        slide(this.#head);
        slide(this.#previous);
        room += WINDOW;
      }
      const count = Math.min(room, this.#input.length - this.#consumed);
      if (count === 0) break;
      this.#window.set(this.#input.subarray(this.#consumed, this.#consumed + count), this.#start + this.#lookahead);
      this.#consumed += count;
      this.#lookahead += count;
    } while (this.#lookahead < MIN_LOOKAHEAD && this.#consumed < this.#input.length);
  }
}

function slide(places: Uint16Array): void {
  for (let at = 0; at < places.length; at++) places[at] = Math.max((places[at] as number) - WINDOW, 0);
}

/** Tables and window take about 300 KB: made at the first use, then used again. */
let shared: Deflater | null = null;

/**
 * Compresses to a zlib stream (RFC 1950) of exactly the bytes that Python's `zlib.compress(data)` gives with the original zlib
 * library (any release since 1.2.5). The zlib in Node gives others, so it cannot be used where Django's bytes are wanted.
 */
export function deflate(bytes: Uint8Array): Uint8Array {
  shared ??= new Deflater();
  return shared.compress(bytes);
}
