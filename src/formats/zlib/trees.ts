/**
 * The Huffman half of the compressor (RFC 1951 section 3.2). Where the RFC leaves a choice, the choices are those of the zlib
 * library at its default level, so that the bytes are the ones that Python's `zlib.compress` writes.
 */
const LITERALS = 256;
const END_OF_BLOCK = 256;
const LENGTH_CODES = 29;
const LITERAL_LENGTH_CODES = LITERALS + 1 + LENGTH_CODES;
const DISTANCE_CODES = 30;
const CODE_LENGTH_CODES = 19;
const MAX_BITS = 15;
const MAX_CODE_LENGTH_BITS = 7;
const HEAP_SIZE = 2 * LITERAL_LENGTH_CODES + 1;

const REPEAT_PREVIOUS = 16;
const REPEAT_ZERO_SHORT = 17;
const REPEAT_ZERO_LONG = 18;

const LENGTH_EXTRA: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_EXTRA: readonly number[] = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
const CODE_LENGTH_EXTRA: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7];
/** In this order the lengths of the code length code are sent, so that the rarest can be left off the end. */
const CODE_LENGTH_ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

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

function reverseBits(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  return reversed;
}

/** Canonical codes from their lengths (RFC 1951 section 3.2.2), written with the first bit lowest as the stream wants them. */
function assignCodes(length: ArrayLike<number>, count: number, code: Uint16Array): void {
  const ofLength = new Uint16Array(MAX_BITS + 1);
  for (let at = 0; at < count; at++) ofLength[length[at] as number]!++;
  ofLength[0] = 0;
  const next = new Uint16Array(MAX_BITS + 1);
  for (let bits = 1; bits <= MAX_BITS; bits++) next[bits] = ((next[bits - 1] as number) + (ofLength[bits - 1] as number)) << 1;
  for (let at = 0; at < count; at++) {
    const bits = length[at] as number;
    if (bits !== 0) code[at] = reverseBits(next[bits]!++, bits);
  }
}

interface Tables {
  readonly fixedLiteralLength: Uint8Array;
  readonly fixedLiteralCode: Uint16Array;
  readonly fixedDistanceLength: Uint8Array;
  readonly fixedDistanceCode: Uint16Array;
  /** Length code of a match length minus 3. */
  readonly lengthCode: Uint8Array;
  readonly lengthBase: readonly number[];
  /** Distance code of a distance minus 1: below 256 as it stands, above by its upper bits at 256. */
  readonly distanceCode: Uint8Array;
  readonly distanceBase: readonly number[];
}

function buildTables(): Tables {
  const fixedLiteralLength = new Uint8Array(288).fill(8).fill(9, 144, 256).fill(7, 256, 280);
  const fixedLiteralCode = new Uint16Array(288);
  assignCodes(fixedLiteralLength, 288, fixedLiteralCode);
  const fixedDistanceLength = new Uint8Array(DISTANCE_CODES).fill(5);
  const fixedDistanceCode = Uint16Array.from({ length: DISTANCE_CODES }, (_, at) => reverseBits(at, 5));
  const lengthCode = new Uint8Array(256);
  const lengthBase: number[] = [];
  let length = 0;
  for (let code = 0; code < LENGTH_CODES - 1; code++) {
    lengthBase.push(length);
    for (let step = 0; step < 1 << (LENGTH_EXTRA[code] as number); step++) lengthCode[length++] = code;
  }
  // The longest match, 258, has a code of its own without extra bits.
  lengthBase.push(0);
  lengthCode[255] = LENGTH_CODES - 1;
  const distanceCode = new Uint8Array(512);
  const distanceBase: number[] = [];
  let distance = 0;
  for (let code = 0; code < DISTANCE_CODES; code++) {
    distanceBase.push(distance);
    for (let step = 0; step < 1 << (DISTANCE_EXTRA[code] as number); step++, distance++) {
      if (distance < 256) distanceCode[distance] = code;
      else distanceCode[256 + (distance >> 7)] = code;
    }
  }
  return { fixedLiteralLength, fixedLiteralCode, fixedDistanceLength, fixedDistanceCode, lengthCode, lengthBase, distanceCode, distanceBase };
}

