import { html, type Html } from "../html.ts";
import { LANGUAGES, stringsOf } from "../i18n.ts";
import type { View } from "../view.ts";
import { buttonForm, form } from "./form.ts";

const SUN = html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true"><circle cx="12" cy="12" r="4.5" fill="currentColor"/><path d="M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg>`;
const MOON = html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true"><path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z" fill="currentColor"/></svg>`;

/** A ticket on a hook. */
const MARK = html`<svg viewBox="0 0 40 40" class="mark" aria-hidden="true">
  <path class="mark-hook" d="M14.5 10a5.5 5.5 0 1 1 8.2 4.800q-2.700 1.600-2.700 4.400"/>
  <path class="mark-ticket" d="M20 17l12 8v9.5a2.5 2.5 0 0 1-2.5 2.5h-19a2.5 2.5 0 0 1-2.5-2.5V25z"/><path class="mark-page" d="M14 29.5h12M14 33h8"/></svg>`;

function drawThemeSwitch(view: View): Html {
  const { choices } = view.t;
  const isDark = view.theme === "dark";
  return form(view, "/theme", html`
    <button class="round" name="theme" value="${isDark ? "light" : "dark"}" aria-label="${isDark ? choices.toLight : choices.toDark}">${isDark ? SUN : MOON}</button>`,
  { back: true, label: choices.themeGroup });
}

function drawLanguageSwitch(view: View): Html {
  return form(view, "/language", html`${LANGUAGES.map((language) => html`
    <button class="tongue" name="language" value="${language}" lang="${language}"${language === view.language ? html` aria-current="true"` : ""} aria-label="${stringsOf(language).choices.toLanguage}">${language.toUpperCase()}</button>`)}`,
  { back: true, className: "tongues", label: view.t.choices.languageGroup });
}

function drawVisitor(view: View): Html {
  const { nav } = view.t;
  if (view.user === null) return html`<a class="button quiet" href="/login"${view.path === "/login" ? html` aria-current="page"` : ""}>${nav.signIn}</a>`;
  return html`<span class="visitor" title="${nav.signedInAs(view.user.username)}">${view.user.username}</span>
    ${buttonForm(view, "/logout", nav.signOut, { buttonClass: "button quiet" })}`;
}

/** The top of every page: the name, the pages, the two preferences and who is there. */
export function drawHeader(view: View): Html {
  const { nav, shop } = view.t;
  const link = (path: string, text: string, extra: Html | null = null): Html =>
    html`<li><a href="${path}"${view.path === path ? html` aria-current="page"` : ""}>${text}${extra}</a></li>`;
  const badge = view.cart.length === 0 ? null
    : html` <span class="badge" aria-hidden="true">${view.cart.length}</span><span class="unseen"> (${nav.booksInCart(view.cart.length)})</span>`;
  return html`<header class="top">
    <a class="brand" href="/">${MARK}<span>${shop.name}</span></a>
    <nav aria-label="${nav.label}"><ul>
      ${link("/", nav.shelf)}${link("/cart", nav.cart, badge)}${link("/dashboard", nav.desk)}${link("/visits", nav.visits)}
      ${link("/session", nav.session)}${link("/cookies", nav.cookies)}${view.user !== null && link("/account", nav.account)}${view.mayArrange && link("/staff", nav.staff)}
    </ul></nav>
    <div class="tools">${drawLanguageSwitch(view)}${drawThemeSwitch(view)}${drawVisitor(view)}</div>
  </header>`;
}
