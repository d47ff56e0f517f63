import { createCoatcheck, type Coatcheck } from "../coat/coatcheck.ts";
import { createRandom } from "../crypto/random.ts";
import { makeToLook } from "../store/looks-only.ts";
import type { Users } from "../store/users.ts";
import { findConfig, loadConfig } from "./load-config.ts";
import { openStoreUrl } from "./store-url.ts";
import { EXIT, CommandFailure, usageFailure } from "./failure.ts";
import type { SessionStore } from "../store/store.ts";

/** What the options of a command line name; one of the first two, or neither. */
export interface OpenSource {
  readonly config: string | undefined;
  readonly storeUrl: string | undefined;
  readonly namespace: string | undefined;
}

/** What a command needs beyond a store. */
export interface OpenNeeds {
  /** The settings matter, so that `--store` will not do. */
  readonly application?: boolean;
  /** The store may not be there yet: the command makes it. */
  readonly creates?: boolean;
  /** Nothing may be made or written by opening it. */
  readonly looks?: boolean;
}

/** What the command line leads to. */
export interface Opened {
  readonly cloakroom: Coatcheck;
  /** The module that exports the cloakroom; empty for `--store`. */
  readonly exports: Readonly<Record<string, unknown>>;
  readonly users: Users | null;
  /** The clock of the engine's machine, where it has one that can be asked: milliseconds since 1970. */
  readonly readEngineClock: (() => Promise<number>) | null;
  close(): Promise<void>;
}

/** The cloakroom that a command works on. @throws CommandFailure naming the cure */
export async function open(cwd: string, { config, storeUrl, namespace }: OpenSource, needs: OpenNeeds = {}): Promise<Opened> {
  if (storeUrl === undefined) {
    if (namespace !== undefined) throw usageFailure("--namespace goes with --store: your cloakroom knows its own.");
    const path = findConfig(cwd, config);
    if (path === null) throw usageFailure("There is no coatcheck.config.ts, .js or .mjs in this folder: export your cloakroom from one, name it with --config FILE, or name a store with --store URL.");
    const { cloakroom, exports } = await (needs.looks === true ? makeToLook(() => loadConfig(path)) : loadConfig(path));
    return { cloakroom, exports, users: findUsers(cloakroom), readEngineClock: null, close: () => cloakroom.close() };
  }
  if (config !== undefined) throw usageFailure("Give either --config or --store, not both.");
  if (needs.application === true) throw usageFailure("This command looks at the application's settings, which a store does not have: use --config FILE.");
  const openStore = (): ReturnType<typeof openStoreUrl> => openStoreUrl(storeUrl, cwd, { creates: needs.creates ?? false, looks: needs.looks ?? false });
  const { store, readEngineClock, close } = await (needs.looks === true ? makeToLook(openStore) : openStore());
  // With a secret of its own it does not go for the one that an embedded database keeps, and so writes nothing by itself.
  const cloakroom = createCoatcheck({ store, namespace: namespace ?? "", secrets: [createRandom().token()], production: false, csrf: false, sweep: false });
  return { cloakroom, exports: {}, users: null, readEngineClock, close };
}

/** The store, for commands that cannot do without. @throws CommandFailure when sessions live in the cookie */
export function demandStore(cloakroom: Coatcheck): SessionStore {
  if (cloakroom.store === null) throw new CommandFailure(EXIT.failed, "Sessions of this application live in the cookie: there is no store at the server to look at.");
  return cloakroom.store;
}

/** Null where the application has no logins: asking for them throws then. */
function findUsers(cloakroom: Coatcheck): Users | null {
  try {
    return cloakroom.auth.users;
  } catch {
    return null;
  }
}
