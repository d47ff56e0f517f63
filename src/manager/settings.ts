import { systemClock, type Clock } from "../clock.ts";
import type { Codec } from "../codec/codec.ts";
import { jsonCodec } from "../codec/json.ts";
import { createRandom, systemRandom, type Random } from "../crypto/random.ts";
import { checkSecret } from "../crypto/secret-rules.ts";
import { ConfigurationError } from "../errors.ts";
import { parseDuration } from "../session/duration.ts";
import type { ExpiryPolicy } from "../session/expiry.ts";
import { resolveSessionSchema, type SessionSchema } from "../session/session-schema.ts";
import type { CoatcheckOptions } from "./coatcheck-options.ts";
import type { ReadConnection } from "./connection.ts";
import { checkOptions } from "./option-table.ts";
import { trustProxies } from "./proxy.ts";
import { keepsSettings } from "./setting-keeper.ts";

/** The attributes of the session cookie, or of the CSRF cookie, as configured. */
export interface CookieSettings {
  /** Null: chosen by the connection. */
  readonly name: string | null;
  readonly path: string;
  readonly domain: string | null;
  /** Null: on, except over http between this machine and itself. */
  readonly secure: boolean | null;
  readonly httpOnly: boolean;
  readonly sameSite: "lax" | "strict" | "none";
  readonly partitioned: boolean;
}

/** The options, checked, with every default filled in, frozen. */
export interface Settings {
  readonly production: boolean;
  readonly namespace: string;
  readonly policy: ExpiryPolicy;
  readonly rotateEverySeconds: number | null;
  readonly cookie: CookieSettings;
  readonly codec: Codec;
  /** Null: the application has none. */
  readonly schema: SessionSchema | null;
  readonly maxBytes: number;
  readonly onKeyConflict: "last" | "fail";
  readonly onStoreError: "503" | "anonymous";
  readonly sweep: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly readConnection: ReadConnection;
  /** Whether the headers of a proxy count. */
  readonly trustsProxy: boolean;
  /** Whether forged requests are refused. */
  readonly csrf: boolean;
  /**
   * Where secrets come from, and never the secrets themselves: good ones were given, or at least one that production refuses; the store keeps
   * one beside the sessions; nowhere.
   */
  readonly secrets: "strong" | "weak" | "kept" | "absent";
  /** Where sentences go in development. */
  readonly log: (sentence: string) => void;
}

const RENEW_FRACTIONS = { throttled: 0.1, always: 0, never: null } as const;

/** A session whose text is longer than this is worth an event. */
export const LARGE_SESSION_BYTES: number = 64 * 1024;

/** Development talks where its developer looks. */
function warn(sentence: string): void {
  // eslint-disable-next-line no-console
  console.warn(sentence);
}

function environment(): string | undefined {
  return typeof process === "object" ? process.env["NODE_ENV"] : undefined;
}

