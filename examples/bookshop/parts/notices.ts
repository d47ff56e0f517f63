import type { Message } from "coatcheck/messages";
import { html, type Html } from "../html.ts";

/**
 * What the shop has to say: what went wrong with the request just made, which screen readers are told at once, and the messages that
 * wait for this visitor.
 */
export function drawNotices(faults: readonly string[], messages: readonly Message[]): Html {
  return html`${faults.length > 0 && html`<div class="notices" role="alert">${faults.map((fault) => html`<p class="notice">${fault}</p>`)}</div>`}
    ${messages.length > 0 && html`<div class="notices" role="status">${messages.map(({ text, tags }) => html`<p class="notice ${tags}">${text}</p>`)}</div>`}`;
}
