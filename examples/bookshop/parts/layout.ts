import { html, type Html } from "../html.ts";
import type { Language, Strings } from "../i18n.ts";
import type { Theme } from "../choices.ts";

export interface Frame {
  readonly language: Language;
  readonly theme: Theme;
  readonly t: Strings;
  readonly title: string;
  readonly header: Html | null;
  readonly notices: Html | null;
  readonly main: Html;
  readonly xray: Html | null;
  readonly consent: Html | null;
  readonly footer: Html | null;
}

/** The document around every page. */
export function drawDocument(frame: Frame): string {
  const { language, theme, t, title, header, notices, main, xray, consent, footer } = frame;
  return html`<!doctype html>
<html lang="${language}" class="theme-${theme}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="${theme}">
  <title>${title} · ${t.shop.name}</title>
  <link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/assets/styles.css">
  <script src="/assets/shop.js" defer></script>
</head>
<body>
  <a class="skip" href="#main">${t.shop.skip}</a>
  ${header}
  ${notices}
  <main id="main">${main}</main>
  ${consent}
  ${xray}
  <footer class="foot"><p>${t.shop.footer}</p>${footer}</footer>
</body>
</html>
`.toString();
}
