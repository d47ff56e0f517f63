import type { Express } from "express";
import { BOOKS, type Book } from "../books.ts";
import { html, type Html } from "../html.ts";
import { formatPrice } from "../i18n.ts";
import { drawCover } from "../parts/cover.ts";
import type { Renderer } from "../render.ts";
import { route } from "../routes.ts";
import type { ShopWindow } from "../shop-window.ts";
import type { View } from "../view.ts";

/** The mark on a book that is in the cart already. */
function drawSeal(view: View, book: Book): Html | false {
  return view.cart.includes(book.slug) && html`<span class="seal" title="${view.t.shelf.inCart}"><span aria-hidden="true">✓</span><span class="unseen">${view.t.shelf.inCart}</span></span>`;
}

/** A book as it stands on the shelf. */
export function drawTile(view: View, book: Book): Html {
  const { t, language } = view;
  return html`<li class="tile"><a href="/books/${book.slug}">
    <span class="jacket">${drawCover(book)}${drawSeal(view, book)}</span>
    <span class="tile-title" lang="en">${book.title}</span>
    <span class="tile-author">${t.shelf.by(book.author)}</span>
    <span class="tile-facts"><span>${t.genres[book.genre]}</span> <span class="price">${formatPrice(language, book.priceCents)}</span></span>
  </a></li>`;
}

/** The top of the shop, with the book of the month. */
function drawHero(view: View, book: Book | undefined): Html {
  const { t, language } = view;
  return html`<section class="hero">
    <div><p class="eyebrow">${t.shop.tagline}</p><h1>${t.shelf.heading}</h1><p class="lead">${t.shelf.intro}</p></div>
    ${book !== undefined && html`<a class="featured" href="/books/${book.slug}">
      <span class="jacket">${drawCover(book)}${drawSeal(view, book)}</span>
      <span class="featured-text"><span class="eyebrow">${t.shelf.featured}</span>
        <span class="tile-title" lang="en">${book.title}</span><span class="tile-author">${t.shelf.by(book.author)}</span>
        <span class="quote" lang="en">“${book.opening}”</span><span class="price">${formatPrice(language, book.priceCents)}</span></span></a>`}
  </section>`;
}

export function addShelf(app: Express, renderer: Renderer, shopWindow: ShopWindow): void {
  route(app, "/", {
    get: (req, res) => renderer.send(req, res, (view) => ({
      title: view.t.shelf.title,
      main: html`${drawHero(view, shopWindow.book)}
        <section aria-label="${view.t.shelf.all}"><ul class="shelf">${BOOKS.filter((book) => book !== shopWindow.book).map((book) => drawTile(view, book))}</ul></section>`,
    })),
  });
}
