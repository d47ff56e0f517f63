import { jsonCodec } from "../codec/json.ts";
import { ConfigurationError, RecordCorrupt } from "../errors.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { plainCookiesOf, protectCookieName } from "../manager/plain-cookies.ts";
import { parseDuration, type Duration } from "../session/duration.ts";
import { reportRefusedCookie, type CookieRefusal } from "./refused-cookie.ts";
import { sealStamped, unsealStamped } from "./sealed-text.ts";
import { usedFlowsOf } from "./used-flows.ts";

/** What a round trip is for and how long it may take. */
export interface FlowOptions {
  /** A constant of the program. A flow of one purpose cannot be finished as one of another. */
  readonly purpose: string;
  /** Default: `"10m"`. At most a day. */
  readonly maxAge?: Duration;
}

const LONGEST_SECONDS = 86_400;

/** The end of a sealed text is its authentication tag: 128 bits that no two of them share, in one spelling. */
const MARK_CHARACTERS = 22;

/**
 * `coat.cookies.flow(...)`: one value that leaves with a redirect and comes back once. It is sealed (AES-256-GCM) with its name,
 * its purpose and the time, lives for minutes, and is removed when it is taken, whatever becomes of the response. It travels with
 * a link or redirect from the other site (`SameSite=Lax`), not with a form that the other site posts.
 *
 * A process gives the value out once, however often the cookie is sent, and remembers so until the cookie is too old. Processes do
 * not tell one another: who copied the cookie out of the browser can take it once more in each of the others, and after a restart.
 * Where that matters, make what it leads to usable once: the code of an OAuth login is.
 */
export class FlowCookie<Value = unknown> {
  readonly #exchange: ExchangeState;
  readonly #name: string;
  readonly #purpose: string;
  readonly #maxAgeSeconds: number;

  constructor(exchange: ExchangeState, name: string, { purpose, maxAge = "10m" }: FlowOptions) {
    const seconds = parseDuration("maxAge", maxAge);
    if (seconds === 0 || seconds > LONGEST_SECONDS) throw new ConfigurationError("maxAge", `a flow lasts from a second to a day, and ${seconds} s were given. Keep what lives longer in the session.`);
    if (typeof purpose !== "string" || purpose === "") throw new ConfigurationError("purpose", "say what the flow is for, so that it can be used for nothing else.");
    this.#exchange = exchange;
    this.#name = name.startsWith("__") ? name : protectCookieName(exchange, name);
    this.#purpose = `flow/${purpose}`;
    this.#maxAgeSeconds = seconds;
  }

  /** Begins: the value leaves with this response. @throws UnsupportedValue for what cannot be kept; CookieTooLarge above 4096 bytes */
  set(value: Value): void {
    const tagged = jsonCodec.inspect(value, "flow") === "tagged";
    const text = jsonCodec.encode({ value, endsAt: this.#exchange.now() + this.#maxAgeSeconds * 1000 }, tagged);
    plainCookiesOf(this.#exchange).set(this.#name, sealStamped(this.#exchange, this.#purpose, this.#name, text), { maxAge: this.#maxAgeSeconds, sameSite: "lax" }, true);
  }

  /** Ends: the value, and its cookie is removed. Undefined when none came back, it is too old, was taken already, or was made for something else. */
  take(): Value | undefined {
    const cookies = plainCookiesOf(this.#exchange);
    const sealed = cookies.getExact(this.#name);
    if (sealed === undefined) return undefined;
    cookies.deleteSurely(this.#name, { sameSite: "lax" });
    if (sealed === null) return void reportRefusedCookie(this.#exchange, this.#name, "malformed");
    const opened = unsealStamped(this.#exchange, this.#purpose, this.#name, sealed, this.#maxAgeSeconds);
    const found = "text" in opened ? this.#use(opened.text, sealed.slice(-MARK_CHARACTERS)) : opened.refusal;
    if (typeof found === "object") return found.value;
    reportRefusedCookie(this.#exchange, this.#name, found);
    return undefined;
  }

  #use(text: string, mark: string): { readonly value: Value } | CookieRefusal {
    let values: Record<string, unknown>;
    try {
      ({ values } = jsonCodec.decode(text));
    } catch (error) {
      if (!(error instanceof RecordCorrupt)) throw error;
      return "malformed";
    }
    const now = this.#exchange.now();
    const { value, endsAt } = values;
    if (typeof endsAt !== "number") return "malformed";
    if (endsAt <= now) return "expired";
    return usedFlowsOf(this.#exchange.manager).take(mark, endsAt, now) ? { value: value as Value } : "used";
  }
}
