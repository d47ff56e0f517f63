import type { Coat } from "coatcheck";
import type { Request } from "express";
import { findBook } from "./books.ts";
import { LANGUAGE, readChoice, THEME, type Theme } from "./choices.ts";
import { stringsOf, type Language, type Strings } from "./i18n.ts";
import { isPage } from "./routes.ts";

/** What a page needs to know about who is looking. */
export interface View {
  readonly coat: Coat;
  readonly t: Strings;
  readonly language: Language;
  readonly theme: Theme;
  /** The page that is shown; null when there is none at this address. */
  readonly path: string | null;
  readonly name: string | undefined;
  /** Slugs of books that the shop sells. */
  readonly cart: readonly string[];
}

/** Looks at the cookies and the session. @throws StoreUnavailable when the session cannot be read */
export function viewOf(req: Request): View {
  const { coat } = req;
  const language = readChoice(coat, LANGUAGE);
  return {
    coat,
    language,
    t: stringsOf(language),
    theme: readChoice(coat, THEME),
    path: isPage(req.path) ? req.path : null,
    name: coat.session.get("name"),
    cart: coat.session.get("cart", []).filter((slug) => findBook(slug) !== undefined),
  };
}
