import { ReservedKey } from "../errors.ts";
import { chooseExpiry, endReason, secondsLeft, type EndReason, type ExpiryChoice } from "./expiry.ts";
import { parseDuration } from "./duration.ts";
import { isReserved, RESERVED } from "./keys.ts";
import { liveData } from "./live-data.ts";
import { definePrinting } from "./print-session.ts";
import type { SessionState } from "./state.ts";
import { ABSENT } from "./values.ts";

/**
 * The keys and types of your session. Extend it once in your application:
 *
 * @example
 * declare module "coatcheck" {
 *   interface SessionData { cart: string[]; visits: number }
 * }
 */
export interface SessionData {}

/** The keys that an application may use. */
export type SessionKey<Data> = Extract<keyof Data, string>;

/** What stands under a key that has a value. */
export type Present<Data, Key extends keyof Data> = Exclude<Data[Key], undefined>;

let readState: (session: Session<object>) => SessionState;

/** The state behind a session, for features and the manager. */
export function stateOf<Data extends object>(session: Session<Data>): SessionState {
  return readState(session as unknown as Session<object>);
}

function checkKey(key: unknown): string {
  if (typeof key !== "string") throw new TypeError("A session key is a string.");
  if (isReserved(key)) throw new ReservedKey(key);
  return key;
}

/** Whether an expiry was asked for that the absolute limit cuts short. */
function wantsMore(choice: ExpiryChoice, expiresAt: number, now: number): boolean {
  if (choice === null) return false;
  return expiresAt < (choice instanceof Date ? choice.getTime() : now + parseDuration("setExpiry", choice) * 1000);
}

/**
 * The session of one request: a typed map with a lifecycle. Looking at it costs nothing but the look; what changed is found
 * out when the response is ready, and saved before its first byte leaves. Keys that begin with `_` are not visible here.
 *
 * Each method throws `StoreUnavailable` when the record could not be read, and `SessionNotLoaded` on a lazy route. Methods that
 * change something throw `SessionCommitted` once the response has begun to leave.
 */
export class Session<Data extends object = SessionData> implements Iterable<[SessionKey<Data>, unknown]> {
  readonly #state: SessionState;
  #data: Partial<Data> | null = null;

  static {
    readState = (session) => session.#state;
    definePrinting(this.prototype as Session<object>, "Session", readState);
  }

  constructor(state: SessionState) {
    this.#state = state;
  }

  /** The value under `key`; `fallback`, or undefined, when there is none. Django: `get`. */
  get<Key extends SessionKey<Data>>(key: Key): Data[Key] | undefined;
  get<Key extends SessionKey<Data>, Fallback>(key: Key, fallback: Fallback): Present<Data, Key> | Fallback;
  get(key: string, fallback?: unknown): unknown {
    this.#state.look();
    if (isReserved(key)) return fallback;
    const value = this.#state.values.get(key);
    return value === ABSENT ? fallback : value;
  }

  /** Whether a value stands under `key`, be it false, 0, "" or null. */
  has(key: SessionKey<Data>): boolean {
    this.#state.look();
    return !isReserved(key) && this.#state.values.has(key);
  }

  /** Puts `value` under `key`. Undefined removes the key. @throws UnsupportedValue at once for what cannot be kept, SessionValueRejected for what does not fit `session.schema` */
  set<Key extends SessionKey<Data>>(key: Key, value: Data[Key]): this {
    this.#state.alter("session.set()");
    checkKey(key);
    if (value === undefined) this.#state.values.delete(key);
    else this.#state.values.set(key, value);
    return this;
  }

  /** Removes `key` and says whether it was there. */
  delete(key: SessionKey<Data>): boolean {
    this.#state.alter("session.delete()");
    checkKey(key);
    const existed = this.#state.values.has(key);
    if (existed) this.#state.values.delete(key);
    return existed;
  }

  /** Removes `key` and returns what stood under it. Django: `pop`. */
  pop<Key extends SessionKey<Data>>(key: Key): Data[Key] | undefined;
  pop<Key extends SessionKey<Data>, Fallback>(key: Key, fallback: Fallback): Present<Data, Key> | Fallback;
  pop(key: string, fallback?: unknown): unknown {
    this.#state.alter("session.pop()");
    const value = this.#state.values.get(checkKey(key));
    if (value === ABSENT) return fallback;
    this.#state.values.delete(key);
    return value;
  }

  /** The value under `key`; where there is none, `value` is put there first. Django: `setdefault`. */
  setDefault<Key extends SessionKey<Data>>(key: Key, value: Present<Data, Key>): Present<Data, Key> {
    this.#state.alter("session.setDefault()");
    checkKey(key);
    const present = this.#state.values.get(key);
    if (present !== ABSENT) return present as Present<Data, Key>;
    this.#state.values.set(key, value);
    return value;
  }

  /** Sets several keys. Django: `update`. */
  assign(values: Partial<Data>): this {
    for (const key of Object.keys(values)) this.set(key as SessionKey<Data>, values[key as keyof Data] as Data[SessionKey<Data>]);
    return this;
  }

  /**
   * Changes the value under `key` so that no parallel request is lost: `change` runs at once, and again on the newer value when
   * another request saved one first. It must be synchronous and depend on nothing but its argument.
   *
   * @returns the new value, provisional until the session is saved
   * @example
   * session.change("cart", (cart = []) => [...cart, book]); // two tabs at once: both books stay
   */
  change<Key extends SessionKey<Data>, Result extends Data[Key] | undefined>(key: Key, change: (current: Data[Key] | undefined) => Result): Result {
    this.#state.alter("session.change()");
    const value = this.#state.values.change(checkKey(key), change as (current: unknown) => unknown);
    return (value === ABSENT ? undefined : value) as Result;
  }

