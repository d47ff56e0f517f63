import { randomBytes } from "node:crypto";
import type { Coat } from "coatcheck";

const COOKIE = "statistics";
const MOST_REMEMBERED = 10_000;

/**
 * Counts the browsers that agreed to it. The cookie is a random number that lives for a day and leads nowhere: what is
 * remembered is that number and nothing else, in memory.
 */
export class BrowserCounter {
  readonly #seen: Set<string> = new Set();

  get count(): number {
    return this.#seen.size;
  }

  /** Called once consent is given. A number that the browser brings is kept only if this counter had drawn it. */
  begin(coat: Coat): void {
    if (this.#seen.has(coat.cookies.get(COOKIE, "")) || this.#seen.size >= MOST_REMEMBERED) return;
    const number = randomBytes(12).toString("base64url");
    this.#seen.add(number);
    coat.cookies.set(COOKIE, number, { maxAge: "1d" });
  }

  /** Called when consent is refused or withdrawn. */
  end(coat: Coat): void {
    const number = coat.cookies.get(COOKIE);
    if (number === undefined) return;
    this.#seen.delete(number);
    coat.cookies.delete(COOKIE);
  }
}
