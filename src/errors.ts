/**
 * Every error that Coatcheck throws on purpose. Decide on `code` (it never changes), show `message`
 * (it names the setting, key or row and the cure), and answer with `status` when the error reaches a client.
 * No message ever carries a token, a secret or a session value.
 */
export type CoatErrorCode =
  | "COAT_BAD_SEAL"
  | "COAT_BAD_SIGNATURE"
  | "COAT_CONFIGURATION"
  | "COAT_COOKIE_TOO_LARGE"
  | "COAT_CSRF_REFUSED"
  | "COAT_HASHER_UNAVAILABLE"
  | "COAT_HASHING_BUSY"
  | "COAT_INVALID_COOKIE"
  | "COAT_INVALID_DURATION"
  | "COAT_KEY_CONFLICT"
  | "COAT_LOGIN_THROTTLED"
  | "COAT_METHOD_NOT_ALLOWED"
  | "COAT_MIDDLEWARE_MISSING"
  | "COAT_NOT_AUTHENTICATED"
  | "COAT_PASSWORD_REJECTED"
  | "COAT_PERMISSION_DENIED"
  | "COAT_RANDOM_UNAVAILABLE"
  | "COAT_REAUTHENTICATION_NEEDED"
  | "COAT_RECORD_CORRUPT"
  | "COAT_RESERVED_KEY"
  | "COAT_SECRET_MISSING"
  | "COAT_SESSION_COMMITTED"
  | "COAT_SESSION_CONFLICT"
  | "COAT_SESSION_ENDED"
  | "COAT_SESSION_NOT_LOADED"
  | "COAT_SESSION_READONLY"
  | "COAT_SESSION_TOO_LARGE"
  | "COAT_SIGNATURE_EXPIRED"
  | "COAT_STORE_NOT_MIGRATED"
  | "COAT_STORE_UNAVAILABLE"
  | "COAT_TOO_MANY_SESSIONS"
  | "COAT_UNSUPPORTED_VALUE"
  | "COAT_USERNAME_REJECTED"
  | "COAT_VALUE_REJECTED";

/** The base of them all. `status` is the HTTP status that an adapter answers with when nobody handles the error. */
export class CoatError extends Error {
  readonly code: CoatErrorCode;
  readonly status: number;

  constructor(code: CoatErrorCode, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.status = status;
  }
}

/**
 * A setting is missing, unsafe or contradicts another one. Thrown at start, or where the part that is not configured is first used.
 *
 * Cure: Change the setting that the message begins with (`error.setting`). A secret that is missing: `npx coatcheck secret`, and `secrets: [process.env.SECRET_KEY]`.
 */
export class ConfigurationError extends CoatError {
  /** The setting as the user wrote it, for instance `session.cookie.secure`. */
  readonly setting: string;

  constructor(setting: string, problem: string, code: "COAT_CONFIGURATION" | "COAT_SECRET_MISSING" = "COAT_CONFIGURATION") {
    super(code, 500, `${setting}: ${problem}`);
    this.setting = setting;
  }
}

/**
 * A duration that is not a whole number of seconds or a string such as `"5m"`.
 *
 * Cure: Give whole seconds (`300`) or a number with a unit (`"5m"`, `"14d"`).
 */
export class InvalidDuration extends CoatError {
  constructor(name: string, problem: string) {
    super("COAT_INVALID_DURATION", 500, `${name}: ${problem}. Give whole seconds (300) or a number with a unit ("5m", "14d").`);
  }
}

/**
 * A cookie that a browser would drop or misread was about to be sent.
 *
 * Cure: Change what the message names: the name, the value, or the attributes that contradict each other.
 */
export class InvalidCookie extends CoatError {
  constructor(message: string) {
    super("COAT_INVALID_COOKIE", 500, message);
  }
}

/**
 * Name and value together exceed the 4096 bytes that browsers keep (RFC 6265bis section 5.6).
 *
 * Cure: Keep the value in the session or in your database, and an id in the cookie.
 */
export class CookieTooLarge extends CoatError {
  constructor(message: string) {
    super("COAT_COOKIE_TOO_LARGE", 500, message);
  }
}

/**
 * A value that cannot be kept in a session. `path` says where it stands, for instance `cart.items[2].print`.
 *
 * Cure: Keep plain data there (objects, arrays, Date, Map, Set, BigInt, Uint8Array); of an instance of a class, keep its fields.
 */
export class UnsupportedValue extends CoatError {
  readonly path: string;

  constructor(path: string, problem: string) {
    super("COAT_UNSUPPORTED_VALUE", 500, `${path}: ${problem}`);
    this.path = path;
  }
}

