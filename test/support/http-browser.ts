import { CookieJar } from "../../src/testing/cookie-jar.ts";
import { ask, linesOf, type Answer } from "./http.ts";

/** A browser that talks to a server on loopback over real sockets: it keeps cookies, sends Origin, and follows nothing by itself. */
export class HttpBrowser {
  readonly jar: CookieJar;
  readonly port: number;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(port: number, headers: Readonly<Record<string, string>> = {}, jar: CookieJar = new CookieJar()) {
    this.port = port;
    this.jar = jar;
    this.#headers = headers;
  }

  get #url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  cookie(): string | undefined {
    return this.jar.header(`${this.#url}/`);
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.#send("GET", path, headers);
  }

  /** Sends a form, as the browser itself would from a page of the site. */
  post(path: string, fields: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const body = new URLSearchParams(fields).toString();
    return this.#send("POST", path, { "content-type": "application/x-www-form-urlencoded", origin: this.#url, ...headers }, body);
  }

  /** Loads the page with the form first, and sends the form with its token. */
  async submit(path: string, fields: Readonly<Record<string, string>>, formPath = path): Promise<Answer> {
    return this.post(path, { ...fields, csrfmiddlewaretoken: tokenOf(await this.get(formPath)) });
  }

  /** Another browser with a copy of the cookies. */
  copy(): HttpBrowser {
    const jar = new CookieJar();
    for (const pair of this.cookie()?.split("; ") ?? []) jar.receive([`${pair}; Path=/`], `${this.#url}/`);
    return new HttpBrowser(this.port, this.#headers, jar);
  }

  async #send(method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<Answer> {
    const cookie = this.cookie();
    const answer = await ask(this.port, path, { method, headers: { accept: "text/html", ...this.#headers, ...(cookie === undefined ? {} : { cookie }), ...headers }, ...(body === undefined ? {} : { body }) });
    this.jar.receive(linesOf(answer, "set-cookie"), `${this.#url}/`);
    return answer;
  }
}

/** The token in the first form of a page. */
export function tokenOf(page: Answer): string {
  return /name="csrfmiddlewaretoken" value="(\w+)"/.exec(page.text)?.[1] ?? "";
}