  /** The application's keys. */
  keys(): SessionKey<Data>[] {
    this.#state.look();
    return this.#state.values.keys().filter((key) => !isReserved(key)) as SessionKey<Data>[];
  }

  values(): unknown[] {
    return this.keys().map((key) => this.get(key));
  }

  entries(): [SessionKey<Data>, unknown][] {
    return this.keys().map((key) => [key, this.get(key)]);
  }

  [Symbol.iterator](): Iterator<[SessionKey<Data>, unknown]> {
    return this.entries()[Symbol.iterator]();
  }

  get size(): number {
    return this.keys().length;
  }

  /** Neither the application nor Coatcheck keeps anything here. An emptied session is deleted, record and cookie. Django: `is_empty`. */
  get isEmpty(): boolean {
    this.#state.look();
    return this.#state.values.keys().length === 0;
  }

  /** Removes every key that the session has now. A login stays; `flush` ends everything. Django: `clear`. */
  clear(): void {
    this.#state.alter("session.clear()");
    for (const key of this.keys()) this.#state.values.delete(key);
    this.#state.values.forgetAside();
  }

  /** The same values as an object: `session.data.cart?.push(book)`. */
  get data(): Partial<Data> {
    return (this.#data ??= liveData<Data>(this, this.#state));
  }

  /**
   * Ends the session: record, cookie, login. What is set afterwards begins a new one under a new token. Called too late, it still ends
   * the record, and then throws SessionCommitted, because the browser keeps its cookie. Django: `flush`.
   */
  flush(): void {
    this.#state.flush();
  }

  /** Keeps the values under a new token; the old one is dead at once. Login does it by itself. Django: `cycle_key`. */
  rotate(): void {
    this.#state.alter("session.rotate()");
    this.#state.rotation ??= "privilege";
  }

  /** Saves now instead of when the response is ready. @throws SessionEnded, SessionConflict, StoreUnavailable, UnsupportedValue */
  async save(): Promise<void> {
    this.#state.alter("session.save()");
    await this.#state.host.save(this.#state);
  }

  /** Reads the record again and drops what this request has changed. */
  async reload(): Promise<void> {
    this.#state.alter("session.reload()");
    await this.#state.host.reload(this.#state);
  }

  /**
   * Gives this session a lifetime of its own: seconds or `"5m"` without activity, a Date, 0 (until the browser closes; the server
   * still ends it after the idle time), or null (the application's setting). `session.absoluteTimeout` holds in any case.
   * Django: `set_expiry`. @throws InvalidDuration
   */
  setExpiry(choice: ExpiryChoice): void {
    const state = this.#state;
    state.alter("session.setExpiry()");
    const now = state.host.now();
    const times = chooseExpiry(state.times(), choice, state.host.policy, now);
    if (wantsMore(choice, times.expiresAt, now)) state.host.explain("expiry-capped", { secondsLeft: secondsLeft(times, now) });
    state.expiryChoice = choice;
  }

  /** When the session ends if nothing more happens, milliseconds since 1970. Django: `get_expiry_date`. */
  get expiresAt(): number {
    this.#state.look();
    return this.#state.times().expiresAt;
  }

  /** Whole seconds until then. Django: `get_expiry_age`. */
  get expiryAge(): number {
    this.#state.look();
    return secondsLeft(this.#state.times(), this.#state.host.now());
  }

  /** Whether the cookie lives until the browser closes. Django: `get_expire_at_browser_close`. */
  get endsWithBrowser(): boolean {
    this.#state.look();
    return !this.#state.times().persistent;
  }

  /** The limit that will end the session: no activity (`idle`), its whole length (`absolute`), or a `date` that was set. */
  get endsBecause(): EndReason {
    this.#state.look();
    return endReason(this.#state.times());
  }

  /** The id of the record: a digest, safe to log; null until the session is first saved. */
  get id(): string | null {
    this.#state.look();
    return this.#state.record?.id ?? null;
  }

  /** No record exists for this session yet. */
  get isNew(): boolean {
    this.#state.look();
    return this.#state.record === null;
  }

  /** Whether this request has looked at the session. */
  get accessed(): boolean {
    return this.#state.accessed;
  }

  /** Whether there is something to save. Setting it to true saves the session even if nothing differs. */
  get modified(): boolean {
    this.#state.look();
    return this.#state.forced || this.#state.flushed || this.#state.rotation !== null || this.#state.values.collectEdits() !== null;
  }

  set modified(force: boolean) {
    this.#state.alter("session.modified");
    this.#state.forced = force;
  }

  /** Stores a mark, to find out with the next request whether the browser keeps cookies. Django: `set_test_cookie`. */
  setTestCookie(): void {
    this.#state.alter("session.setTestCookie()");
    this.#state.values.set(RESERVED.testCookie, "worked");
  }

  /** Whether the mark of an earlier request came back. */
  testCookieWorked(): boolean {
    this.#state.look();
    return this.#state.values.get(RESERVED.testCookie) === "worked";
  }

  deleteTestCookie(): void {
    this.#state.alter("session.deleteTestCookie()");
    this.#state.values.delete(RESERVED.testCookie);
  }

  /** Values do not belong into logs. */
  toJSON(): { id: string | null } {
    return { id: this.#state.record?.id ?? null };
  }
}
