import type { SessionRecord } from "../store/store.ts";
import { endReason } from "../session/expiry.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { REASONS, type Reason, type ReasonDetail } from "./reasons.ts";

/** A value that was handed out, and what it said when its session was saved. */
export interface HandedOut {
  readonly key: string;
  readonly value: object;
  readonly text: string;
}

const MOST_REMEMBERED = 1000;
/** A cookie that has not come back after this long is not worth a sentence. */
const RETURN_MS = 5 * 60_000;
/** How long a sentence is not repeated. */
const QUIET_MS = 60_000;

/**
 * Development only: remembers enough of what happened to say, in one plain sentence, why a session does not stick.
 */
export class Explainer {
  readonly #log: (sentence: string) => void;
  readonly #now: () => number;
  readonly #said = new Map<string, number>();
  readonly #begun = new Map<string, number>();
  readonly #seen = new Map<string, SessionRecord>();
  #handedOut: { readonly values: readonly HandedOut[]; readonly snapshot: (value: unknown) => string }[] = [];

  constructor(log: (sentence: string) => void, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** Says a reason once a minute for the same thing. */
  say(reason: Reason, detail: ReasonDetail): void {
    const about = `${reason} ${detail["key"] ?? detail["name"] ?? detail["host"] ?? detail["reason"] ?? ""}`;
    const now = this.#now();
    const last = this.#said.get(about);
    if (last !== undefined && now - last < QUIET_MS) return;
    remember(this.#said, about, now);
    this.#log(`coatcheck: [${reason}] ${REASONS[reason](detail)}`);
  }

  /** A record was read or stored: when it is gone later, it is known why. */
  noteRecord(record: SessionRecord): void {
    remember(this.#seen, record.id, record);
  }

  /** A token led to nothing. */
  explainUnknown(exchange: ExchangeState, id: string, name: string): void {
    const record = this.#seen.get(id);
    const now = this.#now();
    if (record === undefined || record.expiresAt > now) return exchange.explain("unknown-token", { name });
    const limits = { idle: `nothing happened for ${record.idleSeconds} s (session.idleTimeout or setExpiry)`, absolute: "its whole length was used up (session.absoluteTimeout)", date: "the date given to setExpiry was reached" };
    exchange.explain("expired-token", { name, secondsAgo: Math.round((now - record.expiresAt) / 1000), because: limits[endReason(record)] });
  }

  /** A session begins. When the same client was given one a moment ago, its browser has not kept the cookie. */
  noteBegin(exchange: ExchangeState, name: string): void {
    const client = `${exchange.connection.clientAddress ?? ""} ${exchange.view.header("user-agent") ?? ""}`;
    const now = this.#now();
    const before = this.#begun.get(client);
    if (before !== undefined && now - before < RETURN_MS && exchange.presented === null) {
      exchange.explain("cookie-not-returned", { name, secondsAgo: Math.round((now - before) / 1000) });
    }
    remember(this.#begun, client, now);
  }

  /** The response is leaving: whoever still changes what was handed out changes nothing. */
  watch(values: readonly HandedOut[], snapshot: (value: unknown) => string): void {
    if (values.length > 0) this.#handedOut.push({ values, snapshot });
    if (this.#handedOut.length > 50) this.#handedOut.shift();
  }

  /** Looks once at everything that was handed out before. */
  inspect(): void {
    const watched = this.#handedOut;
    if (watched.length === 0) return;
    this.#handedOut = [];
    for (const { values, snapshot } of watched) {
      for (const { key, value, text } of values) if (differs(snapshot, value, text)) this.say("late-change", { key });
    }
  }
}

function differs(snapshot: (value: unknown) => string, value: object, text: string): boolean {
  try {
    return snapshot(value) !== text;
  } catch {
    return true;
  }
}

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST_REMEMBERED) map.delete(map.keys().next().value as string);
}
