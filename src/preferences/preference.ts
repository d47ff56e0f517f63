import { LONGEST_MAX_AGE_SECONDS } from "../cookie/attributes.ts";
import { checkCookieName } from "../cookie/name.ts";
import { encodeCookieValue } from "../cookie/value.ts";
import { ConfigurationError } from "../errors.ts";
import { parseDuration, type Duration } from "../session/duration.ts";

/** One thing that a visitor may choose, kept in a cookie of its own. From `definePreference` or `defineLanguage`. */
export interface Preference<Value extends string = string> {
  /** The name of the cookie. */
  readonly name: string;
  readonly values: readonly Value[];
  /** What holds for whoever has not chosen, or whose cookie says something else. */
  readonly fallback: Value;
  readonly maxAgeSeconds: number;
  readonly readableByScripts: boolean;
  /** Whoever has not chosen gets what the browser asks for in Accept-Language. */
  readonly negotiatesLanguage: boolean;
}

/** What `definePreference` accepts. */
export interface PreferenceOptions<Value extends string> {
  /** The name of the cookie. */
  readonly name: string;
  /** Everything that may be chosen. */
  readonly values: readonly Value[];
  /** One of `values`. */
  readonly fallback: NoInfer<Value>;
  /** How long a choice is kept, counted from when it was made. Default: `"365d"`, at most 400 days. */
  readonly maxAge?: Duration;
  /** Lets scripts in the page read the cookie (HttpOnly is left out). Default: false. */
  readonly readableByScripts?: boolean;
}

/** Values are words. A cookie of more than a few hundred bytes is no preference. */
const MOST_VALUE_CHARACTERS = 256;

/**
 * Describes a preference, once, at start.
 *
 * @throws ConfigurationError when a value is listed twice, the fallback is not listed, or the lifetime cannot be
 * @throws InvalidCookie for a name that no cookie can have; InvalidDuration
 * @example
 * const theme = definePreference({ name: "theme", values: ["light", "dark"], fallback: "light", maxAge: "30d" });
 * coat.preferences.get(theme); // "light" | "dark"
 */
export function definePreference<const Value extends string>(options: PreferenceOptions<Value>): Preference<Value> {
  return makePreference(options, false);
}

export function makePreference<Value extends string>(options: PreferenceOptions<Value>, negotiatesLanguage: boolean): Preference<Value> {
  const { name, fallback, maxAge = "365d", readableByScripts = false } = options;
  checkCookieName(name);
  const refuse = (setting: string, problem: string): never => {
    throw new ConfigurationError(`${name}.${setting}`, problem);
  };
  if (!Array.isArray(options.values) || options.values.length === 0) refuse("values", "list what may be chosen.");
  const values: readonly Value[] = Object.freeze([...options.values]);
  for (const value of values) {
    if (typeof value !== "string" || value === "") refuse("values", "every value is a text that is not empty.");
    if (encodeCookieValue(value).length > MOST_VALUE_CHARACTERS) refuse("values", `${JSON.stringify(value.slice(0, 40))} is longer than ${MOST_VALUE_CHARACTERS} bytes in a cookie. Give it a short name.`);
  }
  if (new Set(values).size !== values.length) refuse("values", "a value is listed twice.");
  if (!values.includes(fallback)) refuse("fallback", `is none of ${values.map((value) => JSON.stringify(value)).join(", ")}.`);
  const maxAgeSeconds = parseDuration(`${name}.maxAge`, maxAge);
  if (maxAgeSeconds === 0 || maxAgeSeconds > LONGEST_MAX_AGE_SECONDS) refuse("maxAge", "browsers keep a cookie for a second at least and 400 days at most.");
  return Object.freeze({ name, values, fallback, maxAgeSeconds, readableByScripts, negotiatesLanguage });
}
