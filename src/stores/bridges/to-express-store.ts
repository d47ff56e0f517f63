import { createHash, randomBytes } from "node:crypto";
import { systemClock, type Clock } from "../../clock.ts";
import { ConfigurationError } from "../../errors.ts";
import { isScannable } from "../../store/capabilities.ts";
import type { SessionRecord, SessionStore } from "../../store/store.ts";

/** What `import session from "express-session"` gives, as far as it is used. */
export interface ExpressSessionModule<T extends object> {
  readonly Store: abstract new () => T;
}

export interface ToExpressStoreOptions {
  /** How long a session lives whose cookie has no end, in seconds from its last request. Default: 86,400 (a day). */
  readonly defaultSeconds?: number;
  /** Whose session it is, so that the store can list and end a user's sessions. Default: nobody's. */
  readonly ownerOf?: (session: Readonly<Record<string, unknown>>) => string | null | undefined;
  /** Where the time comes from. Default: the machine's clock. */
  readonly clock?: Clock;
}

interface ExpressSession {
  readonly cookie?: { readonly expires?: Date | string | null | undefined; readonly originalMaxAge?: number | null | undefined };
}

type Done<T> = ((error?: unknown, value?: T) => void) | undefined;

/** A snapshot is written over whatever another request wrote meanwhile; so often it may be overtaken while it tries. */
const MOST_ATTEMPTS = 50;

/**
 * Turns any Coatcheck store into a store for express-session. What express-session gets beyond its own stores: ids are hashed, a session that was
 * destroyed is not brought back by a slower request (its save is dropped without an error), and `ownerOf` makes a user's sessions known. What it
 * does not get: express-session saves whole snapshots, so of two parallel changes the later save wins.
 *
 * @param store any store
 * @param session the module `express-session`
 * @throws ConfigurationError when `session` is not that module, or `defaultSeconds` is no number of seconds.
 * @example
 * import session from "express-session";
 * app.use(session({ store: toExpressStore(sqliteStore("sessions.db"), session), secret, resave: false, saveUninitialized: false }));
 */
export function toExpressStore<T extends object>(store: SessionStore, session: ExpressSessionModule<T>, options: ToExpressStoreOptions = {}): T {
  const { defaultSeconds = 86_400 } = options;
  if (typeof session?.Store !== "function") throw new ConfigurationError("toExpressStore", "give the module express-session as the second argument: toExpressStore(store, session)");
  if (!Number.isSafeInteger(defaultSeconds) || defaultSeconds < 1) throw new ConfigurationError("toExpressStore.defaultSeconds", `must be whole seconds above zero, not ${String(defaultSeconds)}`);
  return makeStore(new Snapshots(store, options), store, session.Store as unknown as StoreClass) as unknown as T;
}

type StoreClass = new () => { createSession(request: object, session: object): object };

function makeStore(snapshots: Snapshots, store: SessionStore, Parent: StoreClass): object {
  class CoatStore extends Parent {
    get(sid: string, done: Done<object | null>): void {
      settle(snapshots.load(sid), done);
    }

    set(sid: string, session: object, done?: Done<void>): void {
      settle(snapshots.save(sid, session), done);
    }

    touch(sid: string, session: object, done?: Done<void>): void {
      settle(snapshots.touch(sid, session), done);
    }

    destroy(sid: string, done?: Done<void>): void {
      settle(snapshots.remove(sid), done);
    }

    override createSession(request: object, session: object): object {
      const made = super.createSession(request, session);
      snapshots.follow(session, made);
      return made;
    }
  }
  const made = new CoatStore();
  if (isScannable(store)) {
    Object.assign(made, {
      all: (done: Done<object[]>) => settle(snapshots.all(store), done),
      length: (done: Done<number>) => settle(snapshots.all(store).then((all) => all.length), done),
    });
  }
  return made;
}

/** Express-session's callbacks must not be called from inside a promise, where what they throw would be swallowed. */
function settle<T>(work: Promise<T>, done: Done<T>): void {
  work.then(
    (value) => queueMicrotask(() => done?.(null, value)),
    (error: unknown) => queueMicrotask(() => done?.(error)),
  );
}

