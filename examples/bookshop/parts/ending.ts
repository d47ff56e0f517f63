import { html, type Html } from "../html.ts";
import { formatDuration } from "../i18n.ts";
import type { View } from "../view.ts";

/** A session that lives no longer than this says so on every page, also without scripts. */
const SHORT_SECONDS = 600;

/** Where the page says that the session is about to end. A script asks the server, and shows it a minute before; see `assets/shop.js`. */
export function drawEnding(view: View): Html | null {
  const { session } = view.coat;
  if (session.isNew) return null;
  const { ending } = view.t;
  const left = session.expiryAge;
  const isShort = left <= SHORT_SECONDS;
  return html`<div class="notices" role="status" data-session-left="${left}" data-ends-soon="${ending.soon}" data-ended="${ending.ended}">${isShort && html`<p class="notice passing">${ending.short(formatDuration(view.language, left))}</p>`}</div>`;
}
