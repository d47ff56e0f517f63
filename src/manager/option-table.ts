import { LONGEST_MAX_AGE_SECONDS } from "../cookie/attributes.ts";
import { domainProblem } from "../cookie/domain.ts";
import { ConfigurationError } from "../errors.ts";
import { parseDuration } from "../session/duration.ts";
import { resolveSessionSchema } from "../session/session-schema.ts";
import { hintForForeign } from "./foreign-options.ts";

/** One option: what it is called, what it may be, what it is when it is not given, and what it corresponds to in Django. */
export interface OptionRow {
  /** Dotted, as the user writes it: `session.cookie.name`. */
  readonly name: string;
  /** Its TypeScript type, as text: the options interface is generated from it. */
  readonly type: string;
  /** The default, as the documentation shows it. */
  readonly default: string;
  readonly description: string;
  readonly django?: string;
  /** Throws ConfigurationError for a value that cannot be. Not called for undefined. */
  readonly check: (value: unknown, name: string) => void;
}

type Check = OptionRow["check"];

const fail = (name: string, problem: string): never => {
  throw new ConfigurationError(name, problem);
};

const shown = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (typeof value === "function") return "a function";
  return Array.isArray(value) ? "a list" : typeof value === "object" && value !== null ? "an object" : String(value).slice(0, 40);
};

const isBoolean: Check = (value, name) => {
  if (typeof value !== "boolean") fail(name, `expected true or false, got ${shown(value)}.`);
};

const isPositiveDuration: Check = (value, name) => {
  if (parseDuration(name, value) <= 0) fail(name, "a session that ends at once cannot be used; give a positive duration.");
};

const orNull = (check: Check): Check => (value, name) => {
  if (value !== null) check(value, name);
};

const isOneOf = (...words: readonly unknown[]): Check => (value, name) => {
  if (!words.includes(value)) fail(name, `expected ${words.map((word) => JSON.stringify(word)).join(" or ")}, got ${shown(value)}.`);
};

const isObject = (what: string): Check => (value, name) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) fail(name, `expected ${what}, got ${shown(value)}.`);
};

const isFunction: Check = (value, name) => {
  if (typeof value !== "function") fail(name, `expected a function, got ${shown(value)}.`);
};

const isText = (pattern: RegExp, rule: string): Check => (value, name) => {
  if (typeof value !== "string" || !pattern.test(value)) fail(name, `${shown(value)} is not ${rule}.`);
};

const isDomain: Check = (value, name) => {
  const problem = typeof value === "string" ? domainProblem(value) : `is ${shown(value)}`;
  if (problem !== undefined) fail(name, `${problem}. Give a host name such as "example.org" without scheme, port and path, or leave it out.`);
};

const isWholeNumber = (least: number, most: number): Check => (value, name) => {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) fail(name, `expected a whole number from ${least} to ${most}, got ${shown(value)}.`);
};

const hasMethods = (what: string, ...methods: readonly string[]): Check => (value, name) => {
  const object = value as Record<string, unknown> | null;
  const missing = typeof object === "object" && object !== null ? methods.filter((method) => typeof object[method] !== "function") : methods;
  if (missing.length > 0) fail(name, `expected ${what}, but it has no ${missing.join(", ")}.`);
};

const isRenewal: Check = isOneOf("throttled", "always", "never");

/**
 * Every option. The interface `CoatcheckOptions` and `docs/settings.md` are generated from this table by `scripts/write-settings.ts`,
 * and the check that runs at start walks it.
 */
