import { html, type Html } from "../html.ts";

/** What the shop has to say about the request just made, read out by screen readers as soon as the page is there. */
export function drawNotices(notices: readonly string[]): Html | null {
  if (notices.length === 0) return null;
  return html`<div class="notices" role="alert">${notices.map((notice) => html`<p class="notice">${notice}</p>`)}</div>`;
}
