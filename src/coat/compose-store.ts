import type { CoatcheckOptions } from "../manager/coatcheck-options.ts";
import { publish } from "../manager/events.ts";
import { missingSecret, type KeySource } from "../manager/keys.ts";
import type { Settings } from "../manager/settings.ts";
import type { SessionStore } from "../store/store.ts";
import { guardStore, type GuardOptions } from "../stores/guarded.ts";
import { NamespacedStore } from "../stores/namespaced.ts";
import { isSealedCodec, SealedStore } from "../stores/sealed.ts";

/** What stands between the sessions and the store that was given: the guard against a network that fails, the wall between applications, and the sealing. */
export function composeStore(base: SessionStore, options: CoatcheckOptions, settings: Settings, keys: KeySource): SessionStore {
  warnOfEviction(base, settings);
  const guarded = guardNetwork(base, options.storeGuard, settings);
  // Below the sealing: what another application sealed, with its own secret, is not corrupt but somebody else's.
  return sealStore(settings.namespace === "" ? guarded : new NamespacedStore(guarded, settings.namespace), options, keys);
}

/** A cache that is the only store ends live sessions when it is full. The memory store does that too, and production refuses it. */
function warnOfEviction({ name, capabilities }: SessionStore, { production, log }: Settings): void {
  if (!capabilities.mayEvict || capabilities.shared === "process") return;
  publish("store.evicting", { store: name });
  if (!production) log(`coatcheck: [store-evicts] The ${name} store is a cache: it drops live sessions when it is full and forgets them all at a restart. Put it in front of a durable store: cachedStore(cache, store).`);
}

/** Only a network fails slowly, and only there does it help to leave a store alone for a while. */
function guardNetwork(store: SessionStore, given: CoatcheckOptions["storeGuard"], { clock }: Settings): SessionStore {
  if (given === false || store.capabilities.shared !== "network") return store;
  const limits = typeof given === "object" ? Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) : {};
  return guardStore(store, { ...(limits as GuardOptions), clock, report: (event, change) => publish(event, { ...change }) });
}

/** With a sealed codec, the store's records are encrypted. The secret must come from outside: one that lies beside what it seals is none. */
function sealStore(store: SessionStore, options: CoatcheckOptions, keys: KeySource): SessionStore {
  const codec = options.session?.codec;
  if (codec === undefined || !isSealedCodec(codec)) return store;
  if (options.secrets === undefined) throw missingSecret("Sealing at rest");
  return new SealedStore(store, () => keys.keyring, { acceptPlain: codec.sealing.acceptPlain, report: (event, id) => publish(event, { id }) });
}
