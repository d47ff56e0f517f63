/** An IP address as a number, with how many bits it has. */
interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A network: an address and how many of its leading bits count. */
export interface Network extends Address {
  readonly prefix: number;
}

function parseIPv4(text: string): bigint | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return null;
    value = value * 256n + BigInt(part);
  }
  return value;
}

function parseIPv6(text: string): bigint | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], tail = []] = groups;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  let value = 0n;
  for (const group of [...head, ...Array<string>(missing).fill("0"), ...tail]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return null;
    value = value * 65_536n + BigInt(`0x${group}`);
  }
  return value;
}

/** Reads an address; an IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`) is the IPv4 address. Null for anything else. */
export function parseAddress(text: string): Address | null {
  const folded = text.toLowerCase().startsWith("::ffff:") && text.includes(".") ? text.slice(7) : text;
  if (folded.length > 45) return null;
  const four = parseIPv4(folded);
  if (four !== null) return { bits: 32, value: four };
  const six = folded.includes(":") ? parseIPv6(folded) : null;
  return six === null ? null : { bits: 128, value: six };
}

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address. Null for anything else. */
export function parseNetwork(text: string): Network | null {
  const [address = "", length, ...rest] = text.split("/");
  const parsed = parseAddress(address);
  if (parsed === null || rest.length > 0) return null;
  if (length === undefined) return { ...parsed, prefix: parsed.bits };
  if (!/^\d{1,3}$/.test(length) || Number(length) > parsed.bits) return null;
  return { ...parsed, prefix: Number(length) };
}

export function isInNetwork(address: string | undefined, network: Network): boolean {
  const parsed = address === undefined ? null : parseAddress(address);
  if (parsed === null || parsed.bits !== network.bits) return false;
  const shift = BigInt(network.bits - network.prefix);
  return parsed.value >> shift === network.value >> shift;
}
