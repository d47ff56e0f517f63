/** What this process knows of a stored record since it last read or wrote it. */
export interface Mark {
  readonly version: string;
  readonly cas: string;
  readonly expiresAt: number;
}

const MOST_MARKS = 8192;

/**
 * memcached compares marks of its own, not versions. The mark that came with the read is kept for the write that usually follows, which then
 * takes one round trip. A mark that has grown old is refused by the server, never wrong.
 */
export class Marks {
  readonly #marks = new Map<string, Mark>();

  get(id: string): Mark | undefined {
    return this.#marks.get(id);
  }

  set(id: string, mark: Mark): void {
    this.#marks.delete(id);
    this.#marks.set(id, mark);
    if (this.#marks.size <= MOST_MARKS) return;
    const [oldest] = this.#marks.keys();
    if (oldest !== undefined) this.#marks.delete(oldest);
  }

  forget(id: string): void {
    this.#marks.delete(id);
  }
}
