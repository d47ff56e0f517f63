import type { FindingLevel } from "../coat/check-cloakroom.ts";
import type { Answer, Browser } from "./browse.ts";

/** Something that keeps a session from sticking, or puts it at risk. Never holds a cookie's value. */
export interface Symptom {
  readonly level: FindingLevel;
  /** The cookie, or null. */
  readonly cookie: string | null;
  readonly reason: string;
  readonly cure: string;
}

/** Why a browser drops a cookie, and what helps, by the reasons of the jar. */
const DROPPED: Readonly<Record<string, readonly [reason: string, cure: string]>> = {
  "secure-over-http": ["it is Secure and the page came over http", "Serve the page over https. Behind a proxy that ends TLS, set trustProxy, so that the application knows."],
  "samesite-none-without-secure": ["SameSite=None needs Secure", "Serve over https with Secure, or use SameSite=Lax."],
  "partitioned-without-secure": ["Partitioned needs Secure", "Serve over https with Secure, or remove Partitioned."],
  "public-suffix": ["its Domain is one under which anybody can register", "Remove the cookie's domain."],
  "foreign-domain": ["its Domain is not the page's host nor above it", "Remove session.cookie.domain, or visit the site by that domain."],
  "shadows-secure-cookie": ["a Secure cookie of that name is there already, and this page came over http", "Redirect http to https."],
  "prefix-without-secure": ["the prefix of its name needs Secure", "Serve over https with Secure, or choose a name without a prefix."],
  "prefix-not-host-bound": ["__Host- needs Path=/ and no Domain", "Remove path and domain, or the prefix."],
  "prefix-without-httponly": ["the prefix of its name needs HttpOnly", "Add HttpOnly."],
  "too-large": ["name and value exceed 4096 bytes together", "Keep large things at the server, and their id in the session."],
  "control-character": ["a control character is in its line", "Encode the value."],
  "not-header-bytes": ["its line holds characters that headers cannot carry", "Encode the value."],
  "nameless-prefix": ["it has no name and its value pretends to a prefix", "Give the cookie a name."],
};

const COMMON_NAMES = /sess|sid$|auth|token/i;

/** The name in a Set-Cookie line, without what follows it. */
function nameOf(line: string): string {
  return (line.split(";")[0] ?? "").split("=")[0]?.trim() ?? "";
}

/** What two visits of one browser show. */
export function diagnose(browser: Browser, first: readonly Answer[], second: readonly Answer[]): Symptom[] {
  const symptoms: Symptom[] = [];
  const add = (level: FindingLevel, cookie: string | null, reason: string, cure: string): void => {
    if (!symptoms.some((known) => known.cookie === cookie && known.reason === reason)) symptoms.push({ level, cookie, reason, cure });
  };
  for (const { line, reason } of browser.rejected) {
    const [why, cure] = DROPPED[reason] ?? [`of what its line says (${reason})`, "Let Coatcheck write the cookie, or compare the line with RFC 6265bis."];
    add("error", nameOf(line), `A browser drops it: ${why}.`, cure);
  }
  const answers = [...first, ...second];
  if (answers.every(({ setCookies }) => setCookies.length === 0)) {
    add("note", null, "No cookie was set. A session begins with the first value that is kept.", "Give the URL of a page that keeps something, for instance one with a form or a cart.");
  }
  for (const cookie of browser.kept) lookAtCookie(cookie, answers, add);
  findNewcomers(browser, first, second, add);
  for (const answer of answers) lookAtAnswer(answer, add);
  return symptoms;
}

type Add = (level: FindingLevel, cookie: string | null, reason: string, cure: string) => void;

function lookAtCookie({ name, secure, httpOnly, sameSite, path }: Browser["kept"][number], answers: readonly Answer[], add: Add): void {
  if (!secure && answers.some(({ url }) => url.startsWith("https:"))) add("warning", name, "It comes over https and is not Secure, so it travels over http as well.", "Add Secure; Coatcheck does so once it knows that the browser speaks https (trustProxy).");
  if (!httpOnly && COMMON_NAMES.test(name) && !/csrf|xsrf/i.test(name)) add("warning", name, "Scripts in the page can read it.", "Add HttpOnly.");
  if (sameSite === "none") add("warning", name, "It travels with requests that other sites cause.", 'Use "lax", unless other sites embed yours.');
  if (path !== "/") add("note", name, `It is sent to ${path} and below only.`, 'Set session.cookie.path to "/" if other pages need it.');
}

/** A cookie that was kept, went along, and was set anew to something else by each answer: the server did not know it. */
function findNewcomers(browser: Browser, first: readonly Answer[], second: readonly Answer[], add: Add): void {
  const lineOf = (answers: readonly Answer[], name: string): string | undefined => answers.flatMap(({ setCookies }) => setCookies).findLast((line) => nameOf(line) === name)?.split(";")[0];
  for (const { name } of browser.kept) {
    if (/csrf|xsrf/i.test(name)) continue;
    const [before, again] = [lineOf(first, name), lineOf(second, name)];
    if (before === undefined) continue;
    if (!second.some(({ sent }) => sent.includes(name))) add("warning", name, "It does not come back with the next visit.", "Compare its Path and Domain with the page's address.");
    else if (again !== undefined && again !== before) add("error", name, "It came back and the server sent another one: it did not know what it had sent.", "Do all processes share one store, one namespace and the same secrets? Is the store migrated, and does the record outlive the request?");
  }
}

function lookAtAnswer({ url, status, headers, setCookies, sent }: Answer, add: Add): void {
  const reason = headers.get("coatcheck-reason");
  if (reason !== null && /^[\w.,; -]{1,200}$/.test(reason)) add("note", null, `The application itself says: ${reason}.`, "Its log has the whole sentence.");
  if (status === 503) add("error", null, "The site answers 503.", "Is the store up? `coatcheck store --probe` tells.");
  const cacheControl = (headers.get("cache-control") ?? "").toLowerCase();
  const isPrivate = /no-store|private/.test(cacheControl);
  if (setCookies.length > 0 && !isPrivate) add("warning", null, "An answer with Set-Cookie may be kept by shared caches, which would hand one visitor's cookie to others.", "Send Cache-Control: no-store or private with it, and let no proxy remove that.");
  const varies = (headers.get("vary") ?? "").split(",").some((name) => ["cookie", "*"].includes(name.trim().toLowerCase()));
  if ((setCookies.length > 0 || sent.length > 0) && !varies && !isPrivate) add("warning", null, "The answer depends on cookies and does not say Vary: Cookie.", "Send Vary: Cookie, and let no proxy remove it.");
  if (url.startsWith("https:") && headers.get("strict-transport-security") === null) add("note", null, "The site does not ask browsers to stay with https.", "Send Strict-Transport-Security.");
}
