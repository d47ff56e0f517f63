import type { Coat, Coatcheck } from "coatcheck";
import type { Request, Response } from "express";
import { LANGUAGE, THEME } from "./choices.ts";
import { html, type Html } from "./html.ts";
import { stringsOf, type Strings } from "./i18n.ts";
import { drawConsent } from "./parts/consent.ts";
import { drawEnding } from "./parts/ending.ts";
import { drawHeader } from "./parts/header.ts";
import { drawDocument } from "./parts/layout.ts";
import { drawNotices } from "./parts/notices.ts";
import { drawXray } from "./parts/xray.ts";
import type { BrowserCounter } from "./statistics.ts";
import { shortDigest } from "./digest.ts";
import { viewOf, type View } from "./view.ts";
import { withNewest, type XrayLog } from "./xray.ts";

export interface Page {
  readonly title: string;
  readonly main: Html;
  readonly status?: number;
  /** What to say about the request just made. */
  readonly notices?: readonly string[];
}

/** Puts pages together and sends them. */
export class Renderer {
  readonly #cloakroom: Coatcheck;
  readonly #log: XrayLog;
  readonly #counter: BrowserCounter;
  readonly #readEpoch: (userId: string) => Promise<number>;

  /** @param readEpoch what a user's cookies are measured by, where sessions live in them */
  constructor(cloakroom: Coatcheck, log: XrayLog, counter: BrowserCounter, readEpoch: (userId: string) => Promise<number>) {
    this.#cloakroom = cloakroom;
    this.#readEpoch = readEpoch;
    this.#log = log;
    this.#counter = counter;
  }

  /** Sends a page with everything around it. @throws StoreUnavailable when the session cannot be read */
  async send(req: Request, res: Response, draw: (view: View) => Page): Promise<void> {
    const view = await viewOf(req, this.#cloakroom.store === null);
    const page = draw(view);
    const { id } = view.coat.session;
    const memory = this.#log.recall(id);
    const { count } = this.#counter;
    const { shop } = view.t;
    const body = drawDocument({
      ...view,
      title: page.title,
      header: drawHeader(view),
      notices: html`${drawEnding(view)}${drawNotices(page.notices ?? [], view.coat.messages.take())}`,
      main: page.main,
      consent: drawConsent(view),
      xray: drawXray(view, {
        held: view.coat.cookies.all(),
        sent: memory.cookies,
        record: id === null || view.sealed ? null : await this.#cloakroom.sessions.get(id),
        epoch: view.user === null || !view.sealed ? null : await this.#readEpoch(view.user.id),
        requests: memory.requests,
        ids: [id === null ? null : shortDigest(id), ...(id === null ? [] : memory.earlierIds)],
        secrets: withNewest(memory.secrets, this.#log.showToken(req, view.coat.csrf.token())),
      }),
      footer: count === 0 ? null : html`<p>${count === 1 ? shop.statisticsOne : shop.statisticsMany(count)}</p>`,
    });
    res.setHeader("Cache-Control", "private, no-cache");
    res.status(page.status ?? 200).type("html").send(body);
  }
}

/**
 * Sends a page that does not look at the session: for when there is something wrong with it. A request whose body could not be
 * read has no coat yet.
 */
export function sendBare(req: { readonly coat?: Coat }, res: Response, status: number, draw: (t: Strings) => { readonly title: string; readonly main: Html }): void {
  const { coat } = req;
  const language = coat === undefined ? LANGUAGE.fallback : coat.preferences.get(LANGUAGE);
  const theme = coat === undefined ? THEME.fallback : coat.preferences.get(THEME);
  const t = stringsOf(language);
  const { title, main } = draw(t);
  const header = html`<header class="top"><a class="brand" href="/"><span>${t.shop.name}</span></a></header>`;
  const body = drawDocument({ language, theme, t, title, header, notices: null, main, xray: null, consent: null, footer: null });
  res.setHeader("Cache-Control", "no-store");
  res.status(status).type("html").send(body);
}
