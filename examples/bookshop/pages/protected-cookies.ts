import type { FlowCookie } from "coatcheck";
import type { Express, Request } from "express";
import { ERRAND, SEALED_WORDS, SIGNED_WORDS } from "../choices.ts";
import { html, type Html } from "../html.ts";
import type { Strings } from "../i18n.ts";
import { form } from "../parts/form.ts";
import { readField, Refusal, route } from "../routes.ts";
import { say, warn } from "../say.ts";
import type { View } from "../view.ts";

const MOST_WORDS = 60;
/** Of a value that nobody can read, the beginning is enough to see that. */
const SHOWN = 28;

type Kind = "signed" | "sealed";

const NAMES: Readonly<Record<Kind, string>> = { signed: SIGNED_WORDS, sealed: SEALED_WORDS };

/** What to show of the cookie as it is, and what the shop takes from it. */
function drawReadings(view: View, kind: Kind): Html {
  const { cookies: t } = view.t;
  const { cookies } = view.coat;
  const held = cookies.get(NAMES[kind]);
  if (held === undefined) return html`<p class="reading">${t.colorNow} <strong>${t.nothingYet}</strong></p>`;
  const shown = kind === "signed" || held.length <= SHOWN ? held : `${held.slice(0, SHOWN)}…`;
  const words = cookies[kind].get(NAMES[kind]);
  return html`<div class="reading"><p>${t.browserHolds} <code>${shown}</code></p>
    <p>${t.shopReads} ${words === undefined ? html`<strong class="refused">${t.refused}</strong>` : html`<q>${words}</q>`}</p></div>`;
}

function drawProtected(view: View, kind: Kind): Html {
  const { cookies: t } = view.t;
  const path = `/cookies/${kind}`;
  const [heading, why] = t[kind];
  const isHeld = view.coat.cookies.has(NAMES[kind]);
  return html`<section class="card stack" aria-labelledby="${kind}"><h2 id="${kind}">${heading}</h2><p>${why}</p>
    ${drawReadings(view, kind)}
    ${form(view, path, html`<label for="${kind}-words">${t.words}</label>
      <input id="${kind}-words" name="words" maxlength="${MOST_WORDS}" required autocomplete="off">
      <div class="buttons"><button class="button strong">${t.set}</button>
      ${isHeld && html`<button class="button" formaction="${path}/alter" formnovalidate>${t.alter}</button>
      <button class="button" formaction="${path}/remove" formnovalidate>${t.remove}</button>`}</div>`, { className: "stack" })}
    <pre class="code"><code>cookies.${kind}.set("${NAMES[kind]}", words);
cookies.${kind}.get("${NAMES[kind]}");</code></pre></section>`;
}

/** A round trip that leads from the lab to the lab: what would be another site's page is a button here. */
function errandOf({ coat }: Pick<View, "coat">): FlowCookie<string> {
  return coat.cookies.flow<string>(ERRAND, { purpose: "an errand from the cookie lab", maxAge: "10m" });
}

function drawErrand(view: View): Html {
  const { cookies: t } = view.t;
  const { cookies } = view.coat;
  const isUnderWay = cookies.has(ERRAND) || cookies.has(`__Host-${ERRAND}`);
  return html`<section class="card stack" aria-labelledby="errand"><h2 id="errand">${t.flow[0]}</h2><p>${t.flow[1]}</p>
    <p class="reading">${isUnderWay ? t.underWay : t.atHome}</p>
    ${form(view, "/cookies/errand", html`<label for="errand-words">${t.takeAlong}</label>
      <input id="errand-words" name="words" maxlength="${MOST_WORDS}" required autocomplete="off">
      <div class="buttons"><button class="button strong">${t.setOut}</button>
      <button class="button" formaction="/cookies/errand/back" formnovalidate>${t.comeBack}</button></div>`, { className: "stack" })}
    <pre class="code"><code>const flow = cookies.flow("${ERRAND}", { purpose, maxAge: "10m" });
flow.set(words);
flow.take();</code></pre></section>`;
}

export function drawProtectedCookies(view: View): Html {
  return html`${drawProtected(view, "signed")}${drawProtected(view, "sealed")}${drawErrand(view)}`;
}

/** @throws Refusal 400 for none, or too many */
function readWords(req: Request): string {
  const words = readField(req, "words");
  if (words === "" || words.length > MOST_WORDS) throw new Refusal(400);
  return words;
}

/** The text with another letter at that place. */
function alterLetter(text: string, at: number): string {
  return text.slice(0, at) + (text[at] === "a" ? "b" : "a") + text.slice(at + 1);
}

/** A signed cookie, a sealed one and a round trip: set, alter, read. */
export function addProtectedCookies(app: Express): void {
  const change = (path: string, pick: (said: Strings["said"]) => string, act: (req: Request) => void): void => route(app, path, {
    post: (req, res) => {
      act(req);
      say(req, pick);
      res.redirect(303, "/cookies");
    },
  });

  for (const kind of ["signed", "sealed"] as const) {
    const name = NAMES[kind];
    change(`/cookies/${kind}`, (said) => said.cookieSet, (req) => req.coat.cookies[kind].set(name, readWords(req)));
    change(`/cookies/${kind}/remove`, (said) => said.cookieDeleted, (req) => req.coat.cookies.delete(name));
    // What anybody can do to a cookie of their own browser with its tools.
    change(`/cookies/${kind}/alter`, (said) => said.cookieAltered, ({ coat: { cookies } }) => {
      const held = cookies.get(name, "");
      if (held === "") throw new Refusal(400);
      cookies.set(name, alterLetter(held, 0));
    });
  }

  change("/cookies/errand", (said) => said.setOut, (req) => errandOf(req).set(readWords(req)));
  route(app, "/cookies/errand/back", {
    post: (req, res) => {
      const words = errandOf(req).take();
      if (words === undefined) warn(req, (said) => said.cameWithNothing);
      else say(req, (said) => said.cameBack(words));
      res.redirect(303, "/cookies");
    },
  });
}