/**
 * The text of a stored record cannot be read. The manager treats such a record as absent and reports it.
 *
 * Cure: Find out what else writes to the store, or which codec or secret wrote the record. Requests never see this error.
 */
export class RecordCorrupt extends CoatError {
  constructor(problem: string, options?: ErrorOptions) {
    super("COAT_RECORD_CORRUPT", 500, `The stored record cannot be read: ${problem}`, options);
  }
}

/**
 * A key that begins with `_` belongs to Coatcheck.
 *
 * Cure: Choose a name that does not begin with `_`.
 */
export class ReservedKey extends CoatError {
  constructor(key: string) {
    super("COAT_RESERVED_KEY", 500, `Session keys that begin with "_" are Coatcheck's own: choose another name than ${JSON.stringify(key)}.`);
  }
}

/**
 * The session was ended (logout, revocation, rotation, sweeping) while this request was changing it.
 *
 * Cure: Answer as to a stranger, for instance with the login page.
 */
export class SessionEnded extends CoatError {
  constructor() {
    super("COAT_SESSION_ENDED", 409, "The session ended while this request was running, so its changes were not kept.");
  }
}

/**
 * The response has left, or is leaving: the session cannot change any more.
 *
 * Cure: Change the session before the first byte, or use `coat.detach()` for a stream.
 */
export class SessionCommitted extends CoatError {
  constructor(what: string) {
    super(
      "COAT_SESSION_COMMITTED",
      500,
      `${what} came after the response had begun to leave, so it could not be saved. Change the session before the first byte, or use coat.detach() for a stream.`,
    );
  }
}

/**
 * A `lazy` route looked at the session without loading it.
 *
 * Cure: `await coat.load()` before looking, or a route that is not lazy.
 */
export class SessionNotLoaded extends CoatError {
  constructor() {
    super("COAT_SESSION_NOT_LOADED", 500, "This route is lazy: call `await coat.load()` before looking at the session.");
  }
}

/**
 * A `readonly` route changed the session.
 *
 * Cure: Take `readonly` from the route, or do not change the session in it.
 */
export class SessionReadonly extends CoatError {
  constructor(what: string) {
    super("COAT_SESSION_READONLY", 500, `${what}: this route is declared readonly. Remove \`readonly\` from the route, or do not change the session in it.`);
  }
}

/**
 * The encoded session exceeds `session.maxBytes`.
 *
 * Cure: Keep large things in your database and their id in the session, or raise `session.maxBytes`.
 */
export class SessionTooLarge extends CoatError {
  constructor(bytes: number, maxBytes: number, largestKey: string) {
    super(
      "COAT_SESSION_TOO_LARGE",
      500,
      `The session would take ${bytes} bytes and session.maxBytes is ${maxBytes}. The largest key is ${JSON.stringify(largestKey)}: keep large things in your database and their id in the session.`,
    );
  }
}

/**
 * Other writers kept changing this session until the deadline passed. Nothing was saved.
 *
 * Cure: Nothing was saved: let the client try again. Write less often, or spread what is written over several sessions.
 */
export class SessionConflict extends CoatError {
  constructor(attempts: number) {
    super("COAT_SESSION_CONFLICT", 503, `The session was changed by others ${attempts} times while this request tried to save it. Nothing was saved; the client may try again.`);
  }
}

/**
 * Two requests changed one key and `session.onKeyConflict` is `"fail"`.
 *
 * Cure: Merge with `session.change()`, or let the last one win: `session.onKeyConflict: "last"`.
 */
export class KeyConflict extends CoatError {
  readonly key: string;

  constructor(key: string) {
    super("COAT_KEY_CONFLICT", 409, `Another request changed the session key ${JSON.stringify(key)} at the same time. Use session.change() to merge, or set session.onKeyConflict to "last".`);
    this.key = key;
  }
}

/** Whether a failed store call may have reached the engine. Only `not-sent` may be repeated blindly. */
export type WriteOutcome = "not-sent" | "unknown";

/**
 * The store failed (it is down, timed out, refused). Stores wrap what their driver throws in this, and say whether the write was certainly `not-sent` or is `unknown`.
 *
 * Cure: Look at the store; `error.cause` is what its driver said.
 */
export class StoreUnavailable extends CoatError {
  readonly outcome: WriteOutcome;
  readonly operation: string;
  /** Milliseconds before which it is known that trying again is of no use; null when nothing is known. */
  readonly retryAfterMs: number | null;

  constructor(operation: string, outcome: WriteOutcome, options?: ErrorOptions & { readonly retryAfterMs?: number }) {
    super("COAT_STORE_UNAVAILABLE", 503, `The session store failed to ${operation}.`, options);
    this.outcome = outcome;
    this.operation = operation;
    this.retryAfterMs = options?.retryAfterMs ?? null;
  }
}

