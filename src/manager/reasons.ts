/** What a sentence may mention: names and numbers, never a token, a secret or a value. */
export type ReasonDetail = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The words. They are stable. */
export type Reason =
  | "cookie-not-returned"
  | "secure-over-http"
  | "malformed-token"
  | "too-many-cookies"
  | "unknown-token"
  | "expired-token"
  | "two-sessions"
  | "replayed-token"
  | "store-down"
  | "store-not-migrated"
  | "corrupt-record"
  | "schema-mismatch"
  | "session-ended"
  | "changes-dropped"
  | "nothing-written"
  | "nothing-changed"
  | "late-change"
  | "expiry-capped"
  | "conflict-overwrote"
  | "cookie-refused"
  | "large"
  | "looks-secret"
  | "safe-method-write"
  | "csrf-refused";

/**
 * Why something that was expected did not happen: a word for the `Coatcheck-Reason` header and the trace, and the sentence for the
 * log, with the cure.
 */
export const REASONS: Readonly<Record<Reason, (detail: ReasonDetail) => string>> = {
  "cookie-not-returned": (d) =>
    `A session was begun for this client ${d["secondsAgo"]} s ago, and the browser came back without the cookie ${d["name"]}. Does the page send cookies (fetch needs credentials: "include" across origins), do Domain and Path of the cookie cover this address, and is it one host name throughout (localhost and 127.0.0.1 are two)? A second browser on this machine looks the same.`,
  "secure-over-http": (d) =>
    `${d["what"]} was not sent: the request came over http to ${d["host"]}${insecureCure(d)}`,
  "malformed-token": (d) => `The cookie ${d["name"]} holds something that is no session token (cut, forged, or set by another program). The visitor is treated as a stranger.`,
  "too-many-cookies": (d) => `The browser sent more than four cookies named ${d["name"]}. None was tried. Remove the ones with other paths or domains, or choose another session.cookie.name.`,
  "unknown-token": (d) => `The cookie ${d["name"]} leads to no session: it has ended, or was made with another store, namespace or cookie name. The visitor is a stranger, and the next write begins a new session.`,
  "expired-token": (d) => `The session ended ${d["secondsAgo"]} s ago: ${d["because"]}.`,
  "two-sessions": (d) => `The browser sent two cookies named ${d["name"]} that lead to two different live sessions. Neither was used, because their order proves nothing. One of them was set with another Domain or Path: remove it.`,
  "replayed-token": () => "A token came back that was rotated away more than ten seconds ago. Either a very slow request, or somebody has a copy of an old cookie.",
  "store-down": (d) => `The session store could not be read (${d["code"]}). Whatever needs the session fails with 503.`,
  "store-not-migrated": () => "The session store has no table yet. Run `npx coatcheck migrate`, or call `await store.migrate()` at start.",
  "corrupt-record": (d) => `The record ${d["id"]} cannot be read and was removed. Did another program, codec or key write it?`,
  "schema-mismatch": (d) =>
    `What this session holds under ${d["keys"]} does not fit session.schema${d["upgradeFailed"] === true ? `, and the upgrade from version ${d["from"]} to ${d["to"]} failed` : ""}. What does not fit reads as absent, and is kept aside until it fits. Did the shape change? Give it a version and an upgrade: defineSessionSchema().`,
  "session-ended": () => "The session was ended (logout, revocation or rotation) while this request was changing it. Its changes were not kept, and the cookie was left alone.",
  "changes-dropped": (d) => `The handler failed (status ${d["status"]}), so its session changes were dropped. keepChangesOnError: true on the route keeps them.`,
  "nothing-written": () => "This request looked at a session that does not exist yet and put nothing in: no record, no cookie. A change of a copy ({ ...session.data }) is no change of the session: use session.set() or session.change().",
  "nothing-changed": (d) =>
    `This ${d["method"]} read what the session holds under ${d["key"]} and changed nothing. If it was meant to: a change of a copy (structuredClone, { ...value }, filter) is no change of the session, so use session.set() or session.change(), or change the value itself.`,
  "late-change": (d) => `The value under ${d["key"]} was changed after the response had left, so the change is lost. Change it before answering, or use coat.detach() in a stream.`,
  "expiry-capped": (d) => `setExpiry asked for more than session.absoluteTimeout allows: the session ends in ${d["secondsLeft"]} s, whatever its activity. Lengthen session.absoluteTimeout if that is too early.`,
  "conflict-overwrote": (d) => `Two requests set the session key ${d["key"]} at once, and the last one won. session.change("${d["key"]}", …) keeps both.`,
  "cookie-refused": (d) => `The cookie ${d["name"]} was not accepted (${d["reason"]}) and counts as absent.`,
  large: (d) => `The session takes ${d["bytes"]} bytes, most of them under ${d["key"]}. It is read and parsed with every request: keep large things in your database and their id in the session.`,
  "looks-secret": (d) => `The ${d["where"]} ${d["key"]} looks like a secret (${d["kind"]}). Sessions are read by whoever reads the store, cookies by whoever has the browser: keep secrets in neither.`,
  "safe-method-write": () => "A GET that another site caused changed the session: any page can do that with a link or an image. Change things by POST, or set csrf.safeMethods: \"refuse\".",
  "csrf-refused": (d) => `The request was refused (${d["reason"]}): ${d["explanation"]}`,
};

function insecureCure({ proto, peer }: ReasonDetail): string {
  if (proto === "https") return ", where browsers drop a Secure cookie. A proxy says X-Forwarded-Proto: https, but none is trusted: set trustProxy to the number of proxies before this process, or to their addresses.";
  if (typeof peer === "string") {
    return `, and from ${peer}, which is not this machine (a container? a virtual machine?): http counts as safe only where both ends are the same machine. While you develop, set session.cookie.secure: process.env.NODE_ENV === "production", have the container share the host's network, or serve it over https.`;
  }
  return ", where browsers drop a Secure cookie. Serve the site over https, or open it as http://localhost. Behind a proxy that ends TLS, have it send X-Forwarded-Proto and set trustProxy. session.cookie.secure: false sends sessions in clear.";
}
