import type { RequestView } from "../coat/exchange.ts";
import type { Coat, Coatcheck, SessionData } from "../index.ts";
import { CookieJar } from "./cookie-jar.ts";

/** What a session shall hold: its values, or a function that does with a coat what a request would do. */
export type SessionFilling<Data extends object> = Partial<Data> | ((coat: Coat<Data>) => unknown);

/** Options of {@link cookieFor}. */
export interface CookieForOptions {
  /** Where the test asks. Name and attributes of the cookie depend on https or http. Default: `https://localhost/`. */
  readonly url?: string;
}

/**
 * Makes a session and gives the Cookie header of the visitor who has it: a logged-in user, a full cart, without the requests that lead there.
 *
 * @param cloakroom the application's own, so that the application knows the session
 * @param filling the values; or a function of the coat, for instance `({ auth }) => auth.login(user)`
 * @returns the header's value, with every cookie that was set
 * @throws Error when nothing was put in, or a browser would not keep what was set; whatever the filling throws
 * @example
 * import { createCoatcheck } from "coatcheck";
 * import { memoryStore } from "coatcheck/memory";
 * import { cookieFor } from "coatcheck/testing";
 *
 * const cloakroom = createCoatcheck<{ cart: string[] }>({ store: memoryStore(), production: false });
 * const cookie = await cookieFor(cloakroom, { cart: ["emma"] });
 * new Request("https://localhost/cart", { headers: { cookie } });
 */
export async function cookieFor<Data extends object = SessionData>(cloakroom: Coatcheck<Data>, filling: SessionFilling<Data>, options: CookieForOptions = {}): Promise<string> {
  const { url = "https://localhost/" } = options;
  const jar = new CookieJar();
  await fillSession(cloakroom, filling, url, jar);
  const header = jar.header(url, cloakroom.settings.clock.now());
  if (header === undefined) throw new Error("The session is empty, so it has no cookie: put something in.");
  return header;
}

/** Does in the name of a jar's owner what a request would do, and keeps the cookies. */
export async function fillSession<Data extends object>(cloakroom: Coatcheck<Data>, filling: SessionFilling<Data>, url: string, jar: CookieJar): Promise<void> {
  const now = (): number => cloakroom.settings.clock.now();
  const coat = cloakroom.begin(makeView(url, jar.header(url, now())));
  if (coat.ready !== null) await coat.ready;
  if (typeof filling === "function") await filling(coat);
  else coat.session.assign(filling);
  const ending = await coat.finish({ status: 200, threw: false });
  keepCookies(jar, ending?.setCookies ?? [], url, now());
}

/** Takes the lines of one response into a jar. @throws Error for a line that a browser would drop; its value is not repeated */
export function keepCookies(jar: CookieJar, lines: readonly string[], url: string, now: number): void {
  const known = jar.rejected.length;
  jar.receive(lines, url, now);
  const [dropped] = jar.rejected.slice(known);
  if (dropped !== undefined) throw new Error(`A browser would not keep the cookie ${dropped.line.split("=", 1)[0]} of ${url}: ${dropped.reason}.`);
}

/** A request of the site's own, over https or from this machine to itself. */
function makeView(url: string, cookie: string | undefined): RequestView {
  const { protocol, host, pathname, search } = new URL(url);
  return {
    method: "POST",
    header: (name) => (name === "cookie" ? cookie : name === "sec-fetch-site" ? "same-origin" : undefined),
    isEncrypted: () => protocol === "https:",
    host: () => host,
    target: () => pathname + search,
    peerAddress: () => "127.0.0.1",
  };
}
