import type { Settings } from "../manager/settings.ts";
import { isSweepable } from "../store/capabilities.ts";
import type { SessionStore } from "../store/store.ts";

/** `error`: it does not start or does not work. `warning`: unsafe, or two settings contradict each other. `note`: a choice to make knowingly. */
export type FindingLevel = "error" | "warning" | "note";

/** What a rule looks at. */
export interface CheckedCloakroom {
  readonly settings: Settings;
  readonly store: SessionStore | null;
}

/** One thing that can be unsafe. */
export interface CheckRule {
  /** Stable, so that it can be silenced. */
  readonly id: string;
  readonly level: FindingLevel;
  /** The option as the user writes it. */
  readonly setting: string;
  /** Only of interest where the application meets the world. */
  readonly deployOnly: boolean;
  readonly reason: string;
  readonly cure: string;
  readonly applies: (cloakroom: CheckedCloakroom) => boolean;
}

const THIRTY_DAYS = 30 * 86_400;

const always = (level: FindingLevel, id: string, setting: string, applies: CheckRule["applies"], reason: string, cure: string): CheckRule => ({ id: `coat.${id}`, level, setting, deployOnly: false, reason, cure, applies });
const onDeploy = (level: FindingLevel, id: string, setting: string, applies: CheckRule["applies"], reason: string, cure: string): CheckRule => ({ ...always(level, id, setting, applies, reason, cure), deployOnly: true });

