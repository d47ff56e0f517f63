/** The alphabets of deflate (RFC 1951 section 3.2), and what follows from them. */

export const LITERALS = 256;
export const END_OF_BLOCK = 256;
const LENGTH_CODES = 29;
export const LITERAL_LENGTH_CODES: number = LITERALS + 1 + LENGTH_CODES;
export const DISTANCE_CODES = 30;
export const CODE_LENGTH_CODES = 19;
export const MAX_BITS = 15;

export const LENGTH_EXTRA: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
export const DISTANCE_EXTRA: readonly number[] = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13];
export const CODE_LENGTH_EXTRA: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 7];
/** In this order the lengths of the code length code are sent, so that the rarest can be left off the end. */
export const CODE_LENGTH_ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function reverseBits(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
  return reversed;
}

/** Canonical codes from their lengths (RFC 1951 section 3.2.2), written with the first bit lowest as the stream wants them. */
export function assignCodes(length: ArrayLike<number>, count: number, code: Uint16Array): void {
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

export interface Tables {
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

let shared: Tables | null = null;

/** Made at the first use. */
export function tables(): Tables {
  shared ??= buildTables();
  return shared;
}
