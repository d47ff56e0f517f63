/** Lets the tasks of one name run one after the other, in the order in which they came. */
export class Queue {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(name: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const mine = before === undefined ? task() : before.then(task, task);
    this.#last.set(name, mine);
    const leave = (): void => {
      if (this.#last.get(name) === mine) this.#last.delete(name);
    };
    mine.then(leave, leave);
    return mine;
  }

  /** Resolves when everything that was begun is done. */
  async drain(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
