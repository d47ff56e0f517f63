import type { Codec } from "../codec/codec.ts";
import { SessionCommitted, SessionEnded, SessionNotLoaded, SessionReadonly } from "../errors.ts";
import type { SessionRecord } from "../store/store.ts";
import { beginTimes, chooseExpiry, type ExpiryChoice, type ExpiryPolicy, type SessionTimes } from "./expiry.ts";
import { Values, type ValueRules, type ValuesOwner } from "./values.ts";

/**
 * Why a session gets a new token. `privilege` covers everything that changes what its holder may do; at `login` the loser of
 * two parallel logins gets a fresh session instead of an error; `periodic` leaves the old token usable for a few seconds.
 */
export type RotationReason = "privilege" | "login" | "periodic";

/** What a session needs from whoever opened it. */
export interface SessionHost {
  readonly codec: Codec;
  readonly policy: ExpiryPolicy;
  /** Null when the application has no schema. */
  readonly valueRules: ValueRules | null;
  now(): number;
  /** Writes the session now. */
  save(state: SessionState): Promise<void>;
  /** Ends the session in the store although the response has left: whoever still holds its cookie is a stranger. */
  endLate(id: string): void;
  /** In development: says why something is not as asked for. */
  explain(reason: "expiry-capped", detail: Readonly<Record<string, number>>): void;
  /** Reads the record again and drops what this request changed. */
  reload(state: SessionState): Promise<void>;
}

/** Everything that is known about the session of one request. The public face is `Session`; features and the manager work on this. */
export class SessionState implements ValuesOwner {
  readonly host: SessionHost;
  /** What the store holds, as far as this request knows; null for a session that does not exist (yet). */
  record: SessionRecord | null = null;
  /** The token that the client sent and that led to the record. */
  token: string | null = null;
  readonly values: Values;
  loaded = true;
  /** Why the record could not be read. Thrown at the first look. */
  failure: Error | null = null;
  /** The record could not be read, and this route may live without: it sees an empty session that it cannot change. */
  outage: Error | null = null;
  /** The record was found, but its text cannot be read. It counts as absent and is removed. */
  corrupt: SessionRecord | null = null;
  /** Somebody looked at the session, even if only to find none: the response depends on the cookie. */
  accessed = false;
  /** `session.modified = true`. */
  forced = false;
  /** What was read is protected by a retired key, and is written anew at the next occasion. */
  renewsKey = false;
  readonly = false;
  /** The response is leaving. */
  closed = false;
  /** This session object cannot set cookies any more (a stream is running). */
  detached = false;
  rotation: RotationReason | null = null;
  expiryChoice: ExpiryChoice | undefined = undefined;
  /** The user whom the record shall belong to from now on; undefined: unchanged. */
  owner: string | null | undefined = undefined;
  flushed = false;
  /** How often `flush` was called: a write that is under way sees by it that its session is over. */
  flushes = 0;
  /** Somebody else ended the session while this request was running: nothing of it can be kept any more. */
  ended = false;
  /** The record that `flush` ended, until the commit has removed it. */
  doomed: SessionRecord | null = null;

  constructor(host: SessionHost) {
    this.host = host;
    this.values = new Values(host.codec, null, this, host.valueRules);
  }

  valuesCorrupt(): void {
    this.corrupt = this.record;
    this.record = null;
    this.token = null;
  }

  /** Takes a record as the session's content. */
  adopt(record: SessionRecord | null, token: string | null): void {
    this.record = record;
    this.token = token;
    this.values.restart(record === null ? null : record.data);
    this.loaded = true;
    this.failure = null;
  }

  /** Takes over what another state knows of the session, to go on without cookies. */
  detachFrom(attached: SessionState): void {
    this.adopt(attached.record, attached.token);
    this.failure = attached.failure;
    this.outage = attached.outage;
    this.ended = attached.ended;
    this.readonly = attached.readonly;
    this.detached = true;
  }

  /** Call before every look. */
  look(): void {
    this.accessed = true;
    if (this.failure !== null) throw this.failure;
    if (!this.loaded) throw new SessionNotLoaded();
  }

  /** Call before every change. `what` opens the sentence of the error. */
  alter(what: string): void {
    this.look();
    if (this.outage !== null) throw this.outage;
    if (this.closed) throw new SessionCommitted(what);
    if (this.readonly) throw new SessionReadonly(what);
    if (this.ended) throw new SessionEnded();
  }

  /** Somebody else has ended the session. What was read of it may be looked at; nothing comes back, neither record nor cookie. */
  end(): void {
    this.ended = true;
    this.record = null;
    this.token = null;
  }

  /** Ends the session: the record, its data and every change before this one. */
  flush(): void {
    if (this.closed && this.failure === null && this.record !== null) {
      this.host.endLate(this.record.id);
      throw new SessionCommitted("The session has been ended, but session.flush()");
    }
    // What was asked for has happened already.
    if (this.ended && !this.closed) return this.values.restart(null);
    this.alter("session.flush()");
    this.flushes++;
    if (this.record !== null) this.doomed = this.record;
    this.record = null;
    this.values.restart(null);
    this.flushed = true;
    this.forced = false;
    this.rotation = null;
    this.expiryChoice = undefined;
    this.owner = undefined;
  }

  /** When the session ends if it is saved as it stands now. */
  times(): SessionTimes {
    const now = this.host.now();
    const times: SessionTimes = this.record ?? beginTimes(this.host.policy, now);
    return this.expiryChoice === undefined ? times : chooseExpiry(times, this.expiryChoice, this.host.policy, now);
  }
}
