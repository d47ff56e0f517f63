import type { Express } from "express";
import { BOOKS, findBook, titleOf, type Book } from "../books.ts";
import { keepWishes, readWishes } from "../choices.ts";
import { html, type Html } from "../html.ts";
import { formatPrice } from "../i18n.ts";
import { drawCover } from "../parts/cover.ts";
import { buttonForm } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { goBack, readSlug, Refusal, route } from "../routes.ts";
import { say } from "../say.ts";
import type { View } from "../view.ts";
import { drawTile } from "./shelf.ts";

/** Five others: the same genre first, then the neighbors on the shelf. */
function findRelated(book: Book): readonly Book[] {
  const at = BOOKS.indexOf(book);
  const others = [...BOOKS.slice(at + 1), ...BOOKS.slice(0, at)];
  return [...others.filter((other) => other.genre === book.genre), ...others.filter((other) => other.genre !== book.genre)].slice(0, 5);
}

function drawActions(view: View, book: Book): Html {
  const { t } = view;
  const wished = readWishes(view.coat).includes(book.slug);
  return html`<div class="actions">
    ${view.cart.includes(book.slug)
      ? html`<span class="done">✓ ${t.book.added}</span> <a class="button strong" href="/cart">${t.book.toCart}</a>`
      : buttonForm(view, `/cart/${book.slug}`, t.book.add, { back: true, buttonClass: "button strong" })}
    ${buttonForm(view, wished ? `/wishes/${book.slug}/remove` : `/wishes/${book.slug}`, wished ? t.book.dropWish : t.book.later, { back: true })}
  </div>
  <p class="fine">${t.book.laterWhy}</p>`;
}

function drawBook(view: View, book: Book): Html {
  const { t, language } = view;
  return html`<p class="crumb"><a href="/">← ${t.book.back}</a></p>
    <article class="book">
      <div class="jacket large">${drawCover(book)}</div>
      <div class="book-text">
        <p class="eyebrow">${t.genres[book.genre]} · ${book.year} · ${t.book.pages(book.pages)}</p>
        <h1 lang="en">${book.title}</h1>
        <p class="author">${t.shelf.by(book.author)}</p>
        <p class="lead" lang="en">${book.blurb}</p>
        <figure class="opening"><figcaption>${t.book.opening}</figcaption><blockquote lang="en">${book.opening}</blockquote></figure>
        <p class="price large">${formatPrice(language, book.priceCents)}</p>
        ${drawActions(view, book)}
      </div>
    </article>
    <section aria-labelledby="related"><h2 id="related">${t.book.related}</h2>
      <ul class="shelf short">${findRelated(book).map((other) => drawTile(view, other))}</ul></section>`;
}

/** A book's page, and the wish list, which is kept in a cookie. */
export function addBookPages(app: Express, renderer: Renderer): void {
  route(app, "/books/:slug", {
    get: async (req, res) => {
      const book = findBook(readSlug(req));
      if (book === undefined) throw new Refusal(404);
      await renderer.send(req, res, (view) => ({ title: book.title, main: drawBook(view, book) }));
    },
  });

  route(app, "/wishes/clear", {
    post: (req, res) => {
      keepWishes(req.coat, []);
      say(req, (said) => said.wishesCleared);
      goBack(req, res, "/cookies");
    },
  });

  route(app, "/wishes/:slug", {
    post: (req, res) => {
      const slug = readSlug(req);
      keepWishes(req.coat, [...readWishes(req.coat).filter((wish) => wish !== slug), slug]);
      say(req, (said) => said.wished(titleOf(slug)));
      goBack(req, res, "/cookies");
    },
  });

  route(app, "/wishes/:slug/remove", {
    post: (req, res) => {
      const slug = readSlug(req);
      keepWishes(req.coat, readWishes(req.coat).filter((wish) => wish !== slug));
      say(req, (said) => said.unwished(titleOf(slug)));
      goBack(req, res, "/cookies");
    },
  });
}
