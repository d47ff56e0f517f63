import { de } from "./i18n/de.ts";
import { en, type Strings } from "./i18n/en.ts";
import { fr } from "./i18n/fr.ts";
import { SEALED_STRINGS } from "./i18n/sealed-cookie.ts";

export type { Strings } from "./i18n/en.ts";

export const LANGUAGES = ["en", "de", "fr"] as const;

export type Language = (typeof LANGUAGES)[number];

const STRINGS: Readonly<Record<Language, Strings>> = { en, de, fr };

/** Every text of the shop in one language. @param sealed sessions live in the visitors' cookies */
export function stringsOf(language: Language, sealed = false): Strings {
  return (sealed ? SEALED_STRINGS : STRINGS)[language];
}

/** A price as people of that language write it. */
export function formatPrice(language: Language, cents: number): string {
  return new Intl.NumberFormat(language, { style: "currency", currency: "EUR" }).format(cents / 100);
}

/** An instant, in UTC because the server does not know where the reader sits. */
export function formatInstant(language: Language, at: number): string {
  const text = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" }).format(at);
  return `${text} UTC`;
}

/** Seconds as the two largest units: `13 d 23 h`, `4 min 58 s`. The unit signs are the same in all three languages but for the day. */
export function formatDuration(language: Language, seconds: number): string {
  const day = language === "de" ? "T" : language === "fr" ? "j" : "d";
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), day], [Math.floor(seconds / 3_600) % 24, "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first === -1) return "0 s";
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(" ");
}
