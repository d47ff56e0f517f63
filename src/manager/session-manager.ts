import type { SessionStore } from "../store/store.ts";
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

  /** @param store what the residence keeps its records in; null when they live in the cookie */
  constructor(settings: Settings, residence: Residence, store: SessionStore | null) {
    this.settings = settings;
    this.residence = residence;
    this.sweeper = store === null || !settings.sweep ? null : Sweeper.for(store, settings.clock);
  }
}
