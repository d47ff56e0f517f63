const SLOTS = 16_384;
const POLYNOMIAL = 0x1021;

let table: Uint16Array | undefined;

/** CRC-16/XMODEM of each byte. */
function makeTable(): Uint16Array {
  return Uint16Array.from({ length: 256 }, (_, byte) => {
    let sum = byte << 8;
    for (let bit = 0; bit < 8; bit++) sum = sum & 0x8000 ? (sum << 1) ^ POLYNOMIAL : sum << 1;
    return sum & 0xffff;
  });
}

/**
 * The slot of a key in a Redis Cluster: of what stands between its first braces, if anything does, else of the whole.
 *
 * @param key ASCII, as all our keys are
 * @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model
 */
export function slotOf(key: string): number {
  const sums = (table ??= makeTable());
  const open = key.indexOf("{");
  const close = open === -1 ? -1 : key.indexOf("}", open + 1);
  const [from, to] = close > open + 1 ? [open + 1, close] : [0, key.length];
  let sum = 0;
  for (let at = from; at < to; at++) sum = ((sum << 8) & 0xffff) ^ (sums[((sum >> 8) ^ key.charCodeAt(at)) & 0xff] as number);
  return sum % SLOTS;
}
