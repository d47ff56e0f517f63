/**
 * Base64url without padding (RFC 4648 section 5), one spelling only: padding, the other alphabet, stray bits in the last
 * character, blanks and anything behind the end are refused.
 *
 * @returns the bytes, or null when the text is not exactly what {@link encodeBase64url} writes
 */
export function decodeBase64url(text: string): Uint8Array | null {
  const bytes = Buffer.from(text, "base64url");
  // The platform's decoder skips what it does not know; writing the bytes again shows whether it had to.
  return bytes.toString("base64url") === text ? bytes : null;
}

/** Bytes as base64url without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}
