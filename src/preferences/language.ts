import { ConfigurationError } from "../errors.ts";
import { makePreference, type Preference, type PreferenceOptions } from "./preference.ts";

/** What `defineLanguage` accepts. */
export interface LanguageOptions<Value extends string> extends Omit<PreferenceOptions<Value>, "name"> {
  /** The name of the cookie. Default: `language`. Django: LANGUAGE_COOKIE_NAME (`django_language`). */
  readonly name?: string;
}

/** A language tag (RFC 5646) without its rarer forms. */
const TAG = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}$/;

/**
 * Describes the languages of a site. Whoever has not chosen one gets the best of those that the browser asks for, and the response
 * then varies by Accept-Language.
 *
 * @throws ConfigurationError when a value is no language tag, and as `definePreference`
 * @example
 * const language = defineLanguage({ values: ["en", "de", "fr"], fallback: "en" });
 * coat.preferences.get(language); // "en" | "de" | "fr"
 */
export function defineLanguage<const Value extends string>(options: LanguageOptions<Value>): Preference<Value> {
  const { name = "language" } = options;
  const preference = makePreference({ ...options, name }, true);
  for (const value of preference.values) {
    if (!TAG.test(value)) throw new ConfigurationError(`${name}.values`, `${JSON.stringify(value.slice(0, 40))} is no language tag such as "de" or "pt-BR".`);
  }
  return preference;
}
