import { BitOutput } from "./bit-output.ts";
import {
  assignCodes, CODE_LENGTH_CODES, CODE_LENGTH_EXTRA, CODE_LENGTH_ORDER, DISTANCE_CODES, DISTANCE_EXTRA, END_OF_BLOCK, LENGTH_EXTRA, LITERAL_LENGTH_CODES, LITERALS, MAX_BITS, type Tables, tables,
} from "./tables.ts";

/**
 * The Huffman half of the compressor (RFC 1951 section 3.2). Where the RFC leaves a choice, the choices are those of the zlib
 * library at its default level, so that the bytes are the ones that Python's `zlib.compress` writes.
 */
const MAX_CODE_LENGTH_BITS = 7;
const HEAP_SIZE = 2 * LITERAL_LENGTH_CODES + 1;

const REPEAT_PREVIOUS = 16;
const REPEAT_ZERO_SHORT = 17;
const REPEAT_ZERO_LONG = 18;

const TYPE_STORED = 0;
const TYPE_FIXED = 1;
const TYPE_DYNAMIC = 2;

interface Tree {
  readonly frequency: Uint32Array;
  readonly code: Uint16Array;
  readonly length: Uint16Array;
  readonly parent: Uint16Array;
  readonly extra: readonly number[];
  readonly extraBase: number;
  readonly elements: number;
  readonly maxLength: number;
  readonly fixedLength: Uint8Array | null;
  maxCode: number;
}

function createTree(elements: number, extra: readonly number[], extraBase: number, maxLength: number, fixedLength: Uint8Array | null): Tree {
  const nodes = 2 * elements + 1;
  return {
    frequency: new Uint32Array(nodes),
    code: new Uint16Array(nodes),
    length: new Uint16Array(nodes),
    parent: new Uint16Array(nodes),
    extra, extraBase, elements, maxLength, fixedLength, maxCode: 0,
  };
}

/** Collects the symbols of one block, then writes the block in the shortest of the three forms. */
export class BlockWriter {
  readonly #tables: Tables;
  readonly #literals: Tree;
  readonly #distances: Tree;
  readonly #codeLengths: Tree;
  readonly #heap = new Uint16Array(HEAP_SIZE);
  readonly #depth = new Uint8Array(HEAP_SIZE);
  #heapLength = 0;
  #heapMax = 0;
  readonly #symbolDistance: Uint16Array;
  readonly #symbolLength: Uint8Array;
  #symbols = 0;
  #dynamicBits = 0;
  #fixedBits = 0;
  readonly #output = new BitOutput();

  /** @param maxSymbols how many literals and matches make a block */
  constructor(maxSymbols: number) {
    this.#tables = tables();
    const { fixedLiteralLength, fixedDistanceLength } = this.#tables;
    this.#literals = createTree(LITERAL_LENGTH_CODES, LENGTH_EXTRA, LITERALS + 1, MAX_BITS, fixedLiteralLength);
    this.#distances = createTree(DISTANCE_CODES, DISTANCE_EXTRA, 0, MAX_BITS, fixedDistanceLength);
    this.#codeLengths = createTree(CODE_LENGTH_CODES, CODE_LENGTH_EXTRA, 0, MAX_CODE_LENGTH_BITS, null);
    this.#symbolDistance = new Uint16Array(maxSymbols);
    this.#symbolLength = new Uint8Array(maxSymbols);
    this.#startBlock();
  }

  /** @returns whether the block is full and has to be flushed now */
  addLiteral(byte: number): boolean {
    this.#symbolDistance[this.#symbols] = 0;
    this.#symbolLength[this.#symbols++] = byte;
    this.#literals.frequency[byte]!++;
    return this.#symbols === this.#symbolLength.length;
  }

  /** @returns whether the block is full and has to be flushed now */
  addMatch(length: number, distance: number): boolean {
    this.#symbolDistance[this.#symbols] = distance;
    this.#symbolLength[this.#symbols++] = length - 3;
    this.#literals.frequency[LITERALS + 1 + (this.#tables.lengthCode[length - 3] as number)]!++;
    this.#distances.frequency[this.#distanceCode(distance - 1)]!++;
    return this.#symbols === this.#symbolLength.length;
  }

