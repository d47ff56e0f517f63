import type { Terminal } from "./terminal.ts";

const WIDTH = 24;
const MARK = 6;

/** A line that shows work going on whose end nobody knows. Written for people only, and cleared afterwards. */
export class Progress {
  readonly #terminal: Terminal;
  readonly #what: string;
  #steps = 0;

  /** @param what stands behind the count: `expired sessions removed` */
  constructor(terminal: Terminal, what: string) {
    this.#terminal = terminal;
    this.#what = what;
  }

  /** Call after each step with the count so far. */
  show(count: number): void {
    if (!this.#terminal.isInteractive) return;
    const span = WIDTH - MARK;
    const at = this.#steps++ % (span * 2);
    const left = at <= span ? at : span * 2 - at;
    this.#terminal.errors.write(`\r[${" ".repeat(left)}${"=".repeat(MARK)}${" ".repeat(span - left)}] ${count.toLocaleString("en-US")} ${this.#what}`);
  }

  clear(): void {
    if (this.#terminal.isInteractive && this.#steps > 0) this.#terminal.errors.write("\r\u001b[K");
  }
}
