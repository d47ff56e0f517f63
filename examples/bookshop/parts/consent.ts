import { CONSENT } from "../choices.ts";
import { html, type Html } from "../html.ts";
import type { View } from "../view.ts";
import { form } from "./form.ts";

/** The banner, as long as nothing was chosen. */
export function drawConsent(view: View): Html | null {
  if (view.coat.preferences.chosen(CONSENT) !== undefined) return null;
  const { consent } = view.t;
  return html`<section class="consent" aria-label="${consent.label}">
    <p>${consent.text}</p>
    ${form(view, "/consent", html`
      <button class="button" name="consent" value="necessary">${consent.necessary}</button>
      <button class="button" name="consent" value="all">${consent.all}</button>`, { className: "consent-answers", back: true })}
  </section>`;
}
