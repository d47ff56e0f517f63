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
    renews: hasRecord && needsRenewal(exchange),
  });
}

/** Only a deletion can empty a session, so only then are the keys counted. */
function isEmptied(exchange: ExchangeState, edits: readonly Edit[]): boolean {
  if (!edits.some((edit) => edit.touch.value === ABSENT)) return false;
  return exchange.session.values.keys().length === 0;
}

function needsRenewal(exchange: ExchangeState): boolean {
  if (exchange.renewed) return true;
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

async function carryOut(exchange: ExchangeState, plan: Plan, edits: readonly Edit[] | null): Promise<void> {
  const { session, manager } = exchange;
  if (plan !== "renew") for (const feature of manager.features) feature.beforeWrite?.(exchange);
  if (session.corrupt !== null) await removeCorrupt(exchange);
  switch (plan) {
    case "create":
      await createSession(exchange, edits);
      break;
    case "update":
      await updateSession(exchange, edits);
      break;
    case "renew":
      return renewSession(exchange);
    case "rotate":
      await rotateSession(exchange, edits);
      break;
    case "delete":
      await (session.flushed ? deleteSession(exchange) : updateSession(exchange, edits));
      break;
    case "replace":
      await replaceSession(exchange, edits);
      break;
  }
  session.forced = false;
  session.rotation = null;
  session.expiryChoice = undefined;
  session.owner = undefined;
  session.flushed = false;
  exchange.renewed = false;
  manager.sweeper?.countWrite();
}
