import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { StoreUnavailable } from "../../errors.ts";
import type { SessionRecord, SessionStore } from "../../store/store.ts";

/** How far the clocks of two nodes may be apart. */
const SKEW_MS = 30_000;

/** Somebody else was raising it at the same moment, every time. */
const MOST_ATTEMPTS = 20;

/**
 * A record in the durable store that, while it is there, keeps every node away from the cache. It is raised when a copy in the cache could not be
 * removed. Each node looks for it at least every `checkEveryMs` while it uses the cache, so after that time nobody serves the copy any
 * more; and it stands until every copy of the time before it has ended by itself.
 */
export class Fence {
  /** No session can have this id: it is the digest of no token. */
  static readonly id: string = createHash("sha256").update("coatcheck: the cache is not to be trusted").digest("base64url");

  readonly #store: SessionStore;
  readonly #clock: Clock;
  readonly #checkEveryMs: number;
  readonly #lifeMs: number;
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** The fence that stands, when this node first saw it, and until when it stands. */
  #seen: { readonly version: string; readonly since: number; readonly until: number } | undefined;
  /** What this node could not remove must not be served by this node, whatever else fails. */
  #distrustUntil = Number.NEGATIVE_INFINITY;
  #checking: Promise<void> | undefined;
  #raising: Promise<void> | undefined;

  constructor(store: SessionStore, clock: Clock, checkEveryMs: number, maxAgeMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#checkEveryMs = checkEveryMs;
    this.#lifeMs = maxAgeMs + 2 * SKEW_MS + this.#settleMs;
  }

  /** True when the fence has stood long enough for every node to have seen it, and will go on for long enough to need no more removals. */
  get protects(): boolean {
    const now = this.#clock.now();
    return this.#seen !== undefined && now - this.#seen.since >= this.#settleMs && now < this.#seen.until - SKEW_MS;
  }

  /** Whether the cache may be used, after a look at the store where the last one is too old. A store that fails means no. */
  async look(): Promise<boolean> {
    if (!this.#isFresh) {
      this.#checking ??= this.#check().finally(() => {
        this.#checking = undefined;
      });
      await this.#checking;
    }
    return this.#isFresh && this.#seen === undefined && this.#clock.now() >= this.#distrustUntil;
  }

  /**
   * Puts the fence up and waits until every node must have seen it.
   *
   * @throws StoreUnavailable when the store fails too: then other nodes may serve the copy until it ends.
   */
  raise(): Promise<void> {
    this.#raising ??= this.#raise().finally(() => {
      this.#raising = undefined;
    });
    return this.#raising;
  }

  get #isFresh(): boolean {
    const age = this.#clock.now() - this.#checkedAt;
    return age >= 0 && age < this.#checkEveryMs;
  }

  /** A look that began before the fence went up may be used for `checkEveryMs`; a tenth more for clocks that run unevenly. */
  get #settleMs(): number {
    return Math.ceil(this.#checkEveryMs * 1.1);
  }

  async #check(): Promise<void> {
    const now = this.#clock.now();
    try {
      this.#note(await this.#store.read(Fence.id, { now }), now);
    } catch {
      this.#checkedAt = Number.NEGATIVE_INFINITY;
    }
  }

  /** @param askedAt when the store was asked: what it said holds from then on at the latest, and was true by now at the earliest */
  #note(record: SessionRecord | null, askedAt: number): void {
    this.#checkedAt = askedAt;
    if (record === null) this.#seen = undefined;
    else if (record.version !== this.#seen?.version) this.#seen = { version: record.version, since: this.#clock.now(), until: record.expiresAt };
  }

  async #raise(): Promise<void> {
    this.#distrustUntil = this.#clock.now() + this.#lifeMs;
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const now = this.#clock.now();
      const current = await this.#store.read(Fence.id, { now });
      const next = makeFence(now, this.#lifeMs);
      const isUp = current === null ? await this.#store.create(next, { now }) : (await this.#store.update(next, current.version, { now })).outcome === "updated";
      if (!isUp) continue;
      this.#note(next, this.#clock.now());
      await this.#clock.wait(this.#settleMs);
      return;
    }
    throw new StoreUnavailable("close its cache", "unknown");
  }
}

const makeFence = (now: number, lifeMs: number): SessionRecord => ({
  id: Fence.id,
  data: "{}",
  version: randomBytes(12).toString("base64url"),
  owner: null,
  createdAt: now,
  lastSeenAt: now,
  expiresAt: now + lifeMs,
  idleSeconds: null,
  endsAt: now + lifeMs,
  persistent: false,
});
