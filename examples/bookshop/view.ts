import type { Coat, User } from "coatcheck";
import type { Request } from "express";
import { findBook } from "./books.ts";
import { LANGUAGE, THEME, type Theme } from "./choices.ts";
import { stringsOf, type Language, type Strings } from "./i18n.ts";
import { isPage } from "./routes.ts";

/** What a page needs to know about who is looking. */
export interface View {
  readonly coat: Coat;
  readonly t: Strings;
  readonly language: Language;
  readonly theme: Theme;
  /** Sessions live in the visitors' cookies, sealed. */
  readonly sealed: boolean;
  /** The page that is shown; null when there is none at this address. */
  readonly path: string | null;
  /** Who is signed in; null for a stranger. */
  readonly user: User | null;
  /** Whether the staff's page is open to them. */
  readonly mayArrange: boolean;
  /** Slugs of books that the shop sells. */
  readonly cart: readonly string[];
}

/** The permission that the staff's page needs, named as Django names them. */
export const ARRANGE = "books.change_book";

/** Looks at the cookies, the session and the user. @throws StoreUnavailable when one of them cannot be read */
export async function viewOf(req: Request, sealed: boolean): Promise<View> {
  const { coat } = req;
  const user = await coat.auth.user();
  const language = coat.preferences.get(LANGUAGE);
  return {
    coat,
    language,
    t: stringsOf(language, sealed),
    sealed,
    theme: coat.preferences.get(THEME),
    path: isPage(req.path) ? req.path : null,
    user,
    mayArrange: user !== null && (await coat.auth.can(ARRANGE)),
    cart: coat.session.get("cart", []).filter((slug) => findBook(slug) !== undefined),
  };
}
