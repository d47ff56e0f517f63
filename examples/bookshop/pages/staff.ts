import type { Express } from "express";
import { BOOKS, titleOf } from "../books.ts";
import { html, type Html } from "../html.ts";
import { form } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { readField, Refusal, route } from "../routes.ts";
import { say } from "../say.ts";
import type { ShopWindow } from "../shop-window.ts";
import { ARRANGE, type View } from "../view.ts";

function drawStaff(view: View, shopWindow: ShopWindow): Html {
  const { staff } = view.t;
  return html`<div class="narrow"><h1>${staff.heading}</h1><p class="lead">${staff.intro}</p>
    ${form(view, "/staff/window", html`<label for="book">${staff.book}</label>
      <select id="book" name="book">${BOOKS.map(({ slug, title }) => html`<option value="${slug}"${slug === shopWindow.book?.slug && html` selected`} lang="en">${title}</option>`)}</select>
      <button class="button strong">${staff.put}</button>`, { className: "card stack", back: true })}
    <p class="fine">${staff.why}</p></div>`;
}

/** What only the staff may do. The permission is asked of the database each time and never kept in a session. */
export function addStaffPages(app: Express, renderer: Renderer, shopWindow: ShopWindow): void {
  route(app, "/staff", {
    get: async (req, res) => {
      await req.coat.auth.requirePermission(ARRANGE);
      await renderer.send(req, res, (view) => ({ title: view.t.staff.title, main: drawStaff(view, shopWindow) }));
    },
  });

  route(app, "/staff/window", {
    post: async (req, res) => {
      await req.coat.auth.requirePermission(ARRANGE);
      // Whoever finds the browser open an hour later may look, but not rearrange the shop.
      await req.coat.auth.requireRecentLogin("5m");
      const slug = readField(req, "book");
      if (!shopWindow.show(slug)) throw new Refusal(400);
      say(req, (said) => said.windowArranged(titleOf(slug)));
      res.redirect(303, "/staff");
    },
  });
}
