import type { Express } from "express";
import { html, type Html } from "../html.ts";
import { formatDuration, formatInstant, type Strings } from "../i18n.ts";
import { buttonForm, form } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { readField, Refusal, route } from "../routes.ts";
import { say } from "../say.ts";
import type { View } from "../view.ts";

/** Long enough to need a second cookie where the session lives in one. */
const LONGEST_NOTE = 3000;
const SHOWN_OF_NOTE = 200;

/** What `setExpiry` is given for each button. */
const LIFETIMES = { "five-minutes": "5m", browser: 0, usual: null } as const;

function shorten(note: string): string {
  return note.length <= SHOWN_OF_NOTE ? note : `${note.slice(0, SHOWN_OF_NOTE)}…`;
}

function drawValue(view: View): Html {
  const { session: t } = view.t;
  const note = view.coat.session.get("note");
  return html`<section class="card stack" aria-labelledby="value"><h2 id="value">${t.valueHeading}</h2><p>${t.valueIntro}</p>
    <p class="reading">${t.valueNow} <q>${shorten(note ?? t.valueNone)}</q></p>
    ${form(view, "/session/note", html`<label for="note">${t.valueLabel}</label>
      <textarea id="note" name="note" rows="2" maxlength="${LONGEST_NOTE}" required autocomplete="off"></textarea>
      <div class="buttons"><button class="button strong">${t.set}</button>
      ${note !== undefined && html`<button class="button" formaction="/session/note/remove" formnovalidate>${t.remove}</button>`}</div>`, { className: "stack" })}
    <pre class="code"><code>session.set("note", text);
session.get("note", "${t.valueNone}");
session.delete("note");</code></pre></section>`;
}

function drawRemaining(view: View): Html {
  const { session: t } = view.t;
  const { session } = view.coat;
  if (session.isNew) return html`<p class="reading">${t.noSession}</p>`;
  return html`<div class="reading"><p>${t.remaining}
      <strong class="countdown" data-ends-in="${session.expiryAge}" data-ended="${t.ended}">${formatDuration(view.language, session.expiryAge)}</strong></p>
    <p class="fine">${t.endsAt(formatInstant(view.language, session.expiresAt))} ${t.because[session.endsBecause]}</p>
    ${session.endsWithBrowser && html`<p class="fine">${t.endsWithBrowser}</p>`}</div>`;
}

function drawExpiry(view: View): Html {
  const { session: t } = view.t;
  const choice = (name: string, text: string): Html => html`<button class="button" name="lifetime" value="${name}">${text}</button>`;
  return html`<section class="card stack" aria-labelledby="expiry"><h2 id="expiry">${t.expiryHeading}</h2><p>${t.expiryIntro}</p>
    ${drawRemaining(view)}
    ${!view.coat.session.isNew && form(view, "/session/expiry", html`${choice("five-minutes", t.fiveMinutes)}${choice("browser", t.browserOnly)}${choice("usual", t.usual)}`, { className: "buttons" })}
    <pre class="code"><code>session.setExpiry("5m");
session.setExpiry(0);
session.setExpiry(null);</code></pre></section>`;
}

function drawEnd(view: View): Html {
  const { session: t } = view.t;
  return html`<section class="card stack" aria-labelledby="rotate"><h2 id="rotate">${t.rotateHeading}</h2><p>${t.rotateIntro}</p>
      ${buttonForm(view, "/session/rotate", t.rotate)}<pre class="code"><code>session.rotate();</code></pre></section>
    <section class="card stack" aria-labelledby="clear"><h2 id="clear">${t.clearHeading}</h2><p>${t.clearIntro}</p>
      ${buttonForm(view, "/session/clear", t.clear)}<p class="fine">${t.clearWhy}</p>
      ${buttonForm(view, "/session/flush", t.flush, { buttonClass: "button danger" })}<p class="fine">${t.flushWhy}</p>
      <pre class="code"><code>session.clear();
session.flush();</code></pre></section>`;
}

/** What a session can do, one button each. */
export function addSessionLab(app: Express, renderer: Renderer): void {
  route(app, "/session", {
    get: (req, res) => renderer.send(req, res, (view) => ({
      title: view.t.session.title,
      main: html`<h1>${view.t.session.title}</h1><p class="lead">${view.t.session.intro}</p>
        <div class="lab">${drawValue(view)}${drawExpiry(view)}${drawEnd(view)}</div>`,
    })),
  });

  const change = (path: keyof Strings["said"]["session"], act: Parameters<typeof route>[2]["post"] & {}): void => route(app, path, {
    post: async (req, res) => {
      await act(req, res);
      say(req, (said) => said.session[path]);
      res.redirect(303, "/session");
    },
  });

  change("/session/note", (req) => {
    const note = readField(req, "note");
    if (note === "" || note.length > LONGEST_NOTE) throw new Refusal(400);
    req.coat.session.set("note", note);
  });
  change("/session/note/remove", (req) => void req.coat.session.delete("note"));
  change("/session/expiry", (req) => {
    const lifetime = readField(req, "lifetime");
    if (!Object.hasOwn(LIFETIMES, lifetime)) throw new Refusal(400);
    req.coat.session.setExpiry(LIFETIMES[lifetime as keyof typeof LIFETIMES]);
  });
  change("/session/rotate", (req) => req.coat.session.rotate());
  change("/session/clear", (req) => req.coat.session.clear());
  change("/session/flush", (req) => req.coat.session.flush());
}