type Base = Pick<SessionRecord, "version" | "createdAt">;

class Snapshots {
  readonly #store: SessionStore;
  readonly #options: ToExpressStoreOptions;
  readonly #clock: Clock;
  /** What a session object was made from. */
  readonly #bases = new WeakMap<object, Base>();

  constructor(store: SessionStore, options: ToExpressStoreOptions) {
    this.#store = store;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  follow(from: object, to: object): void {
    const base = this.#bases.get(from);
    if (base !== undefined) this.#bases.set(to, base);
  }

  async load(sid: string): Promise<object | null> {
    const record = await this.#store.read(idOf(sid), { now: this.#clock.now() });
    return record && this.#parse(record);
  }

  async save(sid: string, session: object): Promise<void> {
    const now = this.#clock.now();
    const known = this.#bases.get(session);
    const record = this.#makeRecord(sid, session, now);
    if (known === undefined && (await this.#store.create(record, { now }))) {
      this.#bases.set(session, record);
      return;
    }
    let base: Base | null = known ?? (await this.#store.read(record.id, { now }));
    for (let attempt = 0; base !== null && attempt < MOST_ATTEMPTS; attempt++) {
      const next = { ...record, version: makeVersion(), createdAt: base.createdAt };
      const answer = await this.#store.update(next, base.version, { now });
      if (answer.outcome === "updated") this.#bases.set(session, next);
      if (answer.outcome !== "conflict") return;
      base = answer.current;
    }
  }

  async touch(sid: string, session: object): Promise<void> {
    const now = this.#clock.now();
    const id = idOf(sid);
    const base = this.#bases.get(session) ?? (await this.#store.read(id, { now }));
    if (base !== null) await this.#store.touch(id, base.version, now, this.#endOf(session, now).expiresAt, { now });
  }

  async remove(sid: string): Promise<void> {
    await this.#store.delete(idOf(sid), undefined, { now: this.#clock.now() });
  }

  async all(store: SessionStore & { scan: (cursor: string | null, limit: number) => Promise<{ records: SessionRecord[]; next: string | null }> }): Promise<object[]> {
    const found = new Map<string, object>();
    for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
      const page: { records: SessionRecord[]; next: string | null } = await store.scan(cursor, 500);
      for (const record of page.records) {
        const session = this.#parse(record);
        if (session !== null) found.set(record.id, session);
      }
      cursor = page.next;
    }
    return [...found.values()];
  }

  /** Null for records of another kind: the store may hold Coatcheck's own sessions too. */
  #parse(record: SessionRecord): object | null {
    try {
      const session: unknown = JSON.parse(record.data);
      if (typeof session !== "object" || session === null || !("cookie" in session)) return null;
      this.#bases.set(session, record);
      return session;
    } catch {
      return null;
    }
  }

  #makeRecord(sid: string, session: object, now: number): SessionRecord {
    const { expiresAt, idleSeconds, persistent } = this.#endOf(session, now);
    const owner = this.#options.ownerOf?.(session as Readonly<Record<string, unknown>>) ?? null;
    return { id: idOf(sid), data: JSON.stringify(session), version: makeVersion(), owner, createdAt: now, lastSeenAt: now, expiresAt, idleSeconds, endsAt: null, persistent };
  }

  #endOf(session: ExpressSession, now: number): { expiresAt: number; idleSeconds: number; persistent: boolean } {
    const { expires, originalMaxAge } = session.cookie ?? {};
    const at = expires === null || expires === undefined ? Number.NaN : new Date(expires).getTime();
    if (!Number.isNaN(at)) return { expiresAt: at, idleSeconds: Math.max(1, Math.ceil((originalMaxAge ?? at - now) / 1000)), persistent: true };
    const { defaultSeconds = 86_400 } = this.#options;
    return { expiresAt: now + defaultSeconds * 1000, idleSeconds: defaultSeconds, persistent: false };
  }
}

/** What stands in the cookie never stands in the store. */
const idOf = (sid: string): string => createHash("sha256").update(sid).digest("base64url");
const makeVersion = (): string => randomBytes(9).toString("base64url");
