import { ConfigurationError } from "../errors.ts";
import type { CoatcheckOptions } from "../manager/coatcheck-options.ts";
import { KeySource, missingSecret } from "../manager/keys.ts";
import type { CookieSessionStore } from "../manager/residence.ts";
import { findFate, tellOfEnds } from "../manager/revocable-store.ts";
import { Revocations, type CloseSession } from "../manager/revocations.ts";
import { SessionManager } from "../manager/session-manager.ts";
import { resolveSettings, type Settings } from "../manager/settings.ts";
import { createTokenResidence } from "../manager/token-residence.ts";
import type { InferSchema, SessionSchemaOption } from "../session/session-schema.ts";
import type { SessionData } from "../session/session.ts";
import { isClosable } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";
import { sqliteStore } from "../stores/sqlite.ts";
import { AuthAdministration } from "../auth/administration.ts";
import { AuthFeature } from "../auth/auth-feature.ts";
import { resolveAuth } from "../auth/auth-settings.ts";
import { CsrfFeature } from "../csrf/csrf-feature.ts";
import { resolveCsrf } from "../csrf/csrf-settings.ts";
import { MessagesFeature } from "../messages/messages-feature.ts";
import { resolveMessages } from "../messages/messages-settings.ts";
import type { CloakroomFeatures } from "./cloakroom-features.ts";
import { Coat } from "./coat.ts";
import { composeStore } from "./compose-store.ts";
import type { RequestView, RouteOptions } from "./exchange.ts";
import { SessionAdministration } from "./session-administration.ts";

/** The application's one object: made once, handed to whatever framework there is. */
export interface Coatcheck<Data extends object = SessionData> {
  /** The options with every default filled in. */
  readonly settings: Settings;
  /** The store that sessions live in; null when they live in the cookie. */
  readonly store: SessionStore | null;
  /** Looking at sessions and ending them from outside a request. */
  readonly sessions: SessionAdministration<Data>;
  /** Making users, resetting their passwords, switching them off. @throws ConfigurationError without the option `auth` */
  readonly auth: AuthAdministration;
  /** For adapters: the coat of a request. Synchronous, and never throws for what a client sent. */
  begin(view: RequestView, route?: RouteOptions): Coat<Data>;
  /**
   * Calls `close` once the session has ended otherwise than by its time: logged out, revoked, emptied, or moved to another id by a login.
   * With the option `revocations` also when that happens on another node. For WebSockets and event streams, which no later request ends.
   * A session that has ended already is told of at once; one that is given a new token from time to time is followed.
   *
   * @param id `coat.session.id` when the stream begins
   * @param close called at most once, with the id that has ended
   * @returns what ends the watching; call it when the stream closes by itself
   * @throws ConfigurationError where sessions live in the cookie
   * @example
   * const { id } = coat.session;
   * if (id !== null) socket.on("close", cloakroom.onRevoked(id, () => socket.close(4401)));
   */
  onRevoked(id: string, close: CloseSession): () => void;
  /** Lets go of what `createCoatcheck` opened itself, the listening of `onRevoked` included: the embedded database. A store that was passed in stays open. */
  close(): Promise<void>;
}

/**
 * The session's type of a cloakroom with a schema.
 *
 * @example
 * const cloakroom = createCoatcheck({ session: { schema: z.object({ cart: z.array(z.string()) }) } });
 *
 * declare module "coatcheck" {
 *   interface SessionData extends InferSession<typeof cloakroom> {}
 * }
 */
export type InferSession<Cloakroom> = Cloakroom extends { readonly sessions: SessionAdministration<infer Data> } ? Data : never;

/**
 * Makes the application's cloakroom.
 *
 * @param options see `docs/settings.md`; without any, sessions live in `coatcheck.db` in the working directory
 * @throws ConfigurationError, InvalidDuration for options that are wrong, unsafe or contradict each other
 * @example
 * import { createCoatcheck } from "coatcheck";
 * import { memoryStore } from "coatcheck/memory";
 *
 * const cloakroom = createCoatcheck({ store: memoryStore(), production: false, session: { idleTimeout: "30m" } });
 */
export function createCoatcheck<Data extends object = SessionData, Schema extends SessionSchemaOption = SessionSchemaOption>(
  options: CoatcheckOptions & { readonly session?: { readonly schema?: Schema | undefined } | undefined } = {},
): Coatcheck<DataOf<Data, Schema>> {
  return openCloakroom<DataOf<Data, Schema>>(options);
}