  /**
   * Writes the collected symbols as one block.
   *
   * @param source the bytes that the symbols stand for, in case storing them is shorter
   */
  flushBlock(source: Uint8Array, isLast: boolean): void {
    this.#buildTree(this.#literals);
    this.#buildTree(this.#distances);
    const lastCodeLength = this.#buildCodeLengthTree();
    const fixedBytes = (this.#fixedBits + 3 + 7) >>> 3;
    const bestBytes = Math.min((this.#dynamicBits + 3 + 7) >>> 3, fixedBytes);
    const last = isLast ? 1 : 0;
    if (source.length + 4 <= bestBytes) {
      this.#output.writeBits((TYPE_STORED << 1) | last, 3);
      this.#writeStored(source);
    } else if (fixedBytes === bestBytes) {
      this.#output.writeBits((TYPE_FIXED << 1) | last, 3);
      const { fixedLiteralCode, fixedLiteralLength, fixedDistanceCode, fixedDistanceLength } = this.#tables;
      this.#writeSymbols(fixedLiteralCode, fixedLiteralLength, fixedDistanceCode, fixedDistanceLength);
    } else {
      this.#output.writeBits((TYPE_DYNAMIC << 1) | last, 3);
      this.#writeTrees(lastCodeLength);
      this.#writeSymbols(this.#literals.code, this.#literals.length, this.#distances.code, this.#distances.length);
    }
    this.#startBlock();
    if (isLast) this.#output.alignToByte();
  }

  /** Bytes outside the blocks: the stream's head and its check sum. Only between blocks that end on a byte. */
  writeBytes(...bytes: number[]): void {
    for (const byte of bytes) this.#output.writeByte(byte);
  }

  /** Everything written so far; the writer starts over. */
  takeOutput(): Uint8Array {
    return this.#output.take();
  }

  #startBlock(): void {
    this.#literals.frequency.fill(0);
    this.#distances.frequency.fill(0);
    this.#codeLengths.frequency.fill(0);
    this.#literals.frequency[END_OF_BLOCK] = 1;
    this.#dynamicBits = 0;
    this.#fixedBits = 0;
    this.#symbols = 0;
  }

  #distanceCode(distance: number): number {
    return (distance < 256 ? this.#tables.distanceCode[distance] : this.#tables.distanceCode[256 + (distance >> 7)]) as number;
  }

  #buildTree(tree: Tree): void {
    const { frequency, length, parent, elements, fixedLength } = tree;
    let maxCode = -1;
    this.#heapLength = 0;
    this.#heapMax = HEAP_SIZE;
    for (let at = 0; at < elements; at++) {
      if (frequency[at] === 0) {
        length[at] = 0;
        continue;
      }
      this.#heap[++this.#heapLength] = maxCode = at;
      this.#depth[at] = 0;
    }
    // A code needs at least two symbols, so that every decoder reads at least one bit for each.
    while (this.#heapLength < 2) {
      const forced = maxCode < 2 ? ++maxCode : 0;
      this.#heap[++this.#heapLength] = forced;
      frequency[forced] = 1;
      this.#depth[forced] = 0;
      this.#dynamicBits--;
      if (fixedLength !== null) this.#fixedBits -= fixedLength[forced] as number;
    }
    tree.maxCode = maxCode;
    for (let at = this.#heapLength >> 1; at >= 1; at--) this.#sink(frequency, at);
    let node = elements;
    do {
      const least = this.#heap[1] as number;
      this.#heap[1] = this.#heap[this.#heapLength--] as number;
      this.#sink(frequency, 1);
      const second = this.#heap[1] as number;
      this.#heap[--this.#heapMax] = least;
      this.#heap[--this.#heapMax] = second;
      frequency[node] = (frequency[least] as number) + (frequency[second] as number);
      this.#depth[node] = Math.max(this.#depth[least] as number, this.#depth[second] as number) + 1;
      parent[least] = parent[second] = node;
      this.#heap[1] = node++;
      this.#sink(frequency, 1);
    } while (this.#heapLength >= 2);
    this.#heap[--this.#heapMax] = this.#heap[1] as number;
    this.#limitLengths(tree);
    assignCodes(length, maxCode + 1, tree.code);
  }

  #isLess(frequency: Uint32Array, left: number, right: number): boolean {
    const a = frequency[left] as number;
    const b = frequency[right] as number;
    return a < b || (a === b && (this.#depth[left] as number) <= (this.#depth[right] as number));
  }

  #sink(frequency: Uint32Array, from: number): void {
    const moved = this.#heap[from] as number;
    let at = from;
    for (let child = at << 1; child <= this.#heapLength; child <<= 1) {
      if (child < this.#heapLength && this.#isLess(frequency, this.#heap[child + 1] as number, this.#heap[child] as number)) child++;
      if (this.#isLess(frequency, moved, this.#heap[child] as number)) break;
      this.#heap[at] = this.#heap[child] as number;
      at = child;
    }
    this.#heap[at] = moved;
  }

  /** Depths become code lengths; those beyond the limit are shortened, at the cost of the cheapest others. */
  #limitLengths(tree: Tree): void {
    const { frequency, length, parent, extra, extraBase, fixedLength, maxCode, maxLength } = tree;
    const ofLength = new Uint16Array(MAX_BITS + 2);
    let overflow = 0;
    length[this.#heap[this.#heapMax] as number] = 0;
    let at = this.#heapMax + 1;
    for (; at < HEAP_SIZE; at++) {
      const node = this.#heap[at] as number;
      let bits = (length[parent[node] as number] as number) + 1;
      if (bits > maxLength) {
        bits = maxLength;
        overflow++;
      }
      length[node] = bits;
      if (node > maxCode) continue;
      ofLength[bits]!++;
      const extraBits = node >= extraBase ? (extra[node - extraBase] as number) : 0;
      this.#dynamicBits += (frequency[node] as number) * (bits + extraBits);
      if (fixedLength !== null) this.#fixedBits += (frequency[node] as number) * ((fixedLength[node] as number) + extraBits);
    }
    if (overflow === 0) return;
    do {
      let bits = maxLength - 1;
      while (ofLength[bits] === 0) bits--;
      ofLength[bits]!--;
      ofLength[bits + 1]! += 2;
      ofLength[maxLength]!--;
      overflow -= 2;
    } while (overflow > 0);
    for (let bits = maxLength; bits !== 0; bits--) {
      for (let left = ofLength[bits] as number; left !== 0; ) {
        const node = this.#heap[--at] as number;
        if (node > maxCode) continue;
        this.#dynamicBits += (bits - (length[node] as number)) * (frequency[node] as number);
        length[node] = bits;
        left--;
      }
    }
  }

  /** Runs of equal code lengths, as the stream sends them: symbol, value of the extra bits, number of extra bits. */
  #scanLengths(tree: Tree, emit: (symbol: number, extra: number, extraBits: number) => void): void {
    const { length, maxCode } = tree;
    let previous = -1;
    let run = 0;
    let limit = length[0] === 0 ? 138 : 7;
    let least = length[0] === 0 ? 3 : 4;
    for (let at = 0; at <= maxCode; at++) {
      const current = length[at] as number;
      const next = at === maxCode ? -1 : (length[at + 1] as number);
      if (++run < limit && current === next) continue;
      if (run < least) {
        for (; run > 0; run--) emit(current, 0, 0);
      } else if (current !== 0) {
        if (current !== previous) {
          emit(current, 0, 0);
          run--;
        }
        emit(REPEAT_PREVIOUS, run - 3, 2);
      } else if (run <= 10) {
        emit(REPEAT_ZERO_SHORT, run - 3, 3);
      } else {
        emit(REPEAT_ZERO_LONG, run - 11, 7);
      }
      run = 0;
      previous = current;
      limit = next === 0 ? 138 : current === next ? 6 : 7;
      least = next === 0 || current === next ? 3 : 4;
    }
  }

  #buildCodeLengthTree(): number {
    const count = (symbol: number): void => {
      this.#codeLengths.frequency[symbol]!++;
    };
    this.#scanLengths(this.#literals, count);
    this.#scanLengths(this.#distances, count);
    this.#buildTree(this.#codeLengths);
    let last = CODE_LENGTH_CODES - 1;
    while (last >= 3 && this.#codeLengths.length[CODE_LENGTH_ORDER[last] as number] === 0) last--;
    this.#dynamicBits += 3 * (last + 1) + 5 + 5 + 4;
    return last;
  }

  #writeTrees(lastCodeLength: number): void {
    this.#output.writeBits(this.#literals.maxCode + 1 - 257, 5);
    this.#output.writeBits(this.#distances.maxCode, 5);
    this.#output.writeBits(lastCodeLength + 1 - 4, 4);
    const { code, length } = this.#codeLengths;
    for (let rank = 0; rank <= lastCodeLength; rank++) this.#output.writeBits(length[CODE_LENGTH_ORDER[rank] as number] as number, 3);
    const send = (symbol: number, extra: number, extraBits: number): void => {
      this.#output.writeBits(code[symbol] as number, length[symbol] as number);
      if (extraBits > 0) this.#output.writeBits(extra, extraBits);
    };
    this.#scanLengths(this.#literals, send);
    this.#scanLengths(this.#distances, send);
  }

  #writeSymbols(literalCode: Uint16Array, literalLength: ArrayLike<number>, distanceCode: Uint16Array, distanceLength: ArrayLike<number>): void {
    const { lengthCode, lengthBase, distanceBase } = this.#tables;
    for (let at = 0; at < this.#symbols; at++) {
      const distance = this.#symbolDistance[at] as number;
      const value = this.#symbolLength[at] as number;
      if (distance === 0) {
        this.#output.writeBits(literalCode[value] as number, literalLength[value] as number);
        continue;
      }
      const ofLength = lengthCode[value] as number;
      this.#output.writeBits(literalCode[LITERALS + 1 + ofLength] as number, literalLength[LITERALS + 1 + ofLength] as number);
      const lengthExtra = LENGTH_EXTRA[ofLength] as number;
      if (lengthExtra > 0) this.#output.writeBits(value - (lengthBase[ofLength] as number), lengthExtra);
      const ofDistance = this.#distanceCode(distance - 1);
      this.#output.writeBits(distanceCode[ofDistance] as number, distanceLength[ofDistance] as number);
      const distanceExtra = DISTANCE_EXTRA[ofDistance] as number;
      if (distanceExtra > 0) this.#output.writeBits(distance - 1 - (distanceBase[ofDistance] as number), distanceExtra);
    }
    this.#output.writeBits(literalCode[END_OF_BLOCK] as number, literalLength[END_OF_BLOCK] as number);
  }

  #writeStored(source: Uint8Array): void {
    this.#output.alignToByte();
    this.writeBytes(source.length & 255, source.length >> 8, ~source.length & 255, (~source.length >> 8) & 255);
    for (const byte of source) this.#output.writeByte(byte);
  }
}
