import { html, type Html } from "../html.ts";
import type { View } from "../view.ts";

export interface FormOptions {
  readonly className?: string;
  /** What the form is for, where the page around it does not say. */
  readonly label?: string;
  /** Lead back to this page afterwards, not to the place that the action chooses. */
  readonly back?: boolean;
}

/** Every form of the shop is made here: each one is a POST with a token. */
export function form(view: View, action: string, content: Html, options: FormOptions = {}): Html {
  const { className, label, back = false } = options;
  return html`<form method="post" action="${action}"${className !== undefined && html` class="${className}"`}${label !== undefined && html` aria-label="${label}"`}>
    <input type="hidden" name="${view.coat.csrf.fieldName}" value="${view.coat.csrf.token()}">${back && html`<input type="hidden" name="back" value="${view.path ?? "/"}">`}${content}
  </form>`;
}

/** A form that is only a button. */
export function buttonForm(view: View, action: string, text: Html | string, options: FormOptions & { readonly buttonClass?: string; readonly buttonLabel?: string } = {}): Html {
  const { buttonClass = "button", buttonLabel } = options;
  return form(view, action, html`<button class="${buttonClass}"${buttonLabel !== undefined && html` aria-label="${buttonLabel}"`}>${text}</button>`, options);
}
