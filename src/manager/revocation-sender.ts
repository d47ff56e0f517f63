import { startTimer } from "../clock.ts";
import type { RevocationBus } from "../store/revocation-bus.ts";

/** So many ids go into one text. */
const IDS_PER_TEXT = 100;
/** A text that could not be sent is tried again so much later, in milliseconds; then the other nodes find out by looking sessions up. */
const RETRIES_MS = [100, 1000, 5000] as const;
/** Nobody waits longer for the other nodes to be told, in milliseconds. */
const PATIENCE_MS = 1000;
/** More texts than these are not kept for a bus that is down. */
const MOST_WAITING = 1000;

/** Tells the other nodes, and goes on trying for a while. */
export class RevocationSender {
  readonly #bus: RevocationBus;
  readonly #failed: (error: unknown) => void;
  readonly #sending = new Set<Promise<void>>();
  /** What ends the rests before a further attempt. */
  readonly #hurry = new Set<() => void>();
  #isClosing = false;

  /** @param failed each attempt that fails */
  constructor(bus: RevocationBus, failed: (error: unknown) => void) {
    this.#bus = bus;
    this.#failed = failed;
  }

  sendEnds(ids: readonly string[]): void {
    for (let from = 0; from < ids.length; from += IDS_PER_TEXT) this.#send(ids.slice(from, from + IDS_PER_TEXT).join(" "));
  }

  sendMove(from: string, to: string): void {
    this.#send(`${from}>${to}`);
  }

  /** Resolves when everything was sent, after a second at the latest. */
  async settle(): Promise<void> {
    if (this.#sending.size === 0) return;
    let stopTimer = (): void => {};
    const patience = new Promise<void>((resolve) => (stopTimer = startTimer(PATIENCE_MS, resolve)));
    await Promise.race([Promise.all(this.#sending), patience]);
    stopTimer();
  }

  /** One more attempt for what was not sent yet, and no rest. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const hurry of this.#hurry) hurry();
    await this.settle();
  }

  #send(text: string): void {
    const sending = this.#try(text).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #try(text: string): Promise<void> {
    for (const rest of [...RETRIES_MS, null]) {
      try {
        return await this.#bus.publish(text);
      } catch (error) {
        this.#failed(error);
      }
      if (rest === null || this.#isClosing || this.#hurry.size >= MOST_WAITING) return;
      await this.#rest(rest);
    }
  }

  #rest(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        stopTimer();
        this.#hurry.delete(wake);
        resolve();
      };
      const stopTimer = startTimer(milliseconds, wake);
      this.#hurry.add(wake);
    });
  }
}
