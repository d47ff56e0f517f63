import assert from "node:assert/strict";
import type { FakeClock } from "../../src/testing/fake-clock.ts";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import { ask, linesOf, type Answer, type TestServer } from "./http.ts";

export const PASSWORD = "seven brass tickets";

/** A browser without a screen, in the bookshop: keeps cookies, sends forms with their tokens, follows nothing. */
export class ShopReader {
  readonly jar = new CookieJar();
  readonly #server: TestServer;
  readonly #clock: FakeClock;
  /** Every token of a form that was seen, and every Set-Cookie line: nothing of them may turn up elsewhere. */
  readonly seen: string[] = [];

  constructor(server: TestServer, clock: FakeClock) {
    this.#server = server;
    this.#clock = clock;
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.#ask(path, "GET", headers);
  }

  /** Sends a form as browsers do, which always say where it stood, with the token of a page that is loaded for it when there is none yet. */
  async post(path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const token = fields["csrfmiddlewaretoken"] ?? this.held("csrftoken") ?? (await this.formToken());
    return this.postBare(path, { csrfmiddlewaretoken: token, ...fields }, headers);
  }

  /** Sends exactly these fields. */
  async postBare(path: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const own = { "content-type": "application/x-www-form-urlencoded", origin: this.#server.url, "sec-fetch-site": "same-origin" };
    return this.#ask(path, "POST", { ...own, ...headers }, new URLSearchParams(fields).toString());
  }

  async #ask(path: string, method: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const cookie = this.cookie();
    const answer = await ask(this.#server.port, path, { method, headers: { ...(cookie === undefined ? {} : { cookie }), ...headers }, ...(body === undefined ? {} : { body }) });
    const lines = linesOf(answer, "set-cookie");
    this.seen.push(...lines.map((line) => line.slice(line.indexOf("=") + 1, line.indexOf(";"))), ...tokensIn(answer.text));
    this.jar.receive(lines, this.#server.url, this.#clock.now());
    return answer;
  }

  /** A token as a form of the page has it. */
  async formToken(path = "/cookies"): Promise<string> {
    const { text } = await this.get(path);
    const [token] = tokensIn(text);
    assert.ok(token !== undefined, `no form on ${path}`);
    return token;
  }

  async signUp(username: string, password = PASSWORD): Promise<Answer> {
    return this.post("/signup", { username, password });
  }

  async signIn(username: string, password = PASSWORD, fields: Record<string, string> = {}): Promise<Answer> {
    return this.post("/login", { username, password, ...fields });
  }

  /** Who the shop says is signed in: what the dashboard greets. */
  async greeting(): Promise<string> {
    return greetingOf((await this.get("/dashboard")).text);
  }

  cookie(): string | undefined {
    return this.jar.header(this.#server.url, this.#clock.now());
  }

  /** The value of one cookie. */
  held(name: string): string | undefined {
    return this.cookie()?.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  }

  /** Who this browser would be with exactly this Cookie header; its own is left as it is. */
  async greetingWith(cookie: string): Promise<string> {
    const { status, text } = await ask(this.#server.port, "/dashboard", { headers: { cookie } });
    assert.equal(status, 200);
    return greetingOf(text);
  }

  /** The session cookie's value. */
  token(): string | undefined {
    return this.held("sessionid");
  }
}

function greetingOf(dashboard: string): string {
  return /<h1>Hello, ([^<]*)<\/h1>/.exec(dashboard)?.[1] ?? "";
}

/** The tokens of all forms of a page. */
export function tokensIn(page: string): string[] {
  return [...page.matchAll(/name="csrfmiddlewaretoken" value="([^"]+)"/g)].map((match) => match[1] as string);
}
