import { ValueRejected } from "../errors.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import { plainCookiesOf } from "../manager/plain-cookies.ts";
import { negotiateLanguage } from "./accept-language.ts";
import type { Preference } from "./preference.ts";

/**
 * `req.coat.preferences`: what a visitor has chosen, in a cookie for each choice. Users may change cookies as they like, so only
 * listed values ever come out, and only listed values go in. No record, no secret.
 */
export class Preferences {
  readonly #exchange: ExchangeState;

  constructor(exchange: ExchangeState) {
    this.#exchange = exchange;
  }

  /** The chosen value; for whoever has not chosen, what the browser asks for (a language) or the fallback. Never anything unlisted. */
  get<Value extends string>(preference: Preference<Value>): Value {
    const chosen = this.chosen(preference);
    if (chosen !== undefined) return chosen;
    if (!preference.negotiatesLanguage) return preference.fallback;
    this.#exchange.addVary("Accept-Language");
    return negotiateLanguage(this.#exchange.view.header("accept-language"), preference.values) ?? preference.fallback;
  }

  /** The chosen value; undefined for whoever has not chosen. */
  chosen<Value extends string>(preference: Preference<Value>): Value | undefined {
    const raw = plainCookiesOf(this.#exchange).get(preference.name);
    return preference.values.find((value) => value === raw);
  }

  /**
   * Keeps a choice. Pass what a form sent as it is: anything that is not listed is refused.
   *
   * @throws ValueRejected (400) for a value that is not listed
   */
  set(preference: Preference, value: string): void {
    const listed = preference.values.find((candidate) => candidate === value);
    if (listed === undefined) throw new ValueRejected(preference.name, preference.values);
    const { name, maxAgeSeconds, readableByScripts } = preference;
    plainCookiesOf(this.#exchange).set(name, listed, { maxAge: maxAgeSeconds, readableByScripts }, false);
  }

  /** The site as this visitor's browser addresses it. */
  get site(): { readonly scheme: "http" | "https"; readonly host: string | undefined } {
    const { scheme, host } = this.#exchange.connection;
    return { scheme, host };
  }

  /** Forgets the choice. */
  reset(preference: Preference): void {
    const { name, readableByScripts } = preference;
    plainCookiesOf(this.#exchange).delete(name, { readableByScripts }, false);
  }
}
