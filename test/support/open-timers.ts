import { createHook } from "node:async_hooks";

/** Counts every timer that was set from now on and has neither rung for the last time nor been cleared, those included that keep no process alive. */
export class OpenTimers {
  readonly #open = new Set<number>();
  readonly #hook = createHook({
    init: (id, type) => {
      if (type === "Timeout") this.#open.add(id);
    },
    destroy: (id) => this.#open.delete(id),
  }).enable();

  get count(): number {
    return this.#open.size;
  }

  stop(): void {
    this.#hook.disable();
  }
}