/**
 * A table or index is missing.
 *
 * Cure: `npx coatcheck migrate`, or `await store.migrate()` at start.
 */
export class StoreNotMigrated extends CoatError {
  constructor(what: string, options?: ErrorOptions) {
    super("COAT_STORE_NOT_MIGRATED", 503, `The session store has no ${what}. Run \`npx coatcheck migrate\`, or call \`await store.migrate()\` at start.`, options);
  }
}

/**
 * `coatOf(req)` was called where no middleware had run.
 *
 * Cure: Mount the middleware before your routes.
 */
export class MiddlewareMissing extends CoatError {
  constructor(line: string) {
    super("COAT_MIDDLEWARE_MISSING", 500, `This request has no coat: the middleware has not run. Add \`${line}\` before your routes.`);
  }
}

/**
 * The random source failed. No token is ever made from anything weaker.
 *
 * Cure: Look at the platform, or at the option `random`.
 */
export class RandomUnavailable extends CoatError {
  constructor(problem: string, options?: ErrorOptions) {
    super("COAT_RANDOM_UNAVAILABLE", 500, `No random bytes: ${problem}`, options);
  }
}

/**
 * A request that changes something could not prove that its user meant it. `reason` is stable.
 *
 * Cure: Send the token (`csrf.field()`, `csrf.token()`), or trust the origin (`csrf.trustedOrigins`); `error.reason` says which.
 */
export class CsrfRefused extends CoatError {
  readonly reason: string;

  constructor(reason: string, explanation: string) {
    super("COAT_CSRF_REFUSED", 403, explanation);
    this.reason = reason;
  }
}

/**
 * A signature does not fit. The message never contains the value.
 *
 * Cure: Treat the value as absent: somebody altered it, or its secret is not listed any more.
 */
export class BadSignature extends CoatError {
  constructor(problem = "The signature does not fit.") {
    super("COAT_BAD_SIGNATURE", 400, problem);
  }
}

/**
 * A signature is right but too old.
 *
 * Cure: Ask for a new one, or allow a longer `maxAge`.
 */
export class SignatureExpired extends CoatError {
  constructor(ageSeconds: number, maxAgeSeconds: number) {
    super("COAT_SIGNATURE_EXPIRED", 400, `The signature is ${ageSeconds} s old and at most ${maxAgeSeconds} s were allowed.`);
  }
}

/**
 * A sealed value was cut, altered, moved, or sealed under a key that is no longer listed.
 *
 * Cure: Treat the value as absent: somebody altered it, or its secret is not listed any more.
 */
export class BadSeal extends CoatError {
  constructor(problem = "The sealed value cannot be opened.") {
    super("COAT_BAD_SEAL", 400, problem);
  }
}

/**
 * A preference was set to something that is not among its values. The message lists the values and not what was given.
 *
 * Cure: Offer the values that the message lists.
 */
export class ValueRejected extends CoatError {
  readonly preference: string;

  constructor(preference: string, values: readonly string[]) {
    super("COAT_VALUE_REJECTED", 400, `${preference}: the value is none of ${values.map((value) => JSON.stringify(value)).join(", ")}.`);
    this.preference = preference;
  }
}

/**
 * A session key was given a value that `session.schema` refuses. The message says where and not what it was.
 *
 * Cure: Check what comes from outside before it is put into the session; `error.places` says where it does not fit.
 */
export class SessionValueRejected extends CoatError {
  readonly key: string;
  /** Where, for instance `cart[0].count`; at most ten places. */
  readonly places: readonly string[];

  constructor(key: string, places: readonly string[]) {
    super("COAT_VALUE_REJECTED", 500, `The value for the session key ${JSON.stringify(key)} does not fit session.schema at ${places.join(", ")}. Check what comes from outside before it is put into the session.`);
    this.key = key;
    this.places = places;
  }
}

/**
 * The platform cannot hash passwords as configured. Thrown at start, never answered with a cheaper hash.
 *
 * Cure: Install the package that the message names, or list another hasher first (`auth.hashers`).
 */
export class HasherUnavailable extends CoatError {
  readonly algorithm: string;

  constructor(algorithm: string, cure: string, options?: ErrorOptions) {
    super("COAT_HASHER_UNAVAILABLE", 500, `The password hasher ${algorithm} does not work here. ${cure}`, options);
    this.algorithm = algorithm;
  }
}

/**
 * So many passwords wait to be hashed that this one was turned away at once.
 *
 * Cure: Let the client try again; raise `auth.maxWaiting` if the machine can take more.
 */
