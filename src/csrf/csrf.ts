import { maskCsrfSecret } from "../formats/django-csrf.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { CsrfSecret } from "./csrf-secret.ts";
import type { CsrfSettings } from "./csrf-settings.ts";

/** `req.coat.csrf`: tokens for the forms and scripts of this response. */
export class Csrf {
  readonly #exchange: ExchangeState;
  readonly #settings: CsrfSettings;
  readonly #secret: CsrfSecret;

  constructor(exchange: ExchangeState, settings: CsrfSettings, secret: CsrfSecret) {
    this.#exchange = exchange;
    this.#settings = settings;
    this.#secret = secret;
  }

  /**
   * A token for a form field or for the header `X-CSRFToken`. Each call gives another text for the same secret, so that nothing can
   * be learned from a compressed page (BREACH); every one of them is accepted until the session's privileges change. The response
   * gets the CSRF cookie and is kept out of shared caches; no record is made. Django: `get_token(request)`.
   *
   * @throws ConfigurationError COAT_SECRET_MISSING without a secret; StoreUnavailable when the session could not be read
   */
  token(): string {
    return maskCsrfSecret(this.#secret.demand(), this.#exchange.manager.settings.random);
  }

  /** A hidden field with a token, as HTML. Django: `{% csrf_token %}`. */
  field(): string {
    return `<input type="hidden" name="${this.#settings.fieldName}" value="${this.token()}">`;
  }

  /** The name of the form field. Django: `csrfmiddlewaretoken`. */
  get fieldName(): string {
    return this.#settings.fieldName;
  }

  /** The request header that scripts may send the token in, in lower case. Django: CSRF_HEADER_NAME. */
  get headerName(): string {
    return this.#settings.headerName;
  }
}
