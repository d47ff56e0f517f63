import type { Codec } from "../codec/codec.ts";
import { jsonCodec } from "../codec/json.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { seal, sealingKeyId, unseal } from "../crypto/seal.ts";
import { BadSeal } from "../errors.ts";
import { handOn, isByOwner, isScannable } from "../store/capabilities.ts";
import type { DeleteOutcome, SessionRecord, SessionStore, StoreCallOptions, StoreCapabilities, UpdateOutcome } from "../store/store.ts";

/** Options of `sealed`. */
export interface SealedOptions {
  /** How values become text before it is sealed. Default: tagged JSON. */
  readonly inner?: Codec;
  /** Reads records that were stored before sealing was switched on, and seals them when they are next written. Default: false. */
  readonly acceptPlain?: boolean;
}

/** A codec whose texts are encrypted at rest. `createCoatcheck` puts the sealing between manager and store. */
export interface SealedCodec extends Codec {
  readonly sealing: { readonly inner: Codec; readonly acceptPlain: boolean };
}

/**
 * Encrypts session data at rest: whoever reads the store, a backup or a disk sees ids, times and owners, no values. Each record is
 * bound to its id, so that two cannot be exchanged. The newest secret seals, all open; a record under an older one is sealed again
 * as soon as it is read.
 *
 * @example
 * import { createCoatcheck } from "coatcheck";
 * import { sealed } from "coatcheck/sealed";
 *
 * const cloakroom = createCoatcheck({ session: { codec: sealed() }, secrets: [process.env["SECRET_KEY"], process.env["OLD_SECRET_KEY"]] });
 */
export function sealed(options: SealedOptions = {}): SealedCodec {
  const inner = options.inner ?? jsonCodec;
  return {
    name: `sealed ${inner.name}`,
    decode: (text) => inner.decode(text),
    encode: (values, tagged) => inner.encode(values, tagged),
    inspect: (value, path) => inner.inspect(value, path),
    clone: (value, path) => inner.clone(value, path),
    snapshot: (value, path) => inner.snapshot(value, path),
    sealing: { inner, acceptPlain: options.acceptPlain ?? false },
  };
}

export function isSealedCodec(codec: Codec): codec is SealedCodec {
  return (codec as Partial<SealedCodec>).sealing !== undefined;
}

const PURPOSE = "record";
const MARK = "sealed:";

/** A store whose records are sealed on their way in and opened on their way out. */
export class SealedStore implements SessionStore {
  readonly name: string;
  readonly capabilities: StoreCapabilities;
  readonly #inner: SessionStore;
  readonly #keyring: () => Keyring;
  readonly #acceptPlain: boolean;
  readonly #report: (event: "record.corrupt" | "record.resealed", id: string) => void;

  constructor(inner: SessionStore, keyring: () => Keyring, options: { readonly acceptPlain: boolean; readonly report?: (event: "record.corrupt" | "record.resealed", id: string) => void }) {
    this.name = inner.name;
    this.capabilities = inner.capabilities;
    this.#inner = inner;
    this.#keyring = keyring;
    this.#acceptPlain = options.acceptPlain;
    this.#report = options.report ?? ((): void => undefined);
    this.#offerCapabilities();
  }

  async read(id: string, options?: StoreCallOptions): Promise<SessionRecord | null> {
    const stored = await this.#inner.read(id, options);
    if (stored === null) return null;
    const opened = this.#open(stored);
    if (opened === null) return null;
    if (!opened.isCurrent) await this.#reseal(opened.record, options);
    return opened.record;
  }

  create(record: SessionRecord, options?: StoreCallOptions): Promise<boolean> {
    return this.#inner.create(this.#seal(record), options);
  }

  async update(record: SessionRecord, expectedVersion: string, options?: StoreCallOptions): Promise<UpdateOutcome> {
    const outcome = await this.#inner.update(this.#seal(record), expectedVersion, options);
    if (outcome.outcome !== "conflict") return outcome;
    const current = this.#open(outcome.current);
    return current === null ? { outcome: "gone" } : { outcome: "conflict", current: current.record };
  }

  touch(id: string, version: string, lastSeenAt: number, expiresAt: number, options?: StoreCallOptions): Promise<boolean> {
    return this.#inner.touch(id, version, lastSeenAt, expiresAt, options);
  }

  delete(id: string, expectedVersion?: string, options?: StoreCallOptions): Promise<DeleteOutcome> {
    return this.#inner.delete(id, expectedVersion, options);
  }

  /**
   * How many live records each secret still seals, by the secret's public name, the newest first: one that is not the first and seals none
   * can be dropped. `plain` counts those that are not sealed, `unknown` those under a secret that is not listed.
   */
  async countByKey(options?: StoreCallOptions): Promise<Map<string, number>> {
    const counts = new Map<string, number>(this.#keyring().ids.map((id) => [id, 0]));
    const store = this.#inner;
    if (!isScannable(store)) return counts;
    let cursor: string | null = null;
    do {
      const page: { records: SessionRecord[]; next: string | null } = await store.scan(cursor, 500, options);
      for (const { data } of page.records) {
        const key = data.startsWith(MARK) ? (sealingKeyId(this.#keyring(), data.slice(MARK.length)) ?? "unknown") : "plain";
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      cursor = page.next;
    } while (cursor !== null);
    return counts;
  }

  #seal(record: SessionRecord): SessionRecord {
    return { ...record, data: MARK + seal(this.#keyring(), PURPOSE, record.id, record.data) };
  }

  /** Null for what cannot be opened: altered, exchanged with another record, or under a secret that is not listed any more. */
  #open(stored: SessionRecord): { record: SessionRecord; isCurrent: boolean } | null {
    if (!stored.data.startsWith(MARK)) {
      if (this.#acceptPlain) return { record: stored, isCurrent: false };
      this.#report("record.corrupt", stored.id);
      return null;
    }
    try {
      const { plaintext, keyIsCurrent } = unseal(this.#keyring(), PURPOSE, stored.id, stored.data.slice(MARK.length));
      return { record: { ...stored, data: plaintext }, isCurrent: keyIsCurrent };
    } catch (error) {
      if (!(error instanceof BadSeal)) throw error;
      this.#report("record.corrupt", stored.id);
      return null;
    }
  }

  /** Under the same version: nothing that anybody else is doing with the record notices. */
  async #reseal(record: SessionRecord, options?: StoreCallOptions): Promise<void> {
    try {
      const outcome = await this.#inner.update(this.#seal(record), record.version, options);
      if (outcome.outcome === "updated") this.#report("record.resealed", record.id);
    } catch {
      // Reading succeeded; the next reader seals it.
    }
  }

  /** What the store underneath can do, this one can as well: capabilities are found by their methods. */
  #offerCapabilities(): void {
    const inner = this.#inner;
    const open = (records: readonly SessionRecord[]): SessionRecord[] => records.flatMap((record) => this.#open(record)?.record ?? []);
    const methods = handOn(inner, ["sweep", "deleteByOwner", "migrate", "pendingMigrations", "close", "tryLease"]);
    if (isByOwner(inner)) methods["listByOwner"] = async (owner: string, options?: StoreCallOptions) => open(await inner.listByOwner(owner, options));
    if (isScannable(inner)) {
      methods["scan"] = async (cursor: string | null, limit: number, options?: StoreCallOptions) => {
        const page = await inner.scan(cursor, limit, options);
        return { ...page, records: open(page.records) };
      };
    }
    Object.assign(this, methods);
  }
}
