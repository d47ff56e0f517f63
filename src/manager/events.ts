import { channel, type Channel } from "node:diagnostics_channel";

/**
 * What Coatcheck tells about. Each is a channel of `node:diagnostics_channel` named `coatcheck:<event>`. Payloads hold ids
 * (digests) and reasons, never a token, a secret or a value. Where building one costs something, `isHeard` is asked before.
 */
export type CoatEvent =
  | "auth.elevated"
  | "auth.login"
  | "auth.login-failed"
  | "auth.logout"
  | "auth.password-changed"
  | "auth.password-upgraded"
  | "auth.session-refused"
  | "auth.throttled"
  | "session.created"
  | "session.updated"
  | "session.renewed"
  | "session.rotated"
  | "session.ended"
  | "session.interrupted"
  | "session.large"
  | "session.replayed"
  | "session.revoked"
  | "conflict.retried"
  | "conflict.overwrote"
  | "cookie.malformed"
  | "cookie.duplicate"
  | "cookie.refused"
  | "cookie.unknown"
  | "cookie.withheld"
  | "cache.overridden"
  | "messages.dropped"
  | "record.corrupt"
  | "record.resealed"
  | "revocation.failed"
  | "store.closed"
  | "schema.mismatch"
  | "store.evicting"
  | "store.failed"
  | "store.opened"
  | "store.swept";

export type EventPayload = Readonly<Record<string, unknown>>;

const channels = new Map<string, Channel>();

/** The channel of an event; made at the first use, because importing does nothing. */
function channelOf(event: string): Channel {
  let found = channels.get(event);
  if (found === undefined) channels.set(event, (found = channel(`coatcheck:${event}`)));
  return found;
}

/** Whether anybody listens: ask before building a payload. */
export function isHeard(event: CoatEvent | (string & {})): boolean {
  return channelOf(event).hasSubscribers;
}

/** Tells an event to whoever listens. */
export function publish(event: CoatEvent | (string & {}), payload: EventPayload): void {
  const to = channelOf(event);
  if (to.hasSubscribers) to.publish(payload);
}