export const OPTION_TABLE: readonly OptionRow[] = [
  {
    name: "store",
    type: "SessionStore | CookieSessionStore",
    default: '`sqliteStore("coatcheck.db")`',
    description: "Where sessions live: any of Coatcheck's stores, or one of your own that passes the conformance suite.",
    django: "SESSION_ENGINE",
    check: (value, name) => {
      if ((value as { kind?: unknown } | null)?.kind !== "cookie") hasMethods("a session store", "read", "create", "update", "touch", "delete")(value, name);
    },
  },
  {
    name: "secrets",
    type: "readonly (string | Uint8Array | undefined)[]",
    default: "made on first start and kept in the embedded store; with a store of yours there is none",
    description: "Keys of at least 32 bytes: the newest, first, signs and seals; all verify and open. Entries other than the first may be undefined. `npx coatcheck secret` makes one.",
    django: "SECRET_KEY, SECRET_KEY_FALLBACKS",
    check: (value, name) => {
      if (!Array.isArray(value) || value.length === 0) fail(name, "expected a list with at least one secret, the newest first.");
    },
  },
  {
    name: "production",
    type: "boolean",
    default: "`true`, unless NODE_ENV is `development` or `test`",
    description: "Only `false` loosens anything: development stores are allowed, refusals explain themselves in the response and the log.",
    django: "DEBUG",
    check: isBoolean,
  },
  {
    name: "namespace",
    type: "string",
    default: '`""`',
    description: "Keeps several applications on one store, or on one host, apart: a session of one is a stranger in the others, and the names of the CSRF and message cookies hold it. Changing it ends every session.",
    check: isText(/^[A-Za-z0-9_.-]{0,64}$/, "a name of at most 64 letters, digits, dots, dashes or underscores"),
  },
  {
    name: "session.idleTimeout",
    type: "Duration",
    default: '`"14d"`',
    description: "A session ends after so long without activity.",
    django: "SESSION_COOKIE_AGE",
    check: isPositiveDuration,
  },
  {
    name: "session.absoluteTimeout",
    type: "Duration | null",
    default: '`"90d"`',
    description: "A session ends so long after it began, whatever its activity; null: never for that reason.",
    check: orNull(isPositiveDuration),
  },
  {
    name: "session.expireAtBrowserClose",
    type: "boolean",
    default: "`false`",
    description: "The cookie lives until the browser closes. The server ends the session after the idle time all the same.",
    django: "SESSION_EXPIRE_AT_BROWSER_CLOSE",
    check: isBoolean,
  },
  {
    name: "session.renew",
    type: '"throttled" | "always" | "never"',
    default: '`"throttled"`',
    description: "When activity moves the end of a session: once a tenth of the idle time has passed since it last did, with every request, or never.",
    django: "SESSION_SAVE_EVERY_REQUEST",
    check: isRenewal,
  },
  {
    name: "session.rotateEvery",
    type: "Duration | null",
    default: "`null`",
    description: "Gives a session a new token so often; the old one leads to it for ten seconds more, for requests in flight, and is reported as a replay after that.",
    check: orNull(isPositiveDuration),
  },
  {
    name: "session.cookie.name",
    type: "string",
    default: "`__Host-sessionid` over https with path `/` and no domain, else `sessionid`",
    description: "The name of the session cookie. Changing it ends every session.",
    django: "SESSION_COOKIE_NAME",
    check: isText(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, "a cookie name (RFC 6265bis section 4.1.1)"),
  },
  { name: "session.cookie.path", type: "string", default: "`/`", description: "The cookie is sent to this path and below.", django: "SESSION_COOKIE_PATH", check: isText(/^\/[^;\u0000-\u001f\u007f]{0,1000}$/, "a path that begins with /") },
  { name: "session.cookie.domain", type: "string", default: "none: only the host itself", description: "Sends the cookie to every host below this domain as well.", django: "SESSION_COOKIE_DOMAIN", check: isDomain },
  {
    name: "session.cookie.secure",
    type: "boolean",
    default: "`true`, except over http between this machine and itself",
    description: "The browser returns the cookie over https only. Set to true, it holds on loopback too; false sends sessions in clear.",
    django: "SESSION_COOKIE_SECURE",
    check: isBoolean,
  },
  { name: "session.cookie.httpOnly", type: "boolean", default: "`true`", description: "Scripts in the page cannot read the cookie.", django: "SESSION_COOKIE_HTTPONLY", check: isBoolean },
  {
    name: "session.cookie.sameSite",
    type: '"lax" | "strict" | "none"',
    default: '`"lax"`',
    description: 'Whether the cookie travels with requests that another site caused. `"none"` needs Secure.',
    django: "SESSION_COOKIE_SAMESITE",
    check: isOneOf("lax", "strict", "none"),
  },
  { name: "session.cookie.partitioned", type: "boolean", default: "`false`", description: "A cookie jar of its own for each site that embeds yours (CHIPS). Needs Secure.", check: isBoolean },
  { name: "session.codec", type: "Codec", default: "tagged JSON", description: "How values become text. Tagged JSON keeps Date, Map, Set, BigInt and Uint8Array.", django: "SESSION_SERIALIZER", check: hasMethods("a codec", "decode", "encode", "inspect", "clone", "snapshot") },
  {
    name: "session.schema",
    type: "SessionSchemaOption",
    default: "none",
    description: "What the session may hold, in zod, valibot, arktype or any other library that speaks Standard Schema, with versions by `defineSessionSchema`. It checks and changes nothing: what does not fit is refused when it is set, and kept aside when it was stored before.",
    check: (value, name) => void resolveSessionSchema(value, name),
  },
  { name: "session.maxBytes", type: "number", default: "1 MiB; an event from 64 KiB on", description: "A session whose text is longer is not saved: SessionTooLarge.", check: isWholeNumber(256, 64 * 1024 * 1024) },
  { name: "session.onKeyConflict", type: '"last" | "fail"', default: '`"last"`', description: "Two requests set one key at once: the last commit wins, or fails with KeyConflict. `session.change` merges and never conflicts.", check: isOneOf("last", "fail") },
  {
    name: "csrf.token",
    type: '"when-needed" | "always"',
    default: '`"when-needed"`',
    description: "When an unsafe request must carry a token: where the browser does not say where it comes from (Fetch Metadata, Origin), or always. `csrf: false` switches the protection off.",
    django: "CsrfViewMiddleware",
    check: isOneOf("when-needed", "always"),
  },
  { name: "csrf.inSession", type: "boolean", default: "`false`", description: "Keeps the CSRF secret in the session instead of a cookie. A page with a form then makes a record.", django: "CSRF_USE_SESSIONS", check: isBoolean },
  {
    name: "csrf.trustedOrigins",
    type: "readonly string[]",
    default: "none",
    description: "Other origins whose pages may send unsafe requests here: `https://shop.example`, `https://*.shop.example`.",
    django: "CSRF_TRUSTED_ORIGINS",
    check: (value, name) => {
      if (!Array.isArray(value)) fail(name, `expected a list of origins, got ${shown(value)}.`);
    },
  },
  { name: "csrf.headerName", type: "string", default: "`X-CSRFToken`", description: "The request header that scripts send the token in.", django: "CSRF_HEADER_NAME", check: isText(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/, "a header name") },
  { name: "csrf.fieldName", type: "string", default: "`csrfmiddlewaretoken`", description: "The form field that carries the token.", check: isText(/^[A-Za-z0-9_-]{1,64}$/, "a field name of letters, digits, dashes and underscores") },
  { name: "csrf.safeMethods", type: '"report" | "refuse"', default: '`"report"`', description: "A GET or HEAD that another site caused changes the session: an event and a warning, or a 403 and nothing saved.", check: isOneOf("report", "refuse") },
  { name: "csrf.cookie.name", type: "string", default: "`__Host-csrftoken` over https with path `/` and no domain, else `csrftoken`; with a namespace `-` and the namespace at its end", description: "The name of the CSRF cookie. The visitor's cookie is called after it: `csrfvisitor`, or your name with `-visitor` at its end.", django: "CSRF_COOKIE_NAME", check: isText(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/, "a cookie name (RFC 6265bis section 4.1.1)") },
  { name: "csrf.cookie.path", type: "string", default: "`/`", description: "The CSRF cookie is sent to this path and below.", django: "CSRF_COOKIE_PATH", check: isText(/^\/[^;\u0000-\u001f\u007f]{0,1000}$/, "a path that begins with /") },
  { name: "csrf.cookie.domain", type: "string", default: "none: only the host itself", description: "Sends the CSRF cookie to every host below this domain as well.", django: "CSRF_COOKIE_DOMAIN", check: isText(/^\.?[A-Za-z0-9.-]{1,253}$/, "a domain name") },
  { name: "csrf.cookie.secure", type: "boolean", default: "as the session cookie", description: "The browser returns the CSRF cookie over https only.", django: "CSRF_COOKIE_SECURE", check: isBoolean },
  { name: "csrf.cookie.httpOnly", type: "boolean", default: "`false`", description: "Scripts in the page cannot read the CSRF cookie. What they send in the header then has to come with the page: `csrf.token()`.", django: "CSRF_COOKIE_HTTPONLY", check: isBoolean },
  {
    name: "csrf.cookie.maxAge",
    type: "Duration | null",
    default: '`"364d"`',
    description: "How long the browser keeps the CSRF cookie, counted from the last page with a token; at most 400 days. null: until the browser closes.",
    django: "CSRF_COOKIE_AGE",
    check: orNull((value, name) => {
      const seconds = parseDuration(name, value);
      if (seconds === 0 || seconds > LONGEST_MAX_AGE_SECONDS) fail(name, "browsers keep a cookie for a second at least and 400 days at most.");
    }),
  },
  { name: "csrf.cookie.sameSite", type: '"lax" | "strict" | "none"', default: "as the session cookie", description: "Whether the CSRF cookie travels with requests that another site caused.", django: "CSRF_COOKIE_SAMESITE", check: isOneOf("lax", "strict", "none") },
  { name: "csrf.cookie.partitioned", type: "boolean", default: "as the session cookie", description: "A jar of its own for the CSRF cookie on each site that embeds yours (CHIPS). Needs Secure.", check: isBoolean },
  {
    name: "messages.storage",
    type: '"fallback" | "cookie" | "session"',
    default: '`"fallback"`',
    description: "Where one-time messages wait: in the session where there is one and in sealed cookies for strangers, only in cookies, or only in the session. `messages: false` switches them off.",
    django: "MESSAGE_STORAGE",
    check: isOneOf("fallback", "cookie", "session"),
  },
  {
    name: "messages.level",
    type: '"debug" | "info" | "success" | "warning" | "error" | number',
    default: '`"info"`',
    description: "The least level that is recorded; a request can choose its own.",
    django: "MESSAGE_LEVEL",
    check: (value, name) => {
      if (typeof value === "number") isWholeNumber(1, 1000)(value, name);
      else isOneOf("debug", "info", "success", "warning", "error")(value, name);
    },
  },
  {
    name: "messages.tags",
    type: "Readonly<Record<string, string>>",
    default: "the names of the levels",
    description: 'The tag (CSS class) of a level, by its name or number: `{ error: "danger", 42: "hint" }`.',
    django: "MESSAGE_TAGS",
    check: (value, name) => {
      isObject("an object of tags by level")(value, name);
      for (const [level, tag] of Object.entries(value as Record<string, unknown>)) {
        if (/^\d+$/.test(level)) isWholeNumber(1, 1000)(Number(level), `${name} level`);
        else isOneOf("debug", "info", "success", "warning", "error")(level, `${name} level`);
        if (typeof tag !== "string") fail(`${name}.${level}`, `expected a text, got ${shown(tag)}.`);
      }
    },
  },
  {
    name: "auth.users",
    type: "Users",
    default: "none: without `auth` there are no logins",
    description: "Where users live: `sqlUsers(database)` (Django's tables), or an object of your own.",
    django: "AUTH_USER_MODEL",
    check: hasMethods("users", "findById", "findByUsername", "create", "setPasswordHash", "recordLogin"),
  },
  {
    name: "auth.backends",
    type: "readonly AuthBackend[]",
    default: "none: the password alone",
    description: "Further ways to prove who one is, asked in this order after the password: a directory, a key, a link by mail.",
    django: "AUTHENTICATION_BACKENDS",
    check: (value, name) => {
      if (!Array.isArray(value)) fail(name, `expected a list of backends, got ${shown(value)}.`);
      else value.forEach((backend, at) => hasMethods("a backend", "authenticate")(backend, `${name}[${at}]`));
    },
  },
  {
    name: "auth.hashers",
    type: "readonly PasswordHasher[]",
    default: "argon2id, then scrypt, PBKDF2 and bcrypt for what is stored already",
    description: "The first hashes, all verify; a password is hashed anew at login when another would be made today.",
    django: "PASSWORD_HASHERS",
    check: (value, name) => {
      if (!Array.isArray(value)) fail(name, `expected a list of hashers, got ${shown(value)}.`);
      else value.forEach((hasher, at) => hasMethods("a hasher", "hash", "verify", "needsUpgrade", "prepare")(hasher, `${name}[${at}]`));
    },
  },
  {
    name: "auth.storedHashes",
    type: "readonly string[]",
    default: "learned as logins are seen",
    description: 'Older kinds of password hashes that the table still holds: `["pbkdf2_sha256", "bcrypt"]`. A wrong password then takes the same time for every name from the start, one check of each kind.',
    check: (value, name) => {
      if (!Array.isArray(value)) fail(name, `expected a list of algorithms, got ${shown(value)}.`);
      else value.forEach((algorithm, at) => isText(/^[^$]+$/, "the part of a hash before its first $")(algorithm, `${name}[${at}]`));
    },
  },
  { name: "auth.maxWaiting", type: "number", default: "100", description: "So many passwords may wait to be checked; the next is turned away with 503.", check: isWholeNumber(1, 10_000) },
  { name: "auth.loginUrl", type: "string", default: "`/login`", description: "Where strangers are sent who need to log in: a path of this site.", django: "LOGIN_URL", check: isText(/^\/[^/\\]?/, "a path that begins with one slash") },
  { name: "auth.loginRedirect", type: "string", default: "`/`", description: "Where a login leads when it was not on the way to some page.", django: "LOGIN_REDIRECT_URL", check: isText(/^\/[^/\\]?/, "a path that begins with one slash") },
  { name: "auth.recentLogin", type: "Duration", default: '`"5m"`', description: "How old a proof may be for `requireRecentLogin`.", check: isPositiveDuration },
  { name: "auth.maxSessionsPerUser", type: "number | null", default: "`null`: as many as one likes", description: "On how many devices a user may be logged in. Needs a store that lists a user's sessions.", check: orNull(isWholeNumber(1, 1000)) },
  { name: "auth.onTooManySessions", type: '"end-oldest" | "refuse"', default: '`"end-oldest"`', description: "What happens to one login too many: the oldest session ends, or the login fails with TooManySessions.", check: isOneOf("end-oldest", "refuse") },
  { name: "auth.throttle.perUser", type: "number", default: "5", description: "So many wrong passwords for one name within the window; after that even the right one is wrong until it ends. `auth.throttle: false` switches counting off.", check: isWholeNumber(1, 1_000_000) },
  { name: "auth.throttle.perAddress", type: "number", default: "50", description: "So many wrong passwords from one address (of IPv6: one /64) within the window; after that 429, whatever the name.", check: isWholeNumber(1, 1_000_000) },
  { name: "auth.throttle.window", type: "Duration", default: '`"5m"`', description: "How long attempts are counted before counting begins anew.", check: isPositiveDuration },
  { name: "auth.minPasswordLength", type: "number", default: "8", description: "Characters that a new password needs.", django: "AUTH_PASSWORD_VALIDATORS", check: isWholeNumber(8, 64) },
  { name: "auth.refusePassword", type: "((password: string, user: { readonly username: string; readonly email?: string }) => string | null)", default: "none", description: "A rule of your own for new passwords: says why one is refused, or null.", django: "AUTH_PASSWORD_VALIDATORS", check: isFunction },
  {
    name: "auth.clearSiteData",
    type: 'readonly ("cache" | "cookies" | "storage")[]',
    default: "none",
    description: "What a logout has the browser forget of this site beside the session: `[\"cache\", \"storage\"]`. `cookies` takes theme and language along, on every subdomain.",
    check: (value, name) => {
      if (!Array.isArray(value)) fail(name, `expected a list, got ${shown(value)}.`);
      else value.forEach((word, at) => isOneOf("cache", "cookies", "storage")(word, `${name}[${at}]`));
    },
  },
  { name: "auth.unsafeDelayedLogout", type: "boolean", default: "`false`", description: "Accepts a store that does not show a logout to every reader at once.", check: isBoolean },
  {
    name: "trustProxy",
    type: "TrustProxy",
    default: "none",
    description: "The proxies before this process: how many, or their addresses and networks. Only then do X-Forwarded-* and Forwarded count, and only what those proxies say.",
    django: "SECURE_PROXY_SSL_HEADER",
    check: (value, name) => {
      if (typeof value === "number") isWholeNumber(0, 16)(value, name);
      else if (!Array.isArray(value)) fail(name, `expected a number of proxies or a list of addresses, got ${shown(value)}.`);
    },
  },
  { name: "onStoreError", type: '"503" | "anonymous"', default: '`"503"`', description: "What a request gets that needs its session while the store is down.", check: isOneOf("503", "anonymous") },
  {
    name: "revocations",
    type: "RevocationBus",
    default: "none: `cloakroom.onRevoked` hears what this process ends",
    description: "Carries the news of ended sessions between nodes: `redisRevocations(client)` or `postgresRevocations(pool)` of `coatcheck/revocations`.",
    check: hasMethods("a revocation bus", "publish", "subscribe"),
  },
  {
    name: "storeGuard.timeoutMs",
    type: "number",
    default: "`5000`",
    description: "How long one call of a store that others share over a network may take, in milliseconds; the store's own limits hold too. `storeGuard: false` puts nothing in front of the store.",
    check: isWholeNumber(1, 2 ** 31 - 1),
  },
  { name: "storeGuard.failuresToOpen", type: "number", default: "`5`", description: "After so many failures in a row, with no success in between, calls fail at once (503 with Retry-After) instead of waiting for a store that is down. Where failures and successes alternate, as when one of several servers is down, it takes up to ten times as many.", check: isWholeNumber(1, 2 ** 31 - 1) },
  { name: "storeGuard.retryAfterMs", type: "number", default: "`1000`", description: "While calls fail at once, one is let through so often, in milliseconds; the first that succeeds ends it.", check: isWholeNumber(1, 2 ** 31 - 1) },
  { name: "sweep", type: "boolean", default: "`true`", description: "Deletes a few expired records after a writing response now and then, where the engine does not do it by itself.", check: isBoolean },
  { name: "log", type: "(sentence: string) => void", default: "`console.warn`; nothing where NODE_ENV is `test`", description: "Where the sentences go that explain, in development, why a session does not stick.", check: isFunction },
  { name: "clock", type: "Clock", default: "the machine's", description: "Where the time is read.", check: hasMethods("a clock", "now", "wait") },
  { name: "random", type: "FillRandom", default: "the platform's secure source", description: "Where random bytes come from.", check: isFunction },
];

