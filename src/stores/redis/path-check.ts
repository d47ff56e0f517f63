import { Deadlines } from "../deadlines.ts";

/** A connection of the client that can be asked for a sign of life, and made anew. */
export interface RedisLink {
  ping(): Promise<unknown>;
  /** Drops the connection; the client opens another one. */
  reconnect(): void;
}

/**
 * Finds connections that lead nowhere (a machine without power, an address that moved). Nobody tells a client of that, and it would wait for
 * as long as the operating system does, a quarter of an hour. So when a command had no answer, each connection is sent a PING. One
 * that does not answer it within the same limit is made anew; a server that is merely slow loses nothing by that which it was still going to answer in time.
 */
export class PathCheck {
  readonly #links: () => readonly RedisLink[];
  readonly #deadlines: Deadlines;
  #underway = 0;

  /** @param links what there is of connections that are open */
  constructor(links: () => readonly RedisLink[], timeoutMs: number) {
    this.#links = links;
    this.#deadlines = new Deadlines(timeoutMs);
  }

  /** Begins a check unless one is under way. Never throws, and nobody waits for it. */
  begin(): void {
    if (this.#underway > 0) return;
    for (const link of this.#links()) {
      this.#underway++;
      void this.#check(link).finally(() => this.#underway--);
    }
  }

  async #check(link: RedisLink): Promise<void> {
    try {
      await this.#deadlines.limit(link.ping(), () => new Error("No answer."), { onExpire: () => link.reconnect() });
    } catch {
      // An answer that is an error is an answer too, and a connection that broke is made anew by the client itself.
    }
  }
}