let sharedTables: Tables | null = null;

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
  #output: Uint8Array;
  #written = 0;
  #bitBuffer = 0;
  #bitCount = 0;

  /** @param maxSymbols how many literals and matches make a block */
  constructor(maxSymbols: number) {
    const tables = (sharedTables ??= buildTables());
    this.#tables = tables;
    this.#literals = createTree(LITERAL_LENGTH_CODES, LENGTH_EXTRA, LITERALS + 1, MAX_BITS, tables.fixedLiteralLength);
    this.#distances = createTree(DISTANCE_CODES, DISTANCE_EXTRA, 0, MAX_BITS, tables.fixedDistanceLength);
    this.#codeLengths = createTree(CODE_LENGTH_CODES, CODE_LENGTH_EXTRA, 0, MAX_CODE_LENGTH_BITS, null);
    this.#symbolDistance = new Uint16Array(maxSymbols);
    this.#symbolLength = new Uint8Array(maxSymbols);
    this.#output = new Uint8Array(1024);
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
      this.#writeBits((TYPE_STORED << 1) | last, 3);
      this.#writeStored(source);
    } else if (fixedBytes === bestBytes) {
      this.#writeBits((TYPE_FIXED << 1) | last, 3);
      const { fixedLiteralCode, fixedLiteralLength, fixedDistanceCode, fixedDistanceLength } = this.#tables;
      this.#writeSymbols(fixedLiteralCode, fixedLiteralLength, fixedDistanceCode, fixedDistanceLength);
    } else {
      this.#writeBits((TYPE_DYNAMIC << 1) | last, 3);
      this.#writeTrees(lastCodeLength);
      this.#writeSymbols(this.#literals.code, this.#literals.length, this.#distances.code, this.#distances.length);
    }
    this.#startBlock();
    if (isLast) this.#alignToByte();
  }

  /** Bytes outside the blocks: the stream's head and its check sum. Only between blocks that end on a byte. */
  writeBytes(...bytes: number[]): void {
    for (const byte of bytes) this.#writeByte(byte);
  }

  /** Everything written so far; the writer starts over. */
  takeOutput(): Uint8Array {
    const output = this.#output.slice(0, this.#written);
    this.#written = 0;
    return output;
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
    this.#writeBits(this.#literals.maxCode + 1 - 257, 5);
    this.#writeBits(this.#distances.maxCode, 5);
    this.#writeBits(lastCodeLength + 1 - 4, 4);
    const { code, length } = this.#codeLengths;
    for (let rank = 0; rank <= lastCodeLength; rank++) this.#writeBits(length[CODE_LENGTH_ORDER[rank] as number] as number, 3);
    const send = (symbol: number, extra: number, extraBits: number): void => {
      this.#writeBits(code[symbol] as number, length[symbol] as number);
      if (extraBits > 0) this.#writeBits(extra, extraBits);
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
        this.#writeBits(literalCode[value] as number, literalLength[value] as number);
        continue;
      }
      const ofLength = lengthCode[value] as number;
      this.#writeBits(literalCode[LITERALS + 1 + ofLength] as number, literalLength[LITERALS + 1 + ofLength] as number);
      const lengthExtra = LENGTH_EXTRA[ofLength] as number;
      if (lengthExtra > 0) this.#writeBits(value - (lengthBase[ofLength] as number), lengthExtra);
      const ofDistance = this.#distanceCode(distance - 1);
      this.#writeBits(distanceCode[ofDistance] as number, distanceLength[ofDistance] as number);
      const distanceExtra = DISTANCE_EXTRA[ofDistance] as number;
      if (distanceExtra > 0) this.#writeBits(distance - 1 - (distanceBase[ofDistance] as number), distanceExtra);
    }
    this.#writeBits(literalCode[END_OF_BLOCK] as number, literalLength[END_OF_BLOCK] as number);
  }

  #writeStored(source: Uint8Array): void {
    this.#alignToByte();
    this.writeBytes(source.length & 255, source.length >> 8, ~source.length & 255, (~source.length >> 8) & 255);
    for (const byte of source) this.#writeByte(byte);
  }

  #writeBits(value: number, count: number): void {
    this.#bitBuffer |= value << this.#bitCount;
    this.#bitCount += count;
    while (this.#bitCount >= 8) {
      this.#writeByte(this.#bitBuffer & 255);
      this.#bitBuffer >>>= 8;
      this.#bitCount -= 8;
    }
  }

  #alignToByte(): void {
    if (this.#bitCount > 0) this.#writeByte(this.#bitBuffer & 255);
    this.#bitBuffer = 0;
    this.#bitCount = 0;
  }

  #writeByte(byte: number): void {
    if (this.#written === this.#output.length) {
      const larger = new Uint8Array(this.#output.length * 2);
      larger.set(this.#output);
      this.#output = larger;
    }
    this.#output[this.#written++] = byte;
  }
}
