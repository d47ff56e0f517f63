import { isReserved } from "../session/keys.ts";
import type { ExchangeState } from "./exchange-state.ts";
import { lookForSecret } from "./secret-looks.ts";

/** In development, once the response is ready: what became of this request's session, and what looks wrong about it. */
export function explainOutcome(exchange: ExchangeState, status: number): void {
  const { session, manager, trace } = exchange;
  const { explainer } = manager;
  if (explainer === null || trace === null || session.failure !== null || session.outage !== null || !session.loaded || !session.accessed) return;
  if (session.record !== null) explainer.noteRecord(session.record);
  const edits = session.values.collectEdits();
  if (edits !== null && trace.plan === "nothing" && status >= 500) exchange.explain("changes-dropped", { status });
  if (session.record === null && trace.plan === "nothing" && edits === null && exchange.view.method === "POST") exchange.explain("nothing-written");
  const handedOut = session.values.handedOut();
  if (session.record !== null && edits === null && (trace.plan === "nothing" || trace.plan === "renew") && status < 400 && isUnsafe(exchange.view.method)) {
    // It may have meant to look only. Whoever meant to change something sees no other sign of it.
    const read = handedOut.find(({ key }) => !isReserved(key));
    if (read !== undefined) exchange.explain("nothing-changed", { key: read.key, method: exchange.view.method });
  }
  if (trace.plan === "create" || trace.plan === "update" || trace.plan === "rotate" || trace.plan === "replace") {
    for (const key of session.values.keys()) {
      const kind = isReserved(key) ? null : lookForSecret(key, session.values.peek(key));
      if (kind !== null) exchange.explain("looks-secret", { where: "session key", key, kind });
    }
  }
  explainer.watch(handedOut, (value) => manager.settings.codec.snapshot(value));
}

function isUnsafe(method: string): boolean {
  return method === "POST" || method === "PUT" || method === "PATCH" || method === "DELETE";
}
