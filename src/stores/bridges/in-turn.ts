/** Runs the jobs of one id one after the other, and those of different ids side by side. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>();

  async run<T>(id: string, job: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(id) ?? Promise.resolve()).then(job, job);
    this.#last.set(id, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(id) === mine) this.#last.delete(id);
    }
  }
}
