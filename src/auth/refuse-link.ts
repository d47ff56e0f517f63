import { MethodNotAllowed } from "../errors.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";

const FOLLOWED: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/**
 * Refuses what a link, an image or a prefetch could have caused: those methods are not checked for forgery, and every page on the web can
 * have them sent with the cookies.
 *
 * @param what opens the sentence of the error
 * @throws MethodNotAllowed
 */
export function refuseLink({ view }: ExchangeState, what: string): void {
  if (FOLLOWED.has(view.method)) throw new MethodNotAllowed(what, ["POST"]);
}