/** Production is the default: only the two words that say otherwise loosen anything. */
export function isProduction(option: boolean | undefined): boolean {
  if (option !== undefined) return option;
  return environment() !== "development" && environment() !== "test";
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws ConfigurationError, InvalidDuration naming the option (both options, where two contradict each other)
 */
export function resolveSettings(options: CoatcheckOptions): Settings {
  checkOptions(options as Record<string, unknown>);
  const session = options.session ?? {};
  const cookie = session.cookie ?? {};
  const idleSeconds = parseDuration("session.idleTimeout", session.idleTimeout ?? "14d");
  const absoluteTimeout = session.absoluteTimeout === undefined ? "90d" : session.absoluteTimeout;
  const absoluteSeconds = absoluteTimeout === null ? null : parseDuration("session.absoluteTimeout", absoluteTimeout);
  if (session.idleTimeout !== undefined && absoluteSeconds !== null && idleSeconds > absoluteSeconds) {
    throw new ConfigurationError("session.idleTimeout", `is longer than session.absoluteTimeout (${idleSeconds} s against ${absoluteSeconds} s), so it could never be reached. Shorten it, or lengthen the other.`);
  }
  const rotateEverySeconds = session.rotateEvery == null ? null : parseDuration("session.rotateEvery", session.rotateEvery);
  if (rotateEverySeconds !== null && absoluteSeconds !== null && rotateEverySeconds >= absoluteSeconds) {
    throw new ConfigurationError("session.rotateEvery", `is not shorter than session.absoluteTimeout (${rotateEverySeconds} s against ${absoluteSeconds} s), so it would never happen. Shorten it, or lengthen the other.`);
  }
  if (typeof options.csrf === "object" && options.csrf.inSession === true && options.csrf.cookie?.name !== undefined) {
    throw new ConfigurationError("csrf.cookie.name", "names a cookie that csrf.inSession: true does without. Remove one of the two.");
  }
  const settings: Settings = {
    production: isProduction(options.production),
    namespace: options.namespace ?? "",
    policy: Object.freeze({
      idleSeconds,
      absoluteSeconds,
      persistent: !(session.expireAtBrowserClose ?? false),
      renewFraction: RENEW_FRACTIONS[session.renew ?? "throttled"],
    }),
    rotateEverySeconds,
    cookie: Object.freeze({
      name: cookie.name ?? null,
      path: cookie.path ?? "/",
      domain: cookie.domain ?? null,
      secure: cookie.secure ?? null,
      httpOnly: cookie.httpOnly ?? true,
      sameSite: cookie.sameSite ?? "lax",
      partitioned: cookie.partitioned ?? false,
    }),
    codec: session.codec ?? jsonCodec,
    schema: session.schema === undefined ? null : resolveSessionSchema(session.schema, "session.schema"),
    maxBytes: session.maxBytes ?? 1024 * 1024,
    onKeyConflict: session.onKeyConflict ?? "last",
    onStoreError: options.onStoreError ?? "503",
    sweep: options.sweep ?? true,
    clock: options.clock ?? systemClock,
    random: createRandom(options.random ?? systemRandom),
    readConnection: trustProxies(options.trustProxy),
    trustsProxy: Array.isArray(options.trustProxy) ? options.trustProxy.length > 0 : (options.trustProxy ?? 0) !== 0,
    csrf: options.csrf !== false,
    secrets: judgeSecrets(options),
    log: options.log ?? (environment() === "test" ? () => undefined : warn),
  };
  checkCookieSettings("session.cookie", settings.cookie);
  return Object.freeze(settings);
}

function judgeSecrets({ secrets, store }: CoatcheckOptions): Settings["secrets"] {
  // Without a store there is the embedded database.
  if (secrets === undefined) return store === undefined || keepsSettings(store) ? "kept" : "absent";
  try {
    for (const [index, secret] of secrets.entries()) if (index === 0 || secret !== undefined) checkSecret(secret, "secrets", true);
    return "strong";
  } catch {
    return "weak";
  }
}

/**
 * Refuses attributes of which browsers keep no cookie.
 *
 * @param group where the settings stand
 * @param secureSetting what decided `secure`
 * @throws ConfigurationError
 */
export function checkCookieSettings(group: string, { name, path, domain, secure, httpOnly, sameSite, partitioned }: CookieSettings, secureSetting = `${group}.secure`): void {
  const refuse = (setting: string, problem: string): never => {
    throw new ConfigurationError(`${group}.${setting}`, problem);
  };
  if (secure === false && sameSite === "none") refuse("sameSite", `"none" needs ${secureSetting}, which is false: browsers drop such a cookie.`);
  if (secure === false && partitioned) refuse("partitioned", `needs ${secureSetting}, which is false: browsers drop such a cookie.`);
  if (name === null) return;
  const prefix = /^__(?:host-http|host|secure|http)-/i.exec(name)?.[0].toLowerCase();
  if (prefix === undefined) return;
  if (secure === false) refuse("name", `the prefix of ${name} needs ${secureSetting}, which is false.`);
  if (prefix.includes("http-") && !httpOnly) refuse("name", `the prefix of ${name} needs ${group}.httpOnly to be true.`);
  if (prefix.startsWith("__host") && domain !== null) refuse("name", `the prefix of ${name} does not go with ${group}.domain. Remove the domain, or the prefix.`);
  if (prefix.startsWith("__host") && path !== "/") refuse("name", `the prefix of ${name} needs ${group}.path to be "/".`);
}
