/**
 * From when on a shard may hold something that has expired, as far as this process knows; a shard that it has not looked at yet may at any
 * time. Sweeping then reads the shards in which something ends, not the whole folder each time. What another process writes meanwhile is its own
 * to expect.
 */
export class DueShards {
  readonly #dueAt = new Map<string, number>();
  #next = "";

  /** The shards that may hold something, beginning where the last sweep ended. */
  *choose(shards: readonly string[], now: number): Generator<string> {
    const from = shards.findIndex((shard) => shard >= this.#next);
    const order = from <= 0 ? shards : [...shards.slice(from), ...shards.slice(0, from)];
    for (const shard of order) {
      if ((this.#dueAt.get(shard) ?? -Infinity) > now) continue;
      this.#next = shard;
      yield shard;
    }
  }

  /** A record of that shard ends then. */
  expect(shard: string, at: number): void {
    const known = this.#dueAt.get(shard);
    if (known !== undefined && at < known) this.#dueAt.set(shard, at);
  }

  /** Call before a shard is looked at: what is written meanwhile counts as well. */
  begin(shard: string): void {
    this.#dueAt.set(shard, Infinity);
  }

  /** @param at when something in the shard is due next, as found by looking; -Infinity when the look did not get to its end */
  finish(shard: string, at: number): void {
    this.#dueAt.set(shard, Math.min(at, this.#dueAt.get(shard) ?? Infinity));
  }
}
