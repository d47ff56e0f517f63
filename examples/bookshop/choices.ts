import type { AppCookieOptions, Coat } from "coatcheck";
import { defineLanguage, definePreference } from "coatcheck/preferences";
import { findBook } from "./books.ts";
import { LANGUAGES } from "./i18n.ts";

/**
 * A cookie that holds one of a few values. Whoever holds the browser can write anything into it, so what is not on the list
 * counts as nothing.
 */
export interface ChoiceCookie<Value extends string, Fallback extends string> {
  readonly name: string;
  readonly values: readonly Value[];
  readonly fallback: Fallback;
  readonly options: AppCookieOptions;
}

function choice<const Value extends string, const Fallback extends string>(cookie: ChoiceCookie<Value, Fallback>): ChoiceCookie<Value, Fallback> {
  return cookie;
}

export const THEME = definePreference({ name: "theme", values: ["light", "dark"], fallback: "light", maxAge: "30d" });
export const LANGUAGE = defineLanguage({ values: LANGUAGES, fallback: "en", maxAge: "365d" });
/** Who has not chosen gets what the fallback says, and is asked. */
export const CONSENT = definePreference({ name: "consent", values: ["all", "necessary"], fallback: "necessary", maxAge: "180d" });

const COLORS = ["red", "green", "blue", "gold"] as const;
export const COLOR = choice({ name: "favorite_color", values: COLORS, fallback: "unknown", options: {} });
export const OPEN_COLOR = choice({ name: "favorite_color_open", values: COLORS, fallback: "unknown", options: { readableByScripts: true } });

export type Theme = (typeof THEME.values)[number];

/** What the browser says, if it is on the list. */
export function readChoice<Value extends string, Fallback extends string>(coat: Coat, cookie: ChoiceCookie<Value, Fallback>): Value | Fallback {
  return pickListed(cookie, coat.cookies.get(cookie.name, "")) ?? cookie.fallback;
}

/** The listed value that equals `text`. */
export function pickListed<Value extends string>(cookie: ChoiceCookie<Value, string>, text: string): Value | undefined {
  return cookie.values.find((value) => value === text);
}

/** Stores a listed value; false when `text` is not on the list. */
export function keepChoice(coat: Coat, cookie: ChoiceCookie<string, string>, text: string): boolean {
  const value = pickListed(cookie, text);
  if (value === undefined) return false;
  coat.cookies.set(cookie.name, value, cookie.options);
  return true;
}

const WISH_LIST = "wish_list";

/** The three cookies of the cookie lab that are protected. */
export const SIGNED_WORDS = "signed_words";
export const SEALED_WORDS = "sealed_words";
export const ERRAND = "errand";

/** Cookies that the shop itself sets: what they hold is no secret from the browser that holds them. */
export const OPEN_COOKIES: ReadonlySet<string> = new Set([THEME.name, LANGUAGE.name, CONSENT.name, COLOR.name, OPEN_COLOR.name, WISH_LIST, SIGNED_WORDS, "statistics"]);

/** Those that it seals. */
export const SEALED_COOKIES: ReadonlySet<string> = new Set([SEALED_WORDS, ERRAND, `__Host-${ERRAND}`]);

const MOST_WISHES = 8;

/** The wish list lives in its cookie alone: a cart for a tiny application. Unknown books and repetitions fall out. */
export function readWishes(coat: Coat): readonly string[] {
  const slugs = coat.cookies.get(WISH_LIST, "").split(".");
  return [...new Set(slugs)].filter((slug) => findBook(slug) !== undefined).slice(0, MOST_WISHES);
}

/** Keeps the newest eight; an empty list leaves no cookie. */
export function keepWishes(coat: Coat, slugs: readonly string[]): void {
  if (slugs.length === 0) coat.cookies.delete(WISH_LIST);
  else coat.cookies.set(WISH_LIST, slugs.slice(-MOST_WISHES).join("."), { maxAge: "30d" });
}
