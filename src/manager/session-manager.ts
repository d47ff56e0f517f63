import type { SessionStore } from "../store/store.ts";
import type { Keyring } from "../crypto/keyring.ts";
import { Explainer } from "./explainer.ts";
import type { Feature } from "./features.ts";
import type { KeySource } from "./keys.ts";
import { OwnCookieNames } from "./own-cookies.ts";
import type { Residence } from "./residence.ts";
import type { Settings } from "./settings.ts";
import { Sweeper } from "./sweeper.ts";
import { Turns } from "./turns.ts";

/** What all requests of an application share. `openSession` and `commitExchange` work on it; neither knows a framework. */
export class SessionManager {
  readonly settings: Settings;
  readonly residence: Residence;
  readonly turns: Turns = new Turns();
  readonly sweeper: Sweeper | null;
  readonly keys: KeySource;
  /** Null in production. */
  readonly explainer: Explainer | null;
  readonly features: readonly Feature[];
  /** The cookie names that an application cannot use. */
  readonly ownCookies: OwnCookieNames;

  /**
   * @param store what the residence keeps its records in; null when they live in the cookie
   * @throws ConfigurationError when two settings give cookies one name
   */
  constructor(settings: Settings, residence: Residence, store: SessionStore | null, keys: KeySource, features: readonly Feature[] = []) {
    this.settings = settings;
    this.residence = residence;
    this.keys = keys;
    this.explainer = settings.production ? null : new Explainer(settings.log, () => settings.clock.now());
    this.features = features;
    this.ownCookies = new OwnCookieNames(settings, residence, features);
    this.sweeper = store === null || !settings.sweep ? null : Sweeper.for(store, settings.clock);
  }

  /** The keys that sign and seal. @throws ConfigurationError when there are none */
  get keyring(): Keyring {
    return this.keys.keyring;
  }
}
