import { ConfigurationError } from "../errors.ts";
import type { Codec } from "../codec/codec.ts";
import type { ExpiryPolicy } from "../session/expiry.ts";
import { SessionState, type SessionHost } from "../session/state.ts";
import type { SessionStore } from "../store/store.ts";
import type { SessionSchema } from "../session/session-schema.ts";
import type { ValueRules } from "../session/values.ts";
import { endSessionLate } from "./commit-delete.ts";
import { saveExchange } from "./commit.ts";
import type { Connection } from "./connection.ts";
import { publish } from "./events.ts";
import { reopenSession } from "./open.ts";
import { OutgoingCookies } from "./outgoing.ts";
import type { RequestView, RouteOptions } from "./request-view.ts";
import type { Reason, ReasonDetail } from "./reasons.ts";
import type { Presented } from "./residence.ts";
import type { SessionManager } from "./session-manager.ts";
import { Trace, traceStore } from "./trace.ts";

const NO_OPTIONS: RouteOptions = Object.freeze({});

/** @param kept false: the handler or the commit failed, and what the request changed is not kept */
export type SettledStep = (kept: boolean) => Promise<void> | undefined;

/** What one request and its response have to do with sessions. */
export class ExchangeState implements SessionHost {
  readonly manager: SessionManager;
  readonly view: RequestView;
  readonly use: RouteOptions;
  readonly session: SessionState;
  readonly trace: Trace | null;
  presented: Presented | null = null;
  /** The request came with a token that was periodically rotated: the browser may hold the newer one, so none is sent. */
  followed = false;
  /** A cookie of the application's own was looked at: the response depends on the Cookie header. */
  looksAtCookies = false;
  /** The request is no activity. */
  passive: boolean;
  /** What the request's own token stood for, whatever has become of the session since. */
  openedId: string | null = null;
  /** When the record was asked for, milliseconds since 1970; null when it was not. */
  readAt: number | null = null;
  /** Resolves, and never rejects, when what was begun with the record before the response is over; null when nothing is under way. */
  saving: Promise<void> | null = null;
  /** What the residence keeps for this request, made when it is first needed. */
  carried: object | null = null;
  #slots: Map<object, unknown> | null = null;
  /** Request headers beside Cookie that the response depends on; null for none. */
  varyOn: string[] | null = null;
  /** Response headers that a feature adds; null for none. */
  extraHeaders: (readonly [name: string, value: string])[] | null = null;
  /** What `outgoing` holds; null as long as nobody has set a cookie. */
  sent: OutgoingCookies | null = null;
  #beforeCommit: (() => void)[] | null = null;
  #settled: SettledStep[] | null = null;
  #connection: Connection | null = null;
  #store: SessionStore | null = null;

  constructor(manager: SessionManager, view: RequestView, use: RouteOptions = NO_OPTIONS) {
    this.manager = manager;
    this.view = view;
    this.use = use;
    this.passive = use.passive ?? false;
    this.trace = manager.settings.production ? null : new Trace();
    this.session = new SessionState(this);
    this.session.readonly = use.readonly ?? false;
  }

  /** The browser's connection, found out when it is first needed. */
  get connection(): Connection {
    return (this.#connection ??= this.manager.settings.readConnection(this.view));
  }

  /** The cookies that leave with the response. Most set none: ask `sent` first whether there are any. */
  get outgoing(): OutgoingCookies {
    return (this.sent ??= new OutgoingCookies());
  }

  /** The store for this request. */
  get store(): SessionStore {
    if (this.#store === null) {
      const store = this.manager.residence.storeFor(this);
      this.#store = this.trace === null ? store : traceStore(store, this.trace);
    }
    return this.#store;
  }

  /** In development: says in the response, the log and the trace why something did not happen. */
  explain(reason: Reason, detail: ReasonDetail = {}): void {
    if (this.trace === null) return;
    if (!this.trace.reasons.includes(reason)) this.trace.reasons.push(reason);
    this.manager.explainer?.say(reason, detail);
  }

  /** What a feature keeps for this request, made when it is first needed. */
  slot<Value>(owner: object, make: () => Value): Value {
    const known = this.#slots?.get(owner) as Value | undefined;
    if (known !== undefined) return known;
    const made = make();
    (this.#slots ??= new Map()).set(owner, made);
    return made;
  }

  /** Has something done when the response is ready, before it is decided what to save. Once, in the order of the calls. */
  onBeforeCommit(step: () => void): void {
    (this.#beforeCommit ??= []).push(step);
  }

  runBeforeCommit(): void {
    const steps = this.#beforeCommit;
    this.#beforeCommit = null;
    for (const step of steps ?? []) step();
  }

  /** Has something done once it is known whether this request's changes are kept: the store has said yes, or they were dropped. */
  onSettled(step: SettledStep): void {
    (this.#settled ??= []).push(step);
  }

  /** @returns null, at once, when nobody has to be awaited */
  settle(kept: boolean): Promise<unknown> | null {
    const steps = this.#settled;
    if (steps === null) return null;
    this.#settled = null;
    const waits = steps.map((step) => step(kept)).filter((wait) => wait !== undefined);
    return waits.length === 0 ? null : Promise.all(waits);
  }

  /** The response depends on this request header as well. */
  addVary(name: string): void {
    if (this.varyOn?.includes(name) !== true) (this.varyOn ??= []).push(name);
  }

  get codec(): Codec {
    return this.manager.settings.codec;
  }

  get valueRules(): ValueRules | null {
    const { schema } = this.manager.settings;
    return schema === null ? null : this.#makeRules(schema);
  }

  get policy(): ExpiryPolicy {
    return this.manager.settings.policy;
  }

  #makeRules(schema: SessionSchema): ValueRules {
    return {
      schema,
      onMismatch: ({ keys, dropped, from, to, upgradeFailed }) => {
        publish("schema.mismatch", { id: this.session.record?.id ?? null, keys, dropped, from, to, upgradeFailed });
        this.explain("schema-mismatch", { keys: [...keys, ...dropped].join(", ") || "its keys", from, to, upgradeFailed });
      },
    };
  }

  now(): number {
    return this.manager.settings.clock.now();
  }

  async save(): Promise<void> {
    if (this.session.detached && this.manager.residence.cookieCarriesRecord) {
      throw new ConfigurationError("store", "a session that lives in the cookie cannot outlive the response, so what coat.detach() returned can be read and not saved. Save it before the response begins, or use a store at the server.");
    }
    await saveExchange(this);
  }

  /**
   * Does something with the record while the handler goes on: one at a time, in the order of the calls. A failure is told to the
   * caller; those in line behind it begin all the same.
   *
   * @param work returns null when there is nothing to wait for
   */
  takeTurn(work: () => Promise<void> | null): Promise<void> | null {
    const { saving } = this;
    const working = saving === null ? work() : saving.then(() => work() ?? undefined);
    if (working === null) return null;
    const done = (): void => {
      if (this.saving === over) this.saving = null;
    };
    const over = working.then(done, done);
    this.saving = over;
    return working;
  }

  endLate(id: string): void {
    void endSessionLate(this, id);
  }

  async reload(): Promise<void> {
    await this.takeTurn(() => reopenSession(this));
  }
}
