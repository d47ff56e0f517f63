import { CookieJar, type RejectedLine } from "../testing/cookie-jar.ts";
import { CommandFailure, EXIT, usageFailure } from "./failure.ts";

/** One answer of a site. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly setCookies: readonly string[];
  /** Names of the cookies that went along. */
  readonly sent: readonly string[];
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const MOST_REDIRECTS = 5;
const LONGEST_MS = 10_000;

/** A browser of a stranger: follows redirects within the site, keeps cookies, runs no scripts. */
export class Browser {
  readonly #jar = new CookieJar();
  readonly #fetch: Fetch;
  readonly #readClock: () => number;

  constructor(fetch: Fetch, readClock: () => number) {
    this.#fetch = fetch;
    this.#readClock = readClock;
  }

  /** Cookies that a browser would not have kept. */
  get rejected(): readonly RejectedLine[] {
    return this.#jar.rejected;
  }

  /** Names and attributes of what is kept. */
  get kept(): ReturnType<CookieJar["list"]> {
    return this.#jar.list();
  }

  /**
   * Goes to a page by a link or the address bar.
   *
   * @returns every answer on the way, the page's last
   * @throws CommandFailure when the site does not answer
   */
  async visit(start: string): Promise<Answer[]> {
    const answers: Answer[] = [];
    let url = start;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const cookie = this.#jar.header(url, this.#readClock(), { topLevelNavigation: true });
      const answer = await this.#ask(url, cookie);
      answers.push(answer);
      this.#jar.receive(answer.setCookies, url, this.#readClock());
      const location = answer.headers.get("location");
      if (answer.status < 300 || answer.status > 399 || location === null || !URL.canParse(location, url)) break;
      const next = new URL(location, url);
      // Another site is not what was asked about, and gets no request.
      if (next.hostname !== new URL(start).hostname || !/^https?:$/.test(next.protocol)) break;
      url = next.href;
    }
    return answers;
  }

  async #ask(url: string, cookie: string | undefined): Promise<Answer> {
    const headers = { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "accept-language": "en", "sec-fetch-dest": "document", "sec-fetch-mode": "navigate", "sec-fetch-site": "none", "user-agent": "coatcheck-doctor", ...(cookie === undefined ? {} : { cookie }) };
    try {
      const response = await this.#fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(LONGEST_MS) });
      await response.body?.cancel();
      return { url, status: response.status, headers: response.headers, setCookies: response.headers.getSetCookie(), sent: cookie === undefined ? [] : cookie.split("; ").map((pair) => pair.split("=")[0] ?? "") };
    } catch (cause) {
      const { cause: why, name } = cause as { cause?: { code?: unknown; message?: unknown }; name?: unknown };
      if (why?.message === "bad port") throw usageFailure("No browser visits this port: the Fetch standard blocks it. Run the site on another one.");
      const code = why?.code ?? name;
      throw new CommandFailure(EXIT.unreachable, `The site does not answer (${String(code)}): is it running, and the URL right?`, { cause });
    }
  }
}
