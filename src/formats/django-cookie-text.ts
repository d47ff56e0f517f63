/** Characters that Python's `http.cookies` leaves without quotes. */
const NEEDS_NO_QUOTES = /^[\w!#$%&'*+\-.^`|~:]+$/;
/** Inside quotes these stay as they are; so does everything above U+00FF. */
const NEEDS_ESCAPE = /["\\]|[^ !#-+\-./0-:<-[\]-~\u0100-\uffff]/g;

/**
 * A cookie value as Python's `http.cookies` writes it: as it is if it can be, else in double quotes with octal escapes. Nothing is
 * percent-encoded.
 */
export function quoteDjangoCookie(value: string): string {
  if (NEEDS_NO_QUOTES.test(value)) return value;
  const escaped = value.replace(NEEDS_ESCAPE, (unit) => (unit === "\"" || unit === "\\" ? `\\${unit}` : `\\${unit.charCodeAt(0).toString(8).padStart(3, "0")}`));
  return `"${escaped}"`;
}
