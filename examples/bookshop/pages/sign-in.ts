import type { Express, Request, Response } from "express";
import { html, type Html } from "../html.ts";
import { buttonForm, form } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { readField, readPassword, route } from "../routes.ts";
import { say } from "../say.ts";
import type { View } from "../view.ts";

interface Attempt {
  readonly username: string;
  /** Where the visitor was on the way to; checked before it is followed. */
  readonly next: string;
  readonly remember: boolean;
}

function drawSignIn(view: View, { username, next, remember }: Attempt): Html {
  const { signIn, nav } = view.t;
  if (view.user !== null) {
    return html`<div class="narrow"><h1>${signIn.title}</h1>
      <div class="card stack"><p class="lead">${signIn.already(view.user.username)}</p>${buttonForm(view, "/logout", nav.signOut)}</div></div>`;
  }
  return html`<div class="narrow"><h1>${signIn.heading}</h1>
    ${form(view, "/login", html`
      <p class="lead">${signIn.intro}</p>
      <input type="hidden" name="next" value="${next}">
      <label for="username">${signIn.name}</label>
      <input id="username" name="username" value="${username}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="150"${username === "" && html` autofocus`}>
      <label for="password">${signIn.password}</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required${username !== "" && html` autofocus`}>
      <label class="tick"><input type="checkbox" name="remember" value="yes"${remember && html` checked`}> ${signIn.remember}</label>
      <button class="button strong">${signIn.submit}</button>
      <p>${signIn.stranger} <a href="/signup">${signIn.toSignUp}</a></p>`, { className: "card stack" })}
    <p class="fine">${signIn.rotates}</p></div>`;
}

function drawConfirm(view: View, next: string): Html {
  const { confirm } = view.t;
  return html`<div class="narrow"><h1>${confirm.heading}</h1>
    ${form(view, "/confirm", html`
      <p class="lead">${confirm.intro}</p>
      <input type="hidden" name="next" value="${next}">
      <input type="hidden" name="username" value="${view.user?.username}" autocomplete="username">
      <label for="password">${view.t.signIn.password}</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
      <button class="button strong">${confirm.submit}</button>`, { className: "card stack" })}</div>`;
}

/** `?next=`, if it is one text. It is kept as it came: `safeNext` judges it when it is followed. */
function readNext(req: Request): string {
  const { next } = req.query;
  return typeof next === "string" ? next : "";
}

/** Signing in and out, and proving once more who one is. */
export function addSignInPages(app: Express, renderer: Renderer): void {
  const sendSignIn = (req: Request, res: Response, attempt: Attempt, failed = false): Promise<void> =>
    renderer.send(req, res, (view) => ({
      title: view.t.signIn.title,
      main: drawSignIn(view, attempt),
      ...(failed ? { status: 400, notices: [view.t.signIn.wrong] } : {}),
    }));

  route(app, "/login", {
    get: (req, res) => sendSignIn(req, res, { username: "", next: readNext(req), remember: false }),
    post: async (req, res) => {
      const { auth } = req.coat;
      const attempt: Attempt = { username: readField(req, "username"), next: readField(req, "next"), remember: readField(req, "remember") === "yes" };
      const user = await auth.authenticate({ username: attempt.username, password: readPassword(req, "password") });
      // Unknown, wrong, switched off and tried too often look the same.
      if (user === null) return sendSignIn(req, res, attempt, true);
      await auth.login(user, { remember: attempt.remember });
      say(req, (said) => said.signedIn(user.username));
      res.redirect(303, auth.safeNext(attempt.next));
    },
  });

  route(app, "/logout", {
    post: async (req, res) => {
      await req.coat.auth.logout();
      say(req, (said) => said.signedOut);
      res.redirect(303, "/");
    },
  });

  const sendConfirm = async (req: Request, res: Response, next: string, failed = false): Promise<void> => {
    await req.coat.auth.requireLogin();
    await renderer.send(req, res, (view) => ({
      title: view.t.confirm.title,
      main: drawConfirm(view, next),
      ...(failed ? { status: 400, notices: [view.t.confirm.wrong] } : {}),
    }));
  };

  route(app, "/confirm", {
    get: (req, res) => sendConfirm(req, res, readNext(req)),
    post: async (req, res) => {
      const next = readField(req, "next");
      if (!(await req.coat.auth.confirmPassword(readPassword(req, "password")))) return sendConfirm(req, res, next, true);
      say(req, (said) => said.confirmed);
      res.redirect(303, req.coat.auth.safeNext(next));
    },
  });
}
