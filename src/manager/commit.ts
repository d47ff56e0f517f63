import { SessionEnded } from "../errors.ts";
import { ABSENT, type Edit } from "../session/values.ts";
import { isRenewalDue } from "../session/expiry.ts";
import { RESERVED } from "../session/keys.ts";
import { createSession, replaceSession } from "./commit-create.ts";
import { deleteSession, removeCorrupt } from "./commit-delete.ts";
import { isAskedFor, isForced } from "./commit-record.ts";
import { rotateSession } from "./commit-rotate.ts";
import { renewSession, updateSession } from "./commit-update.ts";
import { beginWrite, finishWrite, type Write } from "./commit-write.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { decidePlan, type Plan } from "./plan.ts";

/**
 * Decides what has to happen with the session and does it: the store first, then the cookies of the response.
 *
 * @param dropsChanges the handler failed, and its route does not keep changes
 * @returns null, at once, when there is nothing to do; else a promise that resolves when the store has said yes
 */
export function commitExchange(exchange: ExchangeState, dropsChanges: boolean): Promise<void> | null {
  const { session, saving } = exchange;
  if (session.failure !== null || session.outage !== null || !session.loaded) return null;
  exchange.runBeforeCommit();
  return saving === null ? commitNow(exchange, dropsChanges) : saving.then(() => commitNow(exchange, dropsChanges) ?? undefined);
}

/**
 * Saves while the handler goes on. What else this request wants of the record, first of all its last commit, waits until that is over.
 *
 * @throws (as a rejection) SessionEnded when somebody else has ended the session
 */
export function saveExchange(exchange: ExchangeState): Promise<void> | null {
  const { session } = exchange;
  if (session.failure !== null || session.outage !== null || !session.loaded) return null;
  exchange.runBeforeCommit();
  return exchange.takeTurn(() => {
    if (session.ended) throw new SessionEnded();
    return commitNow(exchange, false);
  });
}

function commitNow(exchange: ExchangeState, dropsChanges: boolean): Promise<void> | null {
  const { session, manager } = exchange;
  if (session.ended) return null;
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
    forced: isForced(session),
    rotation: session.rotation,
    renews: hasRecord && edits === null && needsRenewal(exchange),
  });
}

/** Only a deletion can empty a session, so only then are the keys counted. */
function isEmptied(exchange: ExchangeState, edits: readonly Edit[]): boolean {
  if (!edits.some((edit) => edit.touch.value === ABSENT)) return false;
  return exchange.session.values.keys().length === 0;
}

/** A request that takes longer than this may leave the renewal to the next one. */
const SOON_MS = 60_000;

function needsRenewal(exchange: ExchangeState): boolean {
  const { session, passive, policy } = exchange;
  if (passive || policy.renewFraction === null || session.record === null || !session.accessed) return false;
  // Read once for most requests: only what is due in the next minute, or lasts, is asked for the time again.
  const readAt = session.detached ? null : exchange.readAt;
  if (readAt !== null && !isRenewalDue(session.record, policy.renewFraction, readAt + SOON_MS)) return false;
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
  if (plan === "renew") return renewSession(exchange);
  if (!isHousekeeping(exchange, edits)) for (const feature of exchange.manager.features) feature.beforeWrite?.(exchange);
  const write = beginWrite(exchange);
  return exchange.session.corrupt === null ? execute(write, plan, edits) : removeCorrupt(exchange).then(() => execute(write, plan, edits));
}

/** Not async functions, here and in the update: on the way of every write each of them costs more than the store call. */
function execute(write: Write, plan: Plan, edits: readonly Edit[] | null): Promise<void> {
  if (plan === "update" || (plan === "delete" && write.before !== null)) return updateSession(write, edits);
  return move(write, plan, edits).then(() => finishWrite(write));
}

/** Whatever begins, moves or ends a session. */
function move(write: Write, plan: Plan, edits: readonly Edit[] | null): Promise<void> {
  switch (plan) {
    case "create":
      return createSession(write, edits);
    case "rotate":
      return rotateSession(write, edits);
    case "replace":
      return replaceSession(write, edits);
    default:
      return deleteSession(write.exchange);
  }
}

/** What Coatcheck keeps in a session on its own account. */
const OWN_ACCOUNT: ReadonlySet<string> = new Set([RESERVED.messages, RESERVED.auth, RESERVED.csrf, RESERVED.rotatedAt]);

/**
 * A page that shows messages takes them out of the session, a form puts a token in, a login is noted anew under the newest secret, a
 * token is replaced because its time has come. None of them is an action of the visitor's: no feature may refuse it.
 */
function isHousekeeping({ session }: ExchangeState, edits: readonly Edit[] | null): boolean {
  if (session.flushed || (session.rotation !== null && session.rotation !== "periodic") || isAskedFor(session)) return false;
  return edits === null || edits.every((edit) => OWN_ACCOUNT.has(edit.key));
}
