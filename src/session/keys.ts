/**
 * Session keys that begin with an underscore are Coatcheck's own. Features meet here and nowhere else: none of them imports
 * another, and an application cannot write these keys by accident or on behalf of a stranger.
 */
export const RESERVED = {
  /** User id, backend, session hash, time and method of authentication. */
  auth: "_auth",
  /** The CSRF secret, when `csrf.inSession` is on, and the binding secret otherwise. */
  csrf: "_csrf",
  /** Undelivered messages. */
  messages: "_messages",
  /** When the session last got a new token, milliseconds since 1970. */
  rotatedAt: "_rotated",
  /** The value of `setTestCookie`. */
  testCookie: "_testcookie",
  /** Where a periodically rotated session went, and until when the old token still leads there. */
  successor: "_successor",
  /** The version of the application's schema that the data was written with. */
  schema: "_schema",
  /** Values that did not fit the schema. */
  aside: "_aside",
  /** Name and user agent of the device, for "your devices". */
  device: "_device",
} as const;

/** Whether a key is out of the application's reach. */
export function isReserved(key: string): boolean {
  return key.charCodeAt(0) === 95;
}
