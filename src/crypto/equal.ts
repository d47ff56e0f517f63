import { timingSafeEqual } from "./platform.ts";

/**
 * Compares two secrets (signatures, digests, tokens) in a time that depends on their length only, never on where they
 * differ. Every comparison of secrets in Coatcheck comes here or to {@link equalBytes}.
 *
 * Texts are compared as texts: two spellings of one digest are different. The length of what is compared is public.
 *
 * @example
 * equalText("c2lnbmF0dXJl", "c2lnbmF0dXJl"); // true
 */
export function equalText(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  const a = Buffer.from(left, "utf8");
  const b = Buffer.from(right, "utf8");
  // Texts of equal length can still differ in bytes; then they are different texts.
  return a.length === b.length && timingSafeEqual(a, b);
}

/** As {@link equalText}, for bytes. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
