import type { Coat, Coatcheck, Ending, RouteOptions } from "coatcheck";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import { makeView, type AnyData, type ViewOptions } from "./view.ts";

export { makeView, type AnyData, type ViewOptions } from "./view.ts";

/** What came of a request. */
export interface Visit<Result> {
  readonly ending: Ending | null;
  readonly result: Result | undefined;
  /** What the handler or the commit threw. */
  readonly error: unknown;
  readonly setCookies: readonly string[];
}

/** A browser that talks to a cloakroom without a framework in between. */
export class Visitor {
  readonly cloakroom: Coatcheck<AnyData>;
  readonly jar: CookieJar;
  readonly url: string;

  constructor(cloakroom: Coatcheck<AnyData>, url = "https://shop.example/", jar: CookieJar = new CookieJar()) {
    this.cloakroom = cloakroom;
    this.url = url;
    this.jar = jar;
  }

  get now(): number {
    return this.cloakroom.settings.clock.now();
  }

  /** The Cookie header that the next request would carry. */
  header(): string | undefined {
    return this.jar.header(this.url, this.now);
  }

  /** Sends a request with the jar's cookies, runs the handler, commits, and keeps the cookies that came back. */
  async visit<Result>(handler: (coat: Coat<AnyData>) => Result | Promise<Result>, options: ViewOptions & { status?: number; route?: RouteOptions } = {}): Promise<Visit<Result>> {
    const cookie = options.headers?.["cookie"] ?? this.header();
    const headers = { ...options.headers, ...(cookie === undefined ? {} : { cookie }) };
    const coat = this.cloakroom.begin(makeView({ url: this.url, ...options, headers }), options.route);
    if (coat.ready !== null) await coat.ready;
    let result: Result | undefined;
    let thrown: unknown;
    try {
      result = await handler(coat);
    } catch (error) {
      thrown = error;
    }
    try {
      const ending = await coat.finish({ status: thrown === undefined ? (options.status ?? 200) : 500, threw: thrown !== undefined });
      const setCookies = ending?.setCookies ?? [];
      this.jar.receive(setCookies, this.url, this.now);
      return { ending, result, error: thrown, setCookies };
    } catch (error) {
      return { ending: null, result, error: thrown ?? error, setCookies: [] };
    }
  }

  /** The visit, with whatever went wrong thrown. */
  async run<Result>(handler: (coat: Coat<AnyData>) => Result | Promise<Result>, options: ViewOptions & { status?: number; route?: RouteOptions } = {}): Promise<Result> {
    const { error, result } = await this.visit(handler, options);
    if (error !== undefined) throw error;
    return result as Result;
  }
}
