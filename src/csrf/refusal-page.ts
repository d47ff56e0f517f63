import { hash } from "../crypto/platform.ts";
import type { FormFields } from "../manager/request-view.ts";
import { CSRF_REASONS, type CsrfReason } from "./reasons.ts";

/** An answer that replaces the handler's. */
export interface RefusalAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

const STYLE =
  "body{font:1.05rem/1.6 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 1.5rem;color:#222;background:#fff}h1{font-size:1.5rem}code{font-size:.9em;color:#666}button{font:inherit;padding:.6rem 1.4rem;border:0;border-radius:.4rem;background:#1b5e4b;color:#fff;cursor:pointer}label{display:block;margin:1rem 0}input{font:inherit;padding:.4rem}@media(prefers-color-scheme:dark){body{color:#eee;background:#1c1c1c}code{color:#aaa}}";

/** Fields that nobody wants to find in a page's source are asked for again. */
const PRIVATE_FIELD = /pass|pwd|secret|token|card|cvc|cvv|iban|pin\b|otp/i;

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

let styleHash: string | null = null;

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${content}</main></body></html>`;
}

function answer(type: string, body: string): RefusalAnswer {
  styleHash ??= hash("sha256", STYLE, "base64");
  return {
    status: 403,
    headers: [
      ["content-type", `${type}; charset=utf-8`],
      ["cache-control", "no-store"],
      ["vary", "Sec-Fetch-Site, Origin, Cookie"],
      ["x-content-type-options", "nosniff"],
      ["content-security-policy", `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`],
    ],
    body,
  };
}

/** Whether a client would rather have JSON. */
function wantsJson(accept: string | undefined): boolean {
  return accept !== undefined && /\bapplication\/(?:[a-z0-9.+-]*\+)?json\b/i.test(accept.slice(0, 1000)) && !/\btext\/html\b/i.test(accept.slice(0, 1000));
}

/**
 * The page, or the JSON, of a refusal. Nothing of the request stands in it.
 *
 * @param explains says why; in production only the reason's name is shown
 */
export function writeRefusal(reason: CsrfReason, accept: string | undefined, explains: boolean): RefusalAnswer {
  const explanation = CSRF_REASONS[reason];
  if (wantsJson(accept)) return answer("application/json", JSON.stringify({ error: { code: "COAT_CSRF_REFUSED", reason, ...(explains ? { message: explanation } : {}) } }));
  const detail = explains ? `<p>${escapeHtml(explanation)}</p>` : "";
  return answer("text/html", page("This request was not accepted", `<p>It could not be shown that you meant to send it. Go back, load the page again and try once more.</p>${detail}<p><code>${reason}</code></p>`));
}

/**
 * The page for a form of this very site that was left open while its user signed in or out elsewhere: what was typed is kept, and
 * sent again with a fresh token at one click, never by itself. Passwords are asked for again.
 *
 * @param field the hidden field with the fresh token
 */
export function writeRecovery(fields: FormFields, fieldName: string, field: string): RefusalAnswer {
  const inputs: string[] = [field];
  for (const [name, values] of fields) {
    if (name === fieldName) continue;
    for (const value of typeof values === "string" ? [values] : values) {
      inputs.push(
        PRIVATE_FIELD.test(name)
          ? `<label>${escapeHtml(name)} <input type="password" name="${escapeHtml(name)}" autocomplete="off"></label>`
          : `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
      );
    }
  }
  return answer("text/html", page("Please confirm", `<p>You signed in or out since this form was opened, so it has not been carried out. What you entered is kept.</p><form method="post">${inputs.join("")}<button>Send it again</button></form>`));
}
