import { ABSENT, type Edit } from "../session/values.ts";
import { isRenewalDue } from "../session/expiry.ts";
import { RESERVED } from "../session/keys.ts";
import { createSession, replaceSession } from "./commit-create.ts";
import { deleteSession, removeCorrupt } from "./commit-delete.ts";
import { rotateSession } from "./commit-rotate.ts";
import { renewSession, updateSession } from "./commit-update.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { decidePlan, type Plan } from "./plan.ts";

/**
 * Decides what has to happen with the session and does it: the store first, then the cookies of the response.
 *
 * @param dropsChanges the handler failed, and its route does not keep changes
 * @returns null, at once, when there is nothing to do; else a promise that resolves when the store has said yes
 */
export function commitExchange(exchange: ExchangeState, dropsChanges: boolean): Promise<void> | null {
  const { session, manager } = exchange;
  if (session.failure !== null || session.outage !== null || !session.loaded) return null;
  exchange.runBeforeCommit();
  if (session.record !== null && session.rotation === null && !dropsChanges && isRotationDue(exchange)) session.rotation = "periodic";
  if (session.record !== null && session.rotation !== null && !dropsChanges) {
    for (const feature of manager.features) feature.beforeMove?.(exchange, session.rotation);
  }
  const edits = session.values.collectEdits();
  const plan = choosePlan(exchange, edits, dropsChanges);
  // A session that was saved early has nothing left to do at the end; what it did stays on the trace.
  if (exchange.trace !== null && (plan !== "nothing" || exchange.trace.plan === null)) exchange.trace.plan = plan;
  if (plan === "nothing") return session.corrupt === null ? null : removeCorrupt(exchange);
  return carryOut(exchange, plan, edits);
}

function choosePlan(exchange: ExchangeState, edits: readonly Edit[] | null, dropsChanges: boolean): Plan {
  const { session } = exchange;
  const hasRecord = session.record !== null;
  return decidePlan({
    hasRecord,
    dropsChanges,
    flushed: session.flushed,
    edited: edits !== null,
    empty: edits !== null && isEmptied(exchange, edits),
    forced: session.forced || session.expiryChoice !== undefined || session.owner !== undefined,
    rotation: session.rotation,
    renews: hasRecord && edits === null && needsRenewal(exchange),
  });
}

/** Only a deletion can empty a session, so only then are the keys counted. */
function isEmptied(exchange: ExchangeState, edits: readonly Edit[]): boolean {
  if (!edits.some((edit) => edit.touch.value === ABSENT)) return false;
  return exchange.session.values.keys().length === 0;
}

function needsRenewal(exchange: ExchangeState): boolean {
  const { session, passive, policy } = exchange;
  if (passive || policy.renewFraction === null || session.record === null || !session.accessed) return false;
  return isRenewalDue(session.record, policy.renewFraction, exchange.now());
}

function isRotationDue(exchange: ExchangeState): boolean {
  const { session, followed, passive, manager } = exchange;
  const every = manager.settings.rotateEverySeconds;
  if (every === null || followed || passive || session.detached || session.record === null || !session.accessed) return false;
  const since = session.values.get(RESERVED.rotatedAt);
  return exchange.now() - (typeof since === "number" ? since : session.record.createdAt) >= every * 1000;
}

function carryOut(exchange: ExchangeState, plan: Plan, edits: readonly Edit[] | null): Promise<void> {
  if (plan !== "renew" && !isHousekeeping(exchange, edits)) for (const feature of exchange.manager.features) feature.beforeWrite?.(exchange);
  if (exchange.session.corrupt === null) return execute(exchange, plan, edits);
  return removeCorrupt(exchange).then(() => execute(exchange, plan, edits));
}

/** Not async functions, here and in the update: on the way of every write each of them costs more than the store call. */
function execute(exchange: ExchangeState, plan: Plan, edits: readonly Edit[] | null): Promise<void> {
  if (plan === "renew") return renewSession(exchange);
  if (plan === "update") return updateSession(exchange, edits, finishWrite);
  return write(exchange, plan, edits).then(() => finishWrite(exchange));
}

function write(exchange: ExchangeState, plan: Plan, edits: readonly Edit[] | null): Promise<void> {
  switch (plan) {
    case "create":
      return createSession(exchange, edits);
    case "rotate":
      return rotateSession(exchange, edits);
    case "delete":
      return exchange.session.flushed ? deleteSession(exchange) : updateSession(exchange, edits, ignore);
    case "replace":
      return replaceSession(exchange, edits);
    default:
      return Promise.resolve();
  }
}

/** The caller does it, as after everything that is not a plain update. */
function ignore(): void {}

function finishWrite(exchange: ExchangeState): void {
  const { session, manager } = exchange;
  session.forced = false;
  session.rotation = null;
  session.expiryChoice = undefined;
  session.owner = undefined;
  session.flushed = false;
  manager.sweeper?.countWrite();
}

/**
 * A page that shows messages takes them out of the session, and a login is noted anew under the newest secret. Neither is an action of the
 * visitor's: no feature may refuse it.
 */
function isHousekeeping({ session }: ExchangeState, edits: readonly Edit[] | null): boolean {
  if (edits === null || session.flushed || session.forced || session.rotation !== null || session.expiryChoice !== undefined || session.owner !== undefined) return false;
  return edits.every((edit) => edit.key === RESERVED.messages || edit.key === RESERVED.auth);
}
