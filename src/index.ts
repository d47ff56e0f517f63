/** The main door: what an application needs to make its cloakroom, and the words that its types are written in. */
export { createCoatcheck, type Coatcheck } from "./coat/coatcheck.ts";
export { Coat, type Refusal } from "./coat/coat.ts";
export type { AppCookieOptions, AppCookies } from "./coat/app-cookies.ts";
export type { Ending, FieldValue, HandlerOutcome, RequestView, RouteOptions } from "./coat/exchange.ts";
export type { ListOptions, SessionAdministration, SessionView } from "./coat/session-administration.ts";
export type { CoatcheckOptions } from "./manager/coatcheck-options.ts";
export type { CoatEvent } from "./manager/events.ts";
export type { Plan } from "./manager/plan.ts";
export type { StoreCall, Trace } from "./manager/trace.ts";
export { Session, type SessionData, type SessionKey } from "./session/session.ts";
export type { Duration } from "./session/duration.ts";
export type { EndReason, ExpiryChoice } from "./session/expiry.ts";
export { systemClock, type Clock } from "./clock.ts";
export type { Codec, SessionValues } from "./codec/codec.ts";
export { jsonCodec } from "./codec/json.ts";
export type { DeleteOutcome, ReadOptions, SessionRecord, SessionStore, StoreCallOptions, StoreCapabilities, UpdateOutcome } from "./store/store.ts";
export type { ByOwner, Closable, Migratable, Scannable, Sweepable } from "./store/capabilities.ts";
export * from "./errors.ts";
