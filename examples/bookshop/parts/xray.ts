import type { SessionView } from "coatcheck";
import { OPEN_COOKIES } from "../choices.ts";
import { html, type Html } from "../html.ts";
import { formatInstant } from "../i18n.ts";
import type { View } from "../view.ts";
import { isSecretCookie, type RequestTrace, type SentCookie } from "../xray.ts";

export interface XrayFacts {
  readonly held: ReadonlyMap<string, string>;
  readonly sent: ReadonlyMap<string, SentCookie>;
  readonly record: SessionView | null;
  /** What the server keeps of the visitor where sessions live in cookies; null for strangers, and where it keeps records. */
  readonly epoch: number | null;
  readonly requests: readonly RequestTrace[];
  /** Digests: what is in use first, then what was in use before. Null: no session. */
  readonly ids: readonly (string | null)[];
  readonly secrets: readonly string[];
}

function drawCookie(view: View, name: string, value: string, sent: SentCookie | undefined): Html {
  const { xray } = view.t;
  const isSecret = isSecretCookie(name);
  const shown = isSecret
    ? html`<span class="dots" aria-hidden="true">••••••••••••</span> <small>${xray.secret(value.length)}</small>`
    : OPEN_COOKIES.has(name) ? html`<code>${value}</code>` : html`<small>${xray.foreign(value.length)}</small>`;
  const flags = sent === undefined
    ? (isSecret || OPEN_COOKIES.has(name)) && html`<small>${xray.flagsUnseen}</small>`
    : sent.flags.map((flag) => html`<span class="flag">${flag}</span> `);
  return html`<li class="${isSecret ? "held secret" : "held"}"><code class="cookie-name">${name}</code> ${shown}<div class="flags">${flags}</div></li>`;
}

function drawHeld(view: View, facts: XrayFacts): Html {
  const { xray } = view.t;
  return html`<section class="pane" aria-labelledby="xray-browser">
    <h3 id="xray-browser">${xray.browser}</h3>
    ${facts.held.size === 0
      ? html`<p class="void">${xray.noCookies}</p>`
      : html`<ul class="helds">${[...facts.held].map(([name, value]) => drawCookie(view, name, value, facts.sent.get(name)))}</ul>`}
  </section>`;
}

function drawRecord(view: View, record: SessionView): Html {
  const { language, t: { xray } } = view;
  const rows: readonly (readonly [string, string])[] = [
    [xray.id, record.id],
    [xray.version, record.version],
    [xray.owner, record.owner ?? xray.nobody],
    [xray.created, formatInstant(language, record.createdAt)],
    [xray.lastSeen, formatInstant(language, record.lastSeenAt)],
    [xray.expires, formatInstant(language, record.expiresAt)],
    [xray.endsBecause, xray.limits[record.endsBecause]],
    [xray.cookieKind, record.persistent ? xray.kept : xray.untilClose],
  ];
  return html`<dl class="record">${rows.map(([term, text]) => html`<dt>${term}</dt><dd><code>${text}</code></dd>`)}
    <dt>${xray.data}</dt><dd><small>${xray.bytes(record.bytes)}</small></dd></dl>
    <pre tabindex="0"><code>${JSON.stringify(record.values, null, 2)}</code></pre>`;
}

/** What changes at a login: shown by digests, under which nothing can be used. */
function drawChanges(view: View, { ids, secrets }: XrayFacts): Html {
  const { xray } = view.t;
  const draw = (digests: readonly (string | null)[]): Html => {
    const [now, ...earlier] = digests.map((digest) => (digest === null ? html`<span>${xray.noId}</span>` : html`<code>${digest}</code>`));
    return html`${now}${earlier.length > 0 && html` <small>${xray.earlier}</small> ${earlier.map((digest, at) => html`${at > 0 && ", "}<s>${digest}</s>`)}`}`;
  };
  return html`<dl class="changes"><div data-digests="id"><dt>${xray.idDigest}</dt><dd>${draw(ids)}</dd></div>
    <div data-digests="secret"><dt>${xray.csrfSecret}</dt><dd>${draw(secrets)}</dd></div></dl>
    <p class="xray-note">${xray.digestNote}</p>`;
}

