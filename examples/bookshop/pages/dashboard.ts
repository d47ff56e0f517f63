import type { Express } from "express";
import { findBooks } from "../books.ts";
import { CONSENT, readWishes } from "../choices.ts";
import { html, type Html } from "../html.ts";
import { buttonForm } from "../parts/form.ts";
import type { Renderer } from "../render.ts";
import { route } from "../routes.ts";
import type { View } from "../view.ts";

function drawTitles(slugs: readonly string[]): Html {
  if (slugs.length === 0) return html`<span aria-hidden="true">–</span><span class="unseen">0</span>`;
  return html`<ul class="plain">${findBooks(slugs).map((book) => html`<li><a href="/books/${book.slug}" lang="en">${book.title}</a></li>`)}</ul>`;
}

function drawConsentChoice(view: View): Html {
  const { consent } = view.t;
  const chosen = view.coat.preferences.chosen(CONSENT);
  if (chosen === undefined) return html`${consent.notChosen}`;
  return html`<p>${chosen === "all" ? consent.chosenAll : consent.chosenNecessary}</p>${buttonForm(view, "/consent/forget", consent.change, { back: true, buttonClass: "link" })}`;
}

type Fact = readonly [term: string, content: Html | string];

function drawFacts(place: string, facts: readonly Fact[]): Html {
  return html`<dl class="facts">${facts.map(([term, content]) => html`
    <div class="card"><dt>${term} <span class="place">${place}</span></dt><dd>${content}</dd></div>`)}</dl>`;
}

function drawDashboard(view: View): Html {
  const { t, coat } = view;
  const inSession: readonly Fact[] = [
    [t.desk.name, view.user?.username ?? t.desk.guest],
    [t.desk.cart, drawTitles(view.cart)],
    [t.desk.visits, html`<span class="figure">${coat.session.get("visits", 0)}</span>`],
  ];
  const inCookies: readonly Fact[] = [
    [t.desk.theme, t.choices[view.theme]],
    [t.desk.language, t.languageName],
    [t.desk.wishList, drawTitles(readWishes(coat))],
    [t.desk.consent, drawConsentChoice(view)],
  ];
  return html`<h1>${t.desk.hello(view.user?.username ?? t.desk.guest)}</h1>
    ${drawFacts(t.desk.inSession, inSession)}${drawFacts(t.desk.inCookie, inCookies)}
    <h2 id="places">${t.desk.places}</h2>
    <div class="scroll" tabindex="0" role="region" aria-labelledby="places"><table>
      <thead><tr><th scope="col">${t.desk.thing}</th><th scope="col">${t.desk.place}</th><th scope="col">${t.desk.why}</th></tr></thead>
      <tbody>${t.desk.rows.map(([thing, place, why]) => html`<tr><th scope="row">${thing}</th><td>${place}</td><td>${why}</td></tr>`)}</tbody>
    </table></div>`;
}

/** Everything that the shop knows about a visitor, on one page. */
export function addDashboard(app: Express, renderer: Renderer): void {
  route(app, "/dashboard", { get: (req, res) => renderer.send(req, res, (view) => ({ title: view.t.desk.title, main: drawDashboard(view) })) });
}
