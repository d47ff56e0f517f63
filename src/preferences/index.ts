/** Preference cookies and the choice of a language: `coatcheck/preferences`. */
export { negotiateLanguage } from "./accept-language.ts";
export { defineLanguage, type LanguageOptions } from "./language.ts";
export { definePreference, type Preference, type PreferenceOptions } from "./preference.ts";
export { Preferences } from "./preferences.ts";
export { setLanguage, type LanguageChoice, type LanguageOutcome } from "./set-language.ts";
