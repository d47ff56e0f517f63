import type { CsrfFeature } from "../csrf/csrf-feature.ts";
import { MOST_BODY_BYTES } from "../csrf/check.ts";
import { isSentByOwnPage } from "../csrf/origin.ts";
import type { CsrfReason } from "../csrf/reasons.ts";
import { writeRecovery, writeRefusal } from "../csrf/refusal-page.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { loadSession } from "../manager/open.ts";
import type { FormFields } from "../manager/request-view.ts";

/** A request that is answered before its handler runs. */
export interface Refusal {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Checks a request that may change something. Null: the handler may run. */
export function refuseForgery(exchange: ExchangeState, csrf: CsrfFeature): Promise<Refusal | null> | Refusal | null {
  if (!exchange.session.loaded) return loadSession(exchange).then(() => refuseForgery(exchange, csrf));
  const reason = csrf.check(exchange);
  if (reason === null) return null;
  return reason instanceof Promise ? reason.then((found) => (found === null ? null : answer(exchange, csrf, found))) : answer(exchange, csrf, reason);
}

function answer(exchange: ExchangeState, csrf: CsrfFeature, reason: CsrfReason): Promise<Refusal> | Refusal {
  const plain = (): Refusal => writeRefusal(reason, exchange.view.header("accept"), !exchange.manager.settings.production);
  if (!isRecoverable(exchange, reason)) return plain();
  const fields = exchange.view.bodyFields?.(MOST_BODY_BYTES);
  const recover = (found: FormFields | undefined): Refusal => (found === undefined ? plain() : writeRecovery(found, csrf.fieldName, csrf.of(exchange).field()));
  return fields instanceof Promise ? fields.then(recover, plain) : recover(fields);
}

/** Only a form that the browser itself says was sent by this site, whose token is merely from before a login or logout. */
function isRecoverable(exchange: ExchangeState, reason: CsrfReason): boolean {
  const { view } = exchange;
  if (reason !== "token-incorrect" && reason !== "cookie-unbound" && reason !== "cookie-missing") return false;
  const isOwn = isSentByOwnPage(exchange.connection, view.header("sec-fetch-site"), view.header("origin"));
  return isOwn && view.method === "POST" && /\btext\/html\b/i.test(view.header("accept")?.slice(0, 1000) ?? "");
}
