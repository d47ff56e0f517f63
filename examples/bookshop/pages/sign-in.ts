import type { Express } from "express";
import { html, type Html } from "../html.ts";
import { buttonForm, form } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { readField, route } from "../routes.ts";
import type { View } from "../view.ts";

const LONGEST_NAME = 40;

/** A name that can be shown: 1 to 40 characters without controls and without characters that turn the text around. */
function readName(text: string): string | null {
  const name = text.normalize("NFC").replaceAll(/\s+/gu, " ");
  return name.length > 0 && [...name].length <= LONGEST_NAME && !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u.test(name) ? name : null;
}

function drawSignIn(view: View): Html {
  const { signIn, nav } = view.t;
  return html`<div class="narrow"><h1>${signIn.heading}</h1>
    ${view.name === undefined
      ? form(view, "/login", html`
          <p class="lead">${signIn.intro}</p>
          <label for="name">${signIn.name}</label>
          <input id="name" name="name" autocomplete="nickname" required maxlength="${LONGEST_NAME}" autofocus>
          <button class="button strong">${signIn.submit}</button>`, { className: "card stack" })
      : html`<div class="card stack"><p class="lead">${signIn.already(view.name)}</p>${buttonForm(view, "/logout", nav.signOut)}</div>`}
    <p class="fine">${signIn.rotates}</p></div>`;
}

/** Signing in with nothing but a name. */
export function addSignInPages(app: Express, renderer: Renderer): void {
  route(app, "/login", {
    get: (req, res) => renderer.send(req, res, (view) => ({ title: view.t.signIn.title, main: drawSignIn(view) })),
    post: async (req, res) => {
      const name = readName(readField(req, "name"));
      if (name === null) {
        await renderer.send(req, res, (view) => ({ title: view.t.signIn.title, main: drawSignIn(view), status: 400, notices: [view.t.signIn.invalid] }));
        return;
      }
      req.coat.session.set("name", name);
      // Whoever knew the ticket before this moment must not share what comes after it.
      req.coat.session.rotate();
      res.redirect(303, "/dashboard");
    },
  });

  route(app, "/logout", {
    post: (req, res) => {
      req.coat.session.flush();
      res.redirect(303, "/");
    },
  });
}
