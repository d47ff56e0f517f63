/**
 * The least that any server-side session layer has to do, written without a layer: one cookie search, one Map look-up,
 * one JSON.parse, a dirty flag, and one JSON.stringify when it is set. It hashes nothing, checks nothing, expires nothing, locks nothing
 * and keeps no promise to anybody: nobody should use it, and nobody can be faster by much.
 */
export class Floor {
  readonly #records = new Map<string, string>();
  readonly #cookieStart: string;

  constructor(cookieName: string) {
    this.#cookieStart = `${cookieName}=`;
  }

  /** The session of a Cookie header, or null when there is none. */
  open(header: string | null): FloorSession | null {
    if (header === null) return null;
    const found = header.indexOf(this.#cookieStart);
    if (found < 0) return null;
    const from = found + this.#cookieStart.length;
    const to = header.indexOf(";", from);
    const token = to < 0 ? header.slice(from) : header.slice(from, to);
    const text = this.#records.get(token);
    return text === undefined ? null : new FloorSession(token, JSON.parse(text) as Record<string, unknown>);
  }

  /** Stores a session that was changed. */
  commit(session: FloorSession): void {
    if (session.dirty) this.#records.set(session.token, JSON.stringify(session.data));
  }

  /** Makes a session. */
  create(token: string, data: object): void {
    this.#records.set(token, JSON.stringify(data));
  }
}

export class FloorSession {
  readonly token: string;
  readonly data: Record<string, unknown>;
  dirty = false;

  constructor(token: string, data: Record<string, unknown>) {
    this.token = token;
    this.data = data;
  }

  get(key: string): unknown {
    return this.data[key];
  }

  set(key: string, value: unknown): void {
    this.data[key] = value;
    this.dirty = true;
  }
}
