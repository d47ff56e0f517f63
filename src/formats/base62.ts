const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A whole number in base 62 (digits, upper case, lower case), as Django writes the seconds in signed values. */
export function encodeBase62(value: number): string {
  if (!Number.isSafeInteger(value)) throw new RangeError("base 62 takes whole numbers only");
  let rest = Math.abs(value);
  let text = "";
  do {
    text = DIGITS.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  } while (rest > 0);
  return value < 0 ? `-${text}` : text;
}

/** @returns the number, or null for the empty text, an unknown digit or a number that cannot be held exactly */
export function decodeBase62(text: string): number | null {
  const isNegative = text.startsWith("-");
  const digits = isNegative ? text.slice(1) : text;
  // Eleven digits exceed every safe number, whatever leading zeros could make longer is no time anybody wrote.
  if (digits === "" || digits.length > 32) return null;
  let value = 0;
  for (const digit of digits) {
    const worth = DIGITS.indexOf(digit);
    if (worth === -1) return null;
    value = value * 62 + worth;
  }
  if (!Number.isSafeInteger(value)) return null;
  return isNegative && value !== 0 ? -value : value;
}
