const MODULUS = 65521;
/** So many bytes can be added before the sums leave 32 bits. */
const RUN = 5552;

/**
 * The check sum of a zlib stream (RFC 1950 section 8.2).
 *
 * @param sum the sum so far; 1 at the start
 */
export function addAdler32(sum: number, bytes: Uint8Array): number {
  let low = sum & 0xffff;
  let high = sum >>> 16;
  for (let from = 0; from < bytes.length; from += RUN) {
    const end = Math.min(from + RUN, bytes.length);
    for (let at = from; at < end; at++) {
      low += bytes[at] as number;
      high += low;
    }
    low %= MODULUS;
    high %= MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}