export class HashingBusy extends CoatError {
  constructor(waiting: number) {
    super("COAT_HASHING_BUSY", 503, `${waiting} passwords are waiting to be checked already. Try again in a moment; raise auth.maxWaiting if the machine can take more.`);
  }
}

/** One thing that is wrong with a password. `reason` is stable, `message` is a sentence for the user. */
export interface PasswordProblem {
  readonly reason: "malformed" | "too-short" | "too-long" | "too-common" | "too-similar" | "refused" | "wrong-password";
  readonly message: string;
}

/**
 * A password that cannot be taken. `problems` lists everything that is wrong with it; no message repeats it.
 *
 * Cure: Show `error.problems` beside the form.
 */
export class PasswordRejected extends CoatError {
  readonly problems: readonly PasswordProblem[];

  constructor(problem: string, problems: readonly PasswordProblem[] = [{ reason: "malformed", message: problem }]) {
    super("COAT_PASSWORD_REJECTED", 400, problem);
    this.problems = problems;
  }
}

/**
 * A name that no new user can have. `reason` is stable.
 *
 * Cure: Show it beside the form; `error.reason` says which.
 */
export class UsernameRejected extends CoatError {
  readonly reason: "taken" | "malformed" | "email";

  constructor(reason: "taken" | "malformed" | "email", problem: string) {
    super("COAT_USERNAME_REJECTED", reason === "taken" ? 409 : 400, problem);
    this.reason = reason;
  }
}

/**
 * Somebody has to log in first. `loginUrl` is the way there and back, a path of this site.
 *
 * Cure: Send the visitor to `error.loginUrl`.
 */
export class NotAuthenticated extends CoatError {
  readonly loginUrl: string;

  constructor(loginUrl: string) {
    super("COAT_NOT_AUTHENTICATED", 401, "This needs a user who is logged in, and nobody is.");
    this.loginUrl = loginUrl;
  }
}

/**
 * The user may not do this.
 *
 * Cure: Say so; another user may.
 */
export class PermissionDenied extends CoatError {
  readonly permission: string;

  constructor(permission: string) {
    super("COAT_PERMISSION_DENIED", 403, `This needs the permission ${JSON.stringify(permission)}, and the user does not have it.`);
    this.permission = permission;
  }
}

/**
 * The user is logged in, but it is too long ago for this: ask for the password again (`auth.confirmPassword`).
 *
 * Cure: Ask for the password (`auth.confirmPassword`), or send the visitor to `error.loginUrl`.
 */
export class ReauthenticationNeeded extends CoatError {
  readonly withinSeconds: number;
  readonly loginUrl: string;

  constructor(withinSeconds: number, loginUrl: string) {
    super("COAT_REAUTHENTICATION_NEEDED", 401, `This needs a login no older than ${withinSeconds} s. Ask for the password again.`);
    this.withinSeconds = withinSeconds;
    this.loginUrl = loginUrl;
  }
}

/**
 * Too many attempts to log in came from this address. Says nothing of any user.
 *
 * Cure: Answer with `error.headers`; the limits are `auth.throttle.*`.
 */
export class LoginThrottled extends CoatError {
  readonly retryAfterSeconds: number;
  /** What an answer with this error carries. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(retryAfterSeconds: number) {
    super("COAT_LOGIN_THROTTLED", 429, `Too many attempts to log in. Try again in ${retryAfterSeconds} s.`);
    this.retryAfterSeconds = retryAfterSeconds;
    this.headers = { "Retry-After": String(retryAfterSeconds) };
  }
}

/**
 * The user has as many sessions as `auth.maxSessionsPerUser` allows, and `auth.onTooManySessions` is `"refuse"`.
 *
 * Cure: Let the user end one of them, or raise `auth.maxSessionsPerUser`.
 */
export class TooManySessions extends CoatError {
  constructor(most: number) {
    super("COAT_TOO_MANY_SESSIONS", 409, `This user is logged in on ${most} devices, which is as many as are allowed. Log out on one of them first.`);
  }
}

/**
 * A request that changes something came with a method that must not.
 *
 * Cure: Send it by one of `error.allowed`.
 */
export class MethodNotAllowed extends CoatError {
  readonly allowed: readonly string[];
  /** What an answer with this error carries (RFC 9110 section 15.5.6). */
  readonly headers: Readonly<Record<string, string>>;

  constructor(what: string, allowed: readonly string[]) {
    super("COAT_METHOD_NOT_ALLOWED", 405, `${what} takes ${allowed.join(" or ")}: any page on the web can make a browser send the other methods.`);
    this.allowed = allowed;
    this.headers = { Allow: allowed.join(", ") };
  }
}