/** Every rule, in the order of the report. Ids are never given to another rule. */
export const CHECK_RULES: readonly CheckRule[] = [
  onDeploy("warning", "W001", "production", ({ settings }) => !settings.production,
    "production is false: refusals explain themselves to strangers, and development stores and guessable secrets are accepted.",
    "Remove the option and set NODE_ENV to production, or set production: true."),
  onDeploy("warning", "W002", "secrets", ({ settings }) => settings.secrets === "absent",
    "No secret is given, so nothing can be signed or sealed, and production refuses CSRF protection without one.",
    "Run `npx coatcheck secret`, keep its output in the environment, and pass secrets: [process.env.SECRET_KEY]."),
  onDeploy("warning", "W003", "secrets", ({ settings }) => settings.secrets === "weak",
    "A secret is short, repeats itself or is an example from documentation: it can be guessed, and production refuses it.",
    "Replace it by the output of `npx coatcheck secret`."),
  always("warning", "W004", "session.cookie.secure", ({ settings }) => settings.cookie.secure === false,
    "The session cookie travels over http, where everybody on the way reads it.",
    "Remove the option: cookies are Secure then, except between this machine and itself."),
  always("warning", "W005", "session.cookie.httpOnly", ({ settings }) => !settings.cookie.httpOnly,
    "Scripts in the page read the session cookie, so one injected script takes the session away.",
    "Remove the option; hand what scripts need to the page by other means."),
  always("warning", "W006", "session.cookie.sameSite", ({ settings }) => settings.cookie.sameSite === "none",
    "The session cookie travels with requests that other sites cause.",
    'Set "lax", unless other sites embed yours; then keep CSRF protection on and silence this.'),
  always("warning", "W007", "session.cookie.domain", ({ settings }) => settings.cookie.domain !== null,
    "Every host below the domain receives the session cookie and can plant one, and the __Host- prefix is impossible.",
    "Remove the domain, unless several hosts share one session."),
  always("warning", "W008", "csrf", ({ settings }) => !settings.csrf,
    "CSRF protection is off: any page can send forms in the name of your users.",
    "Remove csrf: false; exempt single routes where another protection stands."),
  always("warning", "W009", "session.absoluteTimeout", ({ settings }) => settings.policy.absoluteSeconds === null,
    "A session that is used never ends, and neither does a stolen one.",
    'Set a limit, for instance "90d".'),
  always("warning", "W010", "session.idleTimeout", ({ settings }) => settings.policy.idleSeconds > THIRTY_DAYS,
    "A forgotten session stays open for more than 30 days.",
    'Set at most "30d"; the default is "14d".'),
  onDeploy("warning", "W011", "store", ({ store }) => store?.capabilities.shared === "process",
    "The store keeps sessions in this process: a restart logs everybody out, and a second process knows nobody.",
    "Use sqliteStore or fileStore on one machine; postgresStore, mysqlStore or redisStore on several."),
  always("warning", "W012", "store", ({ store }) => store !== null && store.capabilities.mayEvict && store.capabilities.shared !== "process",
    "The store is a cache: it drops live sessions when it is full and forgets them at a restart.",
    "Put it in front of a durable store: cachedStore(cache, store)."),
  always("warning", "W013", "sweep", ({ settings, store }) => store !== null && !store.capabilities.ownExpiry && isSweepable(store) && !settings.sweep,
    "sweep is false and the engine does not remove expired records by itself, so they pile up.",
    "Remove sweep: false, or run `npx coatcheck clearsessions` by a timer (or with --loop) and silence this."),
  always("warning", "W014", "store", ({ store }) => store !== null && !store.capabilities.ownExpiry && !isSweepable(store),
    "Nothing ever removes expired records: the engine does not, and the store has no sweep.",
    "Give the store a sweep method, or let the engine expire its records."),
  always("warning", "W015", "store", ({ store }) => store !== null && !store.capabilities.compareAndSet,
    "The store cannot compare versions: of two requests that write at once, one is lost, and an ended session may come back.",
    "Use one of Coatcheck's own stores, or give yours an atomic compare and set."),
  always("warning", "W016", "store", ({ store }) => store !== null && !store.capabilities.immediate,
    "A write is not seen by every reader at once: a session that was revoked or logged out lives on for a while.",
    "Use a store whose writes are seen at once."),
  always("warning", "W017", "session.renew", ({ settings }) => settings.policy.renewFraction === null && settings.policy.absoluteSeconds !== null && settings.policy.absoluteSeconds > settings.policy.idleSeconds,
    'With session.renew "never" activity does not count, so every session ends after idleTimeout and absoluteTimeout is never reached.',
    "Set absoluteTimeout to idleTimeout, or let activity renew sessions."),
  always("warning", "W018", "session.cookie.path", ({ settings }) => settings.cookie.path !== "/",
    "A path does not protect: pages elsewhere on the host reach the cookie through a frame, and the __Host- prefix is impossible.",
    'Set "/", and keep applications apart by host.'),
  onDeploy("warning", "W019", "session.cookie.name", ({ settings: { cookie } }) => cookie.name !== null && !/^__host-/i.test(cookie.name) && cookie.domain === null && cookie.path === "/" && cookie.secure !== false,
    "The name lacks the __Host- prefix, so another host of the domain, or a page over http, can plant this cookie.",
    "Remove the option, or begin the name with __Host-."),
  onDeploy("note", "N001", "trustProxy", ({ settings }) => !settings.trustsProxy,
    "No proxy is trusted. Behind one that ends TLS, every request looks like http, and sessions do not begin.",
    "Behind a proxy, say how many there are (trustProxy: 1) or name their addresses; without one, silence this."),
  onDeploy("note", "N002", "session.expireAtBrowserClose", ({ settings }) => settings.policy.persistent,
    "The session cookie outlives the browser, also on a computer that is shared, against what OWASP and NIST advise.",
    "Set expireAtBrowserClose: true and let people choose to be remembered, or silence this."),
  onDeploy("note", "N003", "session.expireAtBrowserClose", ({ settings }) => !settings.policy.persistent,
    "Browsers that restore their tabs keep such cookies, so closing the browser may end nothing.",
    "Rely on idleTimeout: choose it as if no browser were ever closed, then silence this."),
  onDeploy("note", "N004", "session.cookie.secure", ({ settings }) => settings.cookie.secure === null,
    "Over http between this machine and itself the cookie is sent without Secure (and without __Host-), so that development works.",
    "Set secure: true where nobody visits by http://localhost, or silence this."),
  onDeploy("note", "N005", "onStoreError", ({ settings }) => settings.onStoreError === "anonymous",
    "While the store is down, everybody looks logged out instead of seeing an error.",
    'Set "503", unless your pages are useful to strangers.'),
  onDeploy("note", "N006", "store", ({ store }) => store === null,
    "Sessions live in the cookie: the server cannot list them or end one, and an old copy of a cookie stays valid until it expires.",
    "Use a store where people log in, or keep idleTimeout short."),
  onDeploy("note", "N007", "secrets", ({ settings }) => settings.secrets === "kept",
    "The secret is kept in the database beside the sessions, and so in every copy of it.",
    "Pass secrets: [process.env.SECRET_KEY] where backups leave the machine."),
];
