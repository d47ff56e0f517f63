import { PasswordRejected, UsernameRejected, type Coatcheck } from "coatcheck";
import type { Express, Request } from "express";
import { html, type Html } from "../html.ts";
import type { Strings } from "../i18n.ts";
import { form } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { readField, readPassword, route } from "../routes.ts";
import { say } from "../say.ts";
import type { View } from "../view.ts";

const LONGEST_NAME = 40;

/** A name that can be shown: 1 to 40 characters without controls and without characters that turn the text around. */
function readName(text: string): string | null {
  const name = text.normalize("NFC").replaceAll(/\s+/gu, " ");
  return name.length > 0 && [...name].length <= LONGEST_NAME && !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u.test(name) ? name : null;
}

/** What is wrong with what was entered, in the reader's language. Anything else that failed is no fault of theirs, and thrown again. */
export function explainRejection(t: Strings, error: unknown): readonly string[] {
  if (error instanceof UsernameRejected) return [error.reason === "taken" ? t.signUp.taken : t.signUp.nameInvalid];
  if (error instanceof PasswordRejected) return error.problems.map(({ reason }) => t.passwordProblems[reason]);
  throw error;
}

function drawSignUp(view: View, username: string): Html {
  const { signUp, signIn } = view.t;
  return html`<div class="narrow"><h1>${signUp.heading}</h1>
    ${form(view, "/signup", html`
      <p class="lead">${signUp.intro}</p>
      <label for="username">${signIn.name}</label>
      <input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="${LONGEST_NAME}" autofocus>
      <label for="password">${signIn.password}</label>
      <input id="password" name="password" type="password" autocomplete="new-password" required minlength="8" aria-describedby="password-hint">
      <p class="fine" id="password-hint">${signUp.passwordHint}</p>
      <button class="button strong">${signUp.submit}</button>
      <p>${signUp.member} <a href="/login">${signIn.submit}</a></p>`, { className: "card stack" })}</div>`;
}

/** Makes the user and signs them in. */
async function signUp(cloakroom: Coatcheck, req: Request): Promise<void> {
  const username = readName(readField(req, "username"));
  if (username === null) throw new UsernameRejected("malformed", "A name of the shop has 1 to 40 characters that can be shown.");
  const user = await cloakroom.auth.createUser({ username, password: readPassword(req, "password") });
  await req.coat.auth.login(user, { remember: false });
  say(req, (said) => said.signedUp(user.username));
}

export function addSignUp(app: Express, renderer: Renderer, cloakroom: Coatcheck): void {
  route(app, "/signup", {
    get: (req, res) => renderer.send(req, res, (view) => ({ title: view.t.signUp.title, main: drawSignUp(view, "") })),
    post: async (req, res) => {
      try {
        await signUp(cloakroom, req);
      } catch (error) {
        if (!(error instanceof UsernameRejected) && !(error instanceof PasswordRejected)) throw error;
        await renderer.send(req, res, (view) => ({
          title: view.t.signUp.title, main: drawSignUp(view, readField(req, "username")), status: 400, notices: explainRejection(view.t, error),
        }));
        return;
      }
      res.redirect(303, "/account");
    },
  });
}
