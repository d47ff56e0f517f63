import type { Express } from "express";
import { findBooks } from "../books.ts";
import { COLOR, keepChoice, OPEN_COLOR, readChoice, readWishes } from "../choices.ts";
import { html, type Html } from "../html.ts";
import { buttonForm, form } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { readField, Refusal, route } from "../routes.ts";
import { say } from "../say.ts";
import type { View } from "../view.ts";
import { addProtectedCookies, drawProtectedCookies } from "./protected-cookies.ts";

interface ColorCard {
  readonly cookie: typeof COLOR | typeof OPEN_COLOR;
  readonly path: string;
  readonly heading: string;
  readonly why: string;
  readonly code: string;
  readonly extra?: Html;
}

function drawColor(view: View, card: ColorCard): Html {
  const { cookies: t } = view.t;
  const { cookie, path, heading, why, code, extra } = card;
  const color = readChoice(view.coat, cookie);
  return html`<section class="card stack" aria-labelledby="${cookie.name}"><h2 id="${cookie.name}">${heading}</h2><p>${why}</p>
    <p class="reading">${t.colorNow} <span class="swatch swatch-${color}" aria-hidden="true"></span><strong>${color === "unknown" ? t.unknown : t.colors[color]}</strong></p>
    ${form(view, path, html`<label for="${cookie.name}-value">${t.plainLabel}</label>
      <select id="${cookie.name}-value" name="color">${cookie.values.map((value) => html`<option value="${value}"${value === color ? html` selected` : ""}>${t.colors[value]}</option>`)}</select>
      <div class="buttons"><button class="button strong">${t.set}</button>
      ${color !== "unknown" && html`<button class="button" formaction="${path}/remove">${t.remove}</button>`}</div>`, { className: "stack" })}
    ${extra}
    <pre class="code"><code>${code}</code></pre></section>`;
}

function drawScriptView({ t: { cookies: t } }: View): Html {
  return html`<p class="fine">${t.scriptSees} <output data-script-sees data-nothing="${t.scriptNothing}">${t.scriptOff}</output></p>`;
}

function drawWishes(view: View): Html {
  const { cookies: t, book: words } = view.t;
  const wishes = findBooks(readWishes(view.coat));
  return html`<section class="card stack" aria-labelledby="wishes"><h2 id="wishes">${t.wishHeading}</h2><p>${t.wishIntro}</p>
    ${wishes.length === 0 ? html`<p class="reading">${t.wishEmpty}</p>` : html`
      <ul class="wishes">${wishes.map((book) => html`<li><a href="/books/${book.slug}" lang="en">${book.title}</a>
        ${buttonForm(view, `/wishes/${book.slug}/remove`, "×", { buttonClass: "link", buttonLabel: `${words.dropWish}: ${book.title}` })}</li>`)}</ul>
      ${buttonForm(view, "/wishes/clear", t.wishClear)}`}</section>`;
}

function drawLifetimes({ t: { cookies: t } }: View): Html {
  return html`<section class="card stack whole" aria-labelledby="limits"><h2 id="limits">${t.limitsHeading}</h2>
    <table class="tight"><thead><tr><th scope="col">${t.cookie}</th><th scope="col">${t.lifetime}</th></tr></thead>
    <tbody>${t.limits.map(([name, lifetime]) => html`<tr><th scope="row"><code>${name}</code></th><td>${lifetime}</td></tr>`)}</tbody></table></section>`;
}

/** Cookies of the shop's own: set, read, delete. */
export function addCookieLab(app: Express, renderer: Renderer): void {
  addProtectedCookies(app);
  route(app, "/cookies", {
    get: (req, res) => renderer.send(req, res, (view) => {
      const { cookies: t } = view.t;
      const code = (options: string, name: string): string =>
        `cookies.set("${name}", color${options});\ncookies.get("${name}", "unknown");\ncookies.delete("${name}");`;
      return {
        title: t.title,
        main: html`<h1>${t.title}</h1><p class="lead">${t.intro}</p><div class="lab">
          ${drawColor(view, { cookie: COLOR, path: "/cookies/color", heading: t.colorHeading, why: t.plainWhy, code: code("", COLOR.name) })}
          ${drawColor(view, { cookie: OPEN_COLOR, path: "/cookies/open-color", heading: t.openHeading, why: t.openWhy, code: code(", { readableByScripts: true }", OPEN_COLOR.name), extra: drawScriptView(view) })}
          ${drawProtectedCookies(view)}${drawWishes(view)}${drawLifetimes(view)}</div>`,
      };
    }),
  });

  for (const [path, cookie] of [["/cookies/color", COLOR], ["/cookies/open-color", OPEN_COLOR]] as const) {
    route(app, path, {
      post: (req, res) => {
        if (!keepChoice(req.coat, cookie, readField(req, "color"))) throw new Refusal(400);
        say(req, (said) => said.cookieSet);
        res.redirect(303, "/cookies");
      },
    });
    route(app, `${path}/remove`, {
      post: (req, res) => {
        req.coat.cookies.delete(cookie.name, cookie.options);
        say(req, (said) => said.cookieDeleted);
        res.redirect(303, "/cookies");
      },
    });
  }
}
