import { safeNext } from "../formats/safe-redirect.ts";
import type { Preference } from "./preference.ts";
import type { Preferences } from "./preferences.ts";

/** What a language form sent, unchecked. */
export interface LanguageChoice {
  readonly value: unknown;
  /** Where to go afterwards: a path, or a URL of this site, such as a Referer. Anything else is not followed. */
  readonly next?: unknown;
  /** Where to go when `next` is absent or leads elsewhere. Default: `/`. */
  readonly fallback?: string;
}

/** What came of it. */
export interface LanguageOutcome {
  /** The value was one of the languages, and is kept. */
  readonly accepted: boolean;
  /** A path of this site: answer with 303 and this Location. */
  readonly location: string;
}

/**
 * The work of a language form's route, which should be a POST: keeps the language if it is one of the site's, and says where to
 * redirect. Django: the view `set_language`.
 *
 * @param coat the request's coat
 * @example
 * const language = defineLanguage({ values: ["en", "de"], fallback: "en" });
 * app.post("/language", (req, res) => {
 *   res.redirect(303, setLanguage(req.coat, language, { value: req.body.language, next: req.body.next }).location);
 * });
 */
export function setLanguage(coat: { readonly preferences: Preferences }, language: Preference, { value, next, fallback = "/" }: LanguageChoice): LanguageOutcome {
  const listed = language.values.find((candidate) => candidate === value);
  const { preferences } = coat;
  if (listed !== undefined) preferences.set(language, listed);
  return { accepted: listed !== undefined, location: safeNext(next, { ...preferences.site, fallback }) };
}
