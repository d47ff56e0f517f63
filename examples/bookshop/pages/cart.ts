import type { Express } from "express";
import { findBooks, sumPrices, titleOf, type Book } from "../books.ts";
import { html, type Html } from "../html.ts";
import { formatPrice } from "../i18n.ts";
import { drawCover } from "../parts/cover.ts";
import { buttonForm } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { goBack, readSlug, route } from "../routes.ts";
import { say } from "../say.ts";
import type { View } from "../view.ts";

function drawEmpty({ t }: View): Html {
  return html`<h1>${t.cart.title}</h1>
    <div class="card empty"><p class="lead">${t.cart.empty}</p><p>${t.cart.emptyHint}</p>
      <p><a class="button strong" href="/">${t.cart.toShelf}</a></p></div>`;
}

function drawLine(view: View, book: Book): Html {
  const { t } = view;
  return html`<li class="line-item">
    <a class="jacket small" href="/books/${book.slug}" tabindex="-1" aria-hidden="true">${drawCover(book)}</a>
    <div><a class="line-title" href="/books/${book.slug}" lang="en">${book.title}</a><p class="tile-author">${t.shelf.by(book.author)}</p>
      ${buttonForm(view, `/cart/${book.slug}/remove`, t.cart.remove, { buttonClass: "link", buttonLabel: t.cart.removeBook(book.title) })}</div>
    <span class="price">${formatPrice(view.language, book.priceCents)}</span>
  </li>`;
}

function drawCart(view: View): Html {
  const books = findBooks(view.cart);
  if (books.length === 0) return drawEmpty(view);
  const { t } = view;
  return html`<h1>${t.cart.title}</h1>
    <div class="split">
      <ul class="lines">${books.map((book) => drawLine(view, book))}</ul>
      <section class="card stack" aria-labelledby="sum"><h2 id="sum">${t.cart.summary}</h2>
        <p class="sum"><span>${t.cart.total}</span> <span class="price large">${formatPrice(view.language, sumPrices(books))}</span></p>
        <p class="fine">${t.cart.tabs}</p>
        ${buttonForm(view, "/cart/clear", t.cart.clear)}
        <p class="fine">${t.cart.clearWhy}</p></section>
    </div>`;
}

/** The cart: a list of slugs in the session. */
export function addCartPages(app: Express, renderer: Renderer): void {
  route(app, "/cart", { get: (req, res) => renderer.send(req, res, (view) => ({ title: view.t.cart.title, main: drawCart(view) })) });

  route(app, "/cart/clear", {
    post: (req, res) => {
      req.coat.session.delete("cart");
      say(req, (said) => said.cartCleared);
      res.redirect(303, "/cart");
    },
  });

  route(app, "/cart/:slug", {
    post: (req, res) => {
      const slug = readSlug(req);
      // An operation, not a value: if another tab saves first, it runs again on what that tab has left.
      req.coat.session.change("cart", (cart = []) => (cart.includes(slug) ? cart : [...cart, slug]));
      say(req, (said) => said.inCart(titleOf(slug)));
      goBack(req, res, "/cart");
    },
  });

  route(app, "/cart/:slug/remove", {
    post: (req, res) => {
      const slug = readSlug(req);
      req.coat.session.change("cart", (cart = []) => {
        const rest = cart.filter((other) => other !== slug);
        return rest.length === 0 ? undefined : rest;
      });
      say(req, (said) => said.outOfCart(titleOf(slug)));
      goBack(req, res, "/cart");
    },
  });
}