/** Where sessions live in cookies: what was in this visitor's. */
function drawOpened(view: View, epoch: number | null): Html {
  const { language, t: { xray }, coat: { session } } = view;
  const rows: readonly (readonly [string, string])[] = session.isNew ? [] : [
    [xray.id, session.id ?? ""],
    [xray.owner, view.user?.id ?? xray.nobody],
    [xray.expires, formatInstant(language, session.expiresAt)],
    [xray.endsBecause, xray.limits[session.endsBecause]],
    [xray.cookieKind, session.endsWithBrowser ? xray.untilClose : xray.kept],
  ];
  return html`<p class="void">${xray.noRecord}</p>${epoch !== null && html`<p class="void">${xray.epoch(epoch)}</p>`}
    ${rows.length > 0 && html`<h3 class="opened">${xray.opened}</h3>
      <dl class="record">${rows.map(([term, text]) => html`<dt>${term}</dt><dd><code>${text}</code></dd>`)}</dl>
      <pre tabindex="0"><code>${JSON.stringify(Object.fromEntries(session.entries()), null, 2)}</code></pre>`}`;
}

function drawKept(view: View, facts: XrayFacts): Html {
  const { xray } = view.t;
  return html`<section class="pane" aria-labelledby="xray-server">
    <h3 id="xray-server">${xray.server}</h3>
    ${view.sealed ? drawOpened(view, facts.epoch) : facts.record === null ? html`<p class="void">${xray.noRecord}</p>` : drawRecord(view, facts.record)}
  </section>`;
}

function drawRequest(view: View, trace: RequestTrace): Html {
  const { xray } = view.t;
  const calls = trace.storeCalls.length === 0 ? xray.noCalls
    : trace.storeCalls.map(({ operation, outcome }, index) => html`${index > 0 && ", "}<code>${operation} → ${outcome}</code>`);
  const lines = [...trace.headers, ...trace.sent.map((cookie) => `Set-Cookie: ${cookie.name}=…; ${cookie.flags.join("; ")}`)];
  return html`<li class="trace">
    <p class="trace-line"><b class="${trace.method === "POST" ? "verb post" : "verb"}">${trace.method}</b> <code>${trace.path}</code> <span class="status">${trace.status}</span></p>
    <dl><dt>${xray.store}</dt><dd>${calls}</dd><dt>${xray.plan}</dt><dd><code>${trace.plan}</code></dd>
    <dt>${xray.headers}</dt><dd>${lines.length === 0 ? xray.noHeaders : lines.map((line) => html`<code class="line">${line}</code>`)}</dd></dl></li>`;
}

/** The panel under every page: the ticket on the left, the coat on the right, and what has just happened to them. */
export function drawXray(view: View, facts: XrayFacts): Html {
  const { xray } = view.t;
  return html`<aside class="xray" aria-labelledby="xray-title">
    <details id="xray" open>
      <summary><h2 id="xray-title">${xray.title}</h2> <span class="xray-subtitle">${xray.subtitle}</span></summary>
      <div class="panes">${drawHeld(view, facts)}${drawKept(view, facts)}</div>
      <section class="pane wide" aria-labelledby="xray-changes"><h3 id="xray-changes">${xray.changes}</h3>${drawChanges(view, facts)}</section>
      <section class="pane wide" aria-labelledby="xray-requests">
        <h3 id="xray-requests">${xray.requests}</h3>
        ${facts.requests.length === 0
          ? html`<p class="void">${xray.noRequests}</p>`
          : html`<ol class="traces">${facts.requests.map((trace) => drawRequest(view, trace))}</ol>`}
      </section>
      <p class="xray-note">${xray.note}</p>
    </details>
  </aside>`;
}
