/** Options of other libraries, by what they are called there, and what to write here. */
const HINTS: ReadonlyMap<string, string> = new Map([
  // express-session, cookie-session, @fastify/session, iron-session
  ["secret", "Write secrets: [process.env.SECRET_KEY], a list with the newest first."],
  ["password", "Write secrets: [process.env.SECRET_KEY], a list with the newest first."],
  ["keys", "Write secrets: [process.env.SECRET_KEY], a list with the newest first."],
  ["resave", "Leave it out: a session is written when it has changed, and a request that changed nothing overwrites nothing."],
  ["saveuninitialized", "Leave it out: a session begins with the first value that is put into it."],
  ["rolling", 'Leave it out: activity moves the end of a session anyway. session.renew: "always" does it with every request.'],
  ["maxage", 'Write session.idleTimeout, a duration such as "14d" (a number counts seconds, not milliseconds).'],
  ["expires", 'Write session.idleTimeout or session.absoluteTimeout, durations such as "14d".'],
  ["ttl", 'Write session.idleTimeout, a duration such as "14d" (a number counts seconds).'],
  ["cookiename", "Write session.cookie.name."],
  ["cookieoptions", "Write session.cookie: { … }."],
  ["proxy", "Write trustProxy: the number of proxies before this process, or their addresses."],
  ["unset", "Leave it out: session.flush() ends a session, and so does removing its last value."],
  ["genid", "Leave it out: tokens are 256 random bits, and only digests of them are stored."],
  ["prefix", 'Give it to the store: redisStore(client, { prefix: "…" }). Applications on one store are kept apart by namespace.'],
  ["signed", "Leave it out: the cookie holds a random token, which needs no signature."],
  ["overwrite", "Leave it out: the session cookie is sent once in a response."],
]);

/**
 * What to write for an option of another library.
 *
 * @param name dotted, as it was given
 * @returns a sentence; null for a name that is not known
 */
export function hintForForeign(name: string): string | null {
  return HINTS.get(name.slice(name.lastIndexOf(".") + 1).toLowerCase()) ?? null;
}