/** The groups that options are nested in. */
const GROUPS: ReadonlySet<string> = new Set(["session", "session.cookie", "csrf", "csrf.cookie", "messages", "auth", "auth.throttle", "storeGuard"]);

/** The groups that `true` and `false` switch on and off as a whole. */
export const SWITCHES: ReadonlySet<string> = new Set(["csrf", "messages", "auth.throttle", "storeGuard"]);

/**
 * Checks the options by the table.
 *
 * @throws ConfigurationError for an unknown name (with the nearest known one) or a value that cannot be
 */
export function checkOptions(options: Readonly<Record<string, unknown>>, table: readonly OptionRow[] = OPTION_TABLE, groups: ReadonlySet<string> = GROUPS, prefix = ""): void {
  for (const [key, value] of Object.entries(options)) {
    const name = prefix + key;
    if (value === undefined) continue;
    if (groups.has(name)) {
      if (SWITCHES.has(name) && typeof value === "boolean") continue;
      isObject(SWITCHES.has(name) ? "true, false or an object of options" : "an object of options")(value, name);
      checkOptions(value as Record<string, unknown>, table, groups, `${name}.`);
      continue;
    }
    const row = table.find((candidate) => candidate.name === name);
    if (row === undefined) fail(name, `there is no such option. ${suggestName(name, table, groups)}`);
    else row.check(value, name);
  }
}

const sectionOf = (name: string): string => name.slice(0, name.indexOf("."));

function suggestName(name: string, table: readonly OptionRow[], groups: ReadonlySet<string>): string {
  const last = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  const group = [...groups].find((candidate) => candidate.toLowerCase().endsWith(`.${last}`));
  if (group !== undefined) return `Did you mean ${group}, ${group.split(".").reduceRight((inner, part) => `{ ${part}: ${inner} }`, "{ … }")}?`;
  const near = table.find((row) => `.${row.name.toLowerCase()}`.endsWith(`.${last}`));
  const hint = hintForForeign(name);
  // What other libraries call so is meant, unless the same part of these options has the name.
  if (near !== undefined && (hint === null || sectionOf(near.name) === sectionOf(name))) return `Did you mean ${near.name}?`;
  if (hint !== null) return hint;
  const alike = table.find((row) => row.name.toLowerCase().endsWith(last)) ?? table.find((row) => row.django?.toLowerCase().includes(last));
  return alike === undefined ? "See docs/settings.md." : `Did you mean ${alike.name}?`;
}