/** The type of the schema, where there is one whose type is known; else the one that was given by name or declared. */
type DataOf<Data extends object, Schema extends SessionSchemaOption> = SessionSchemaOption extends Schema ? Data : InferSchema<Schema>;

function openCloakroom<Data extends object>(options: CoatcheckOptions): Coatcheck<Data> {
  const settings = resolveSettings(options);
  const ownsStore = options.store === undefined;
  const given = options.store ?? sqliteStore("coatcheck.db");
  const base = isCookieStore(given) ? null : given;
  if (base !== null) refuseDevelopmentStore(base, settings);
  const keys = new KeySource(settings, options, base);
  const plain = base === null ? null : composeStore(base, options, settings, keys);
  const revocations = new Revocations(options.revocations ?? null, async (id) => (plain === null ? "alive" : findFate(plain, id, settings.clock.now())));
  const store = plain === null ? null : tellOfEnds(plain, revocations);
  const residence = store === null ? (given as CookieSessionStore).createResidence({ settings, keys, epochs: options.auth?.users?.epochs ?? null }) : createTokenResidence(settings, store);
  const csrf = resolveCsrf(options.csrf, settings);
  if (csrf !== null && settings.production && !keys.isAvailable) throw missingSecret("CSRF protection (csrf: false switches it off)");
  const messages = resolveMessages(options.messages);
  if (messages !== null && messages.storage !== "session" && settings.production && !keys.isAvailable) {
    throw missingSecret('Messages in cookies (messages.storage: "session" keeps them out of cookies, messages: false switches them off)');
  }
  const auth = resolveAuth(options.auth, settings, given, store);
  if (auth !== null && settings.production && !keys.isAvailable) throw missingSecret("Login (auth)");
  const features: CloakroomFeatures = {
    auth: auth === null ? null : new AuthFeature(auth, store, () => keys.keyring),
    csrf: csrf === null ? null : new CsrfFeature(csrf),
    messages: messages === null ? null : new MessagesFeature(messages, settings),
  };
  const manager = new SessionManager(settings, residence, store, keys, Object.values(features).filter((feature) => feature !== null));
  let administration: AuthAdministration | null = null;
  const cloakroom: Omit<Coatcheck<Data>, "auth"> = {
    settings,
    store: plain,
    sessions: new SessionAdministration<Data>(settings, store, options.auth?.users?.epochs ?? null, () => revocations.settle()),
    begin: (view, route) => new Coat<Data>(manager, features, view, route),
    onRevoked: (id, close) => {
      if (plain === null) throw new ConfigurationError("store", "sessions that live in the cookie are not ended one by one at the server, so nothing can be told of them.");
      return revocations.watch(id, close);
    },
    close: async () => {
      await revocations.close();
      if (ownsStore && plain !== null && isClosable(plain)) await plain.close();
    },
  };
  // Not enumerable: whoever prints or copies a cloakroom without logins must not run into the error.
  return Object.defineProperty(cloakroom, "auth", {
    get: () => {
      if (features.auth === null) throw new ConfigurationError("auth", "is not given, and this code uses cloakroom.auth. Pass auth: { users: sqlUsers(database) }.");
      return (administration ??= new AuthAdministration(features.auth));
    },
  }) as Coatcheck<Data>;
}

function isCookieStore(store: SessionStore | CookieSessionStore): store is CookieSessionStore {
  return (store as { kind?: unknown }).kind === "cookie";
}

/** Whether something is a cloakroom, so that adapters accept one in place of options. */
export function isCoatcheck(value: unknown): value is Coatcheck {
  const candidate = value as Partial<Coatcheck> | null | undefined;
  return typeof candidate === "object" && candidate !== null && typeof candidate.begin === "function" && typeof candidate.settings === "object";
}

function refuseDevelopmentStore(store: SessionStore, settings: Settings): void {
  if (settings.production && (store as { developmentOnly?: unknown }).developmentOnly === true) {
    throw new ConfigurationError("store", `the ${store.name} store forgets every session at a restart and is not shared between processes. Use sqliteStore, or pass { unsafeInProduction: true } to it, or set production: false.`);
  }
}
