import { CsrfRefused } from "../errors.ts";
import type { CookieFaces } from "../manager/cookie-face.ts";
import { isHeard, publish } from "../manager/events.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { Feature, SessionMove } from "../manager/features.ts";
import { ownNames, type OwnCookies } from "../manager/own-cookies.ts";
import { checkCsrf, isSafeMethod } from "./check.ts";
import { CsrfSecret } from "./csrf-secret.ts";
import type { CsrfSettings } from "./csrf-settings.ts";
import { Csrf } from "./csrf.ts";
import { CSRF_REASONS, type CsrfReason } from "./reasons.ts";

/** CSRF protection of one cloakroom. */
export class CsrfFeature implements Feature {
  readonly name = "csrf";
  readonly ownCookies: readonly OwnCookies[];
  readonly #settings: CsrfSettings;

  constructor(settings: CsrfSettings) {
    this.#settings = settings;
    const cookies = settings.inSession ? [] : [settings.tokenCookie, settings.visitorCookie];
    this.ownCookies = cookies.map((faces) => ownNames("csrf.cookie.name", namesOf(faces)));
  }

  get fieldName(): string {
    return this.#settings.fieldName;
  }

  /** The public face for one request. */
  of(exchange: ExchangeState): Csrf {
    return new Csrf(exchange, this.#settings, this.#secretOf(exchange));
  }

  /** Whether this request has to be checked at all. */
  concerns(method: string, isExempt: boolean): boolean {
    return !isExempt && !isSafeMethod(method);
  }

  /** @returns null when the request passes, else why not. @throws what reading the session threw */
  check(exchange: ExchangeState): CsrfReason | null | Promise<CsrfReason | null> {
    const reason = checkCsrf(exchange, this.#settings, this.#secretOf(exchange));
    return reason instanceof Promise ? reason.then((found) => report(exchange, found)) : report(exchange, reason);
  }

  beforeMove(exchange: ExchangeState, move: Exclude<SessionMove, "created" | "ended">): void {
    if (move !== "periodic") this.#secretOf(exchange).renewInSession();
  }

  /** A GET that changes something can be triggered by a link or an image on any page, and no token is asked for. */
  beforeWrite(exchange: ExchangeState): void {
    // Where nobody would hear of it the request is not looked at: a header costs some servers as much as the store call.
    const isRefused = this.#settings.safeMethods === "refuse";
    if (!isRefused && exchange.trace === null && !isHeard("csrf.safe-method")) return;
    const { view } = exchange;
    if (!isSafeMethod(view.method) || view.header("sec-fetch-site") !== "cross-site") return;
    exchange.explain("safe-method-write");
    publish("csrf.safe-method", { method: view.method, id: exchange.session.record?.id ?? null });
    if (isRefused) throw new CsrfRefused("safe-method", CSRF_REASONS["safe-method"]);
  }

  sessionMoved(exchange: ExchangeState, move: SessionMove): void {
    const secret = this.#secretOf(exchange);
    if (move === "ended") secret.end();
    else secret.rebind(move === "created" || move === "periodic");
  }

  #secretOf(exchange: ExchangeState): CsrfSecret {
    return exchange.slot(this, () => new CsrfSecret(exchange, this.#settings));
  }
}

function namesOf({ secure, loopback, insecure }: CookieFaces): string[] {
  return [secure, loopback, insecure].flatMap((face) => face?.name ?? []);
}

function report(exchange: ExchangeState, reason: CsrfReason | null): CsrfReason | null {
  if (reason !== null) {
    exchange.explain("csrf-refused", { reason, explanation: CSRF_REASONS[reason] });
    publish("csrf.refused", { reason, method: exchange.view.method, path: showPath(exchange.view.target()) });
  }
  return reason;
}

/** The path without its query, one line, nothing that a terminal would obey. */
function showPath(target: string): string {
  return target.split("?", 1)[0]?.slice(0, 200).replace(/[^\x21-\x7e]/g, "?") ?? "";
}
