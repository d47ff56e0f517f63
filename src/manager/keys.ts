import { createKeyring, type Keyring } from "../crypto/keyring.ts";
import { ConfigurationError } from "../errors.ts";
import { looksOnly } from "../store/looks-only.ts";
import type { SessionStore } from "../store/store.ts";
import type { CoatcheckOptions } from "./coatcheck-options.ts";
import { keepsSettings, type SettingKeeper } from "./setting-keeper.ts";
import type { Settings } from "./settings.ts";

const SECRET_SETTING = "secret";

/**
 * Where the keys come from: the `secrets` option; without it, a secret that the embedded database keeps, so that all of its
 * processes agree; for a store that lives and dies with this process, one that does the same.
 */
export class KeySource {
  readonly #settings: Settings;
  #keyring: Keyring | null = null;
  /** The store that keeps the secret, until it has been read. */
  #keeper: SettingKeeper | null = null;
  #fetching: Promise<void> | null = null;
  #failure: unknown = null;
  #livesWithProcess = false;

  constructor(settings: Settings, options: Pick<CoatcheckOptions, "secrets">, store: SessionStore | null) {
    this.#settings = settings;
    if (options.secrets !== undefined) this.#keyring = this.#make(options.secrets);
    else if (store !== null && keepsSettings(store)) {
      this.#keeper = store;
      // Before the first request, which then need not wait.
      if (!looksOnly()) void this.ready;
    }
    else this.#livesWithProcess = store !== null && store.capabilities.shared === "process" && !store.capabilities.durable;
  }

  /** Settles when the keys are known; null when they are, or never will be. Never rejects. After a failure, asking fetches them again. */
  get ready(): Promise<void> | null {
    return this.#keeper === null ? null : (this.#fetching ??= this.#fetch(this.#keeper));
  }

  /** Whether there are keys, or will be. */
  get isAvailable(): boolean {
    return this.#keyring !== null || this.#keeper !== null || this.#livesWithProcess;
  }

  /**
   * @throws ConfigurationError COAT_SECRET_MISSING when there are none, naming the cure
   * @throws StoreUnavailable, StoreNotMigrated when the store did not give the secret that it keeps
   */
  get keyring(): Keyring {
    if (this.#keyring !== null) return this.#keyring;
    if (this.#failure !== null) throw this.#failure;
    if (this.#livesWithProcess) return (this.#keyring = this.#make([this.#settings.random.token()]));
    throw missingSecret("This");
  }

  #make(secrets: readonly (string | Uint8Array | undefined)[]): Keyring {
    return createKeyring(secrets, { production: this.#settings.production, random: this.#settings.random });
  }

  async #fetch(store: SettingKeeper): Promise<void> {
    try {
      const kept = (await store.readSetting(SECRET_SETTING)) ?? (await store.writeSettingOnce(SECRET_SETTING, this.#settings.random.token()));
      this.#keyring = this.#make([kept]);
      this.#keeper = null;
    } catch (error) {
      this.#failure = error;
    } finally {
      this.#fetching = null;
    }
  }
}

/** @param purpose what needs the secret, as the sentence's subject */
export function missingSecret(purpose: string): ConfigurationError {
  return new ConfigurationError("secrets", `${purpose} needs a secret that every process shares, and none is given. Run \`npx coatcheck secret\`, keep its output in the environment, and pass secrets: [process.env.SECRET_KEY].`, "COAT_SECRET_MISSING");
}
