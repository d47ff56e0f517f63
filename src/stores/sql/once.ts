/** Something that has to happen once: callers at the same time share it, and after a failure the next one tries again. */
export class Once {
  readonly #task: () => Promise<void>;
  #running: Promise<void> | null = null;
  #isDone = false;

  constructor(task: () => Promise<void>) {
    this.#task = task;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  async do(): Promise<void> {
    if (this.#isDone) return;
    this.#running ??= this.#task().then(
      () => {
        this.#isDone = true;
      },
      (error: unknown) => {
        this.#running = null;
        throw error;
      },
    );
    await this.#running;
  }
}
