import { systemClock, type Clock } from "../clock.ts";
import type { Coatcheck } from "../index.ts";
import { CookieJar } from "./cookie-jar.ts";
import { fillSession, keepCookies, type SessionFilling } from "./session-cookie.ts";

/** A site: a handler of requests, or the address at which one listens. */
export type TestSite = string | ((request: Request) => Response | Promise<Response>);

/** Options of {@link TestBrowser}. */
export interface TestBrowserOptions {
  /** Where a handler's site is. Default: `https://localhost/`. */
  readonly url?: string;
  /** The clock of the application, so that cookies expire by it. Default: that of the cloakroom given to `begin`, else the machine's. */
  readonly clock?: Clock;
}

/**
 * A browser for tests: sends what its jar holds, says that the page was the site's own (`Sec-Fetch-Site`), and keeps what comes back.
 * A cookie that a browser would drop is an error. Redirects are not followed, so that a test sees them.
 *
 * @example
 * import { createCoatcheck } from "coatcheck";
 * import { coatcheck } from "coatcheck/fetch";
 * import { memoryStore } from "coatcheck/memory";
 * import { TestBrowser } from "coatcheck/testing";
 *
 * const cloakroom = createCoatcheck<{ cart: string[] }>({ store: memoryStore(), production: false });
 * const shop = coatcheck(cloakroom, (_request, { session }) => Response.json(session.get("cart", [])));
 *
 * const ada = new TestBrowser(shop);
 * await ada.begin(cloakroom, { cart: ["emma"] });
 * await (await ada.get("/")).json(); // ["emma"]
 */
export class TestBrowser {
  readonly jar: CookieJar = new CookieJar();
  readonly #send: (request: Request) => Response | Promise<Response>;
  readonly #url: string;
  #clock: Clock | null;

  /** @param site a `(request) => Response` handler, or the base address of a server: `http://127.0.0.1:3000/` */
  constructor(site: TestSite, options: TestBrowserOptions = {}) {
    this.#send = typeof site === "string" ? (request) => fetch(request) : site;
    this.#url = typeof site === "string" ? site : (options.url ?? "https://localhost/");
    this.#clock = options.clock ?? null;
  }

  get(path: string, init: RequestInit = {}): Promise<Response> {
    return this.request(path, { ...init, method: "GET" });
  }

  /** @param body an object of fields is sent as a form; anything else as `fetch` would */
  post(path: string, body?: RequestInit["body"] | Readonly<Record<string, string>>, init: RequestInit = {}): Promise<Response> {
    const isForm = typeof body === "object" && body !== null && Object.getPrototypeOf(body) === Object.prototype;
    const sent = isForm ? new URLSearchParams(body as Record<string, string>) : (body as RequestInit["body"] | undefined);
    return this.request(path, { ...init, method: "POST", ...(sent === undefined ? {} : { body: sent }) });
  }

  /**
   * Sends a request with the jar's cookies. Headers that are given win: `{ "sec-fetch-site": "cross-site" }`.
   *
   * @param path from the site's root, or relative to its address
   * @throws Error for a cookie that a browser would drop
   */
  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(path, this.#url).href;
    const headers = new Headers(init.headers);
    const cookie = this.jar.header(url, this.#now());
    if (cookie !== undefined && !headers.has("cookie")) headers.set("cookie", cookie);
    if (!headers.has("sec-fetch-site")) headers.set("sec-fetch-site", "same-origin");
    const response = await this.#send(new Request(url, { redirect: "manual", ...init, headers }));
    keepCookies(this.jar, response.headers.getSetCookie(), url, this.#now());
    return response;
  }

  /**
   * Begins a session for this browser, or goes on with its session, without a request to the site.
   *
   * @param cloakroom the application's own
   * @param filling the values; or a function of the coat, for instance `({ auth }) => auth.login(user)`
   */
  async begin<Data extends object>(cloakroom: Coatcheck<Data>, filling: SessionFilling<Data>): Promise<void> {
    this.#clock ??= cloakroom.settings.clock;
    await fillSession(cloakroom, filling, this.#url, this.jar);
  }

  #now(): number {
    return (this.#clock ?? systemClock).now();
  }
}
