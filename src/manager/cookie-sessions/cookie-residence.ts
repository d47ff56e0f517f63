import { digestToken } from "../../crypto/digest.ts";
import { CookieTooLarge } from "../../errors.ts";
import { cookieSecondsLeft } from "../../session/expiry.ts";
import type { Epochs } from "../../store/epochs.ts";
import { prepareCookie, type PreparedCookie } from "../../cookie/serialize.ts";
import type { Connection, ConnectionKind } from "../connection.ts";
import { publish } from "../events.ts";
import type { ExchangeState } from "../exchange-state.ts";
import { missingSecret } from "../keys.ts";
import type { Residence, ResidenceContext } from "../residence.ts";
import { makeSessionCookieFace, NOTHING_PRESENTED, type SessionCookieFace } from "../token-residence.ts";
import { chunkCapacity, chunkName, joinText, MOST_CHUNKS, presentChunks, splitText } from "./chunks.ts";
import { readEnvelope, writeEnvelope, type Enveloped } from "./envelope.ts";
import { OpenedCookies, type OpenedCookie } from "./opened-cookies.ts";
import type { Guard, Protection } from "./protection.ts";
import { RequestStore } from "./request-store.ts";

/** What the two cookie stores have in common. */
export interface CookieResidenceOptions {
  readonly mostChunks: number;
  readonly epochs: Epochs | null;
  /** Whether cookies that were opened are kept for the next request. */
  readonly remembers: boolean;
}

/** What a request asks for is told by the end of its cookie, the authentication tag; a fresh token is not longer than this. */
const IDENTIFYING_CHARACTERS = 43;

/** The session's cookies on one kind of connection: a face for each part, and what guards the text, made when they are first needed. */
class Parts {
  readonly face: SessionCookieFace;
  readonly opened: OpenedCookies;
  readonly #context: ResidenceContext;
  readonly #kind: ConnectionKind;
  readonly #protection: Protection;
  readonly #prepared: PreparedCookie[];
  #guard: Guard | null = null;

  constructor(context: ResidenceContext, kind: ConnectionKind, face: SessionCookieFace, protection: Protection, remembers: boolean) {
    this.face = face;
    this.opened = new OpenedCookies(remembers ? undefined : 0);
    this.#context = context;
    this.#kind = kind;
    this.#protection = protection;
    this.#prepared = [face.prepared];
  }

  get guard(): Guard {
    return (this.#guard ??= this.#protection.guard(this.#context.keys.keyring, this.face.realm));
  }

  at(index: number): PreparedCookie {
    return (this.#prepared[index] ??= prepareCookie(chunkName(this.face.name, index), makeSessionCookieFace(this.#context.settings, this.#kind)?.attributes ?? {}));
  }

  identify(token: string): string {
    const known = this.opened.get(token);
    if (known === undefined) return digestToken(this.face.realm, token.slice(-IDENTIFYING_CHARACTERS));
    return (known.lookupId ??= digestToken(this.face.realm, token.slice(-IDENTIFYING_CHARACTERS)));
  }

  /** Null for a cookie that this application did not make. */
  open(token: string): OpenedCookie | null {
    const known = this.opened.get(token);
    if (known !== undefined) return known;
    const found = this.guard.open(token);
    const enveloped = found === null ? null : readEnvelope(found.text);
    if (found === null || enveloped === null) return null;
    const opened: OpenedCookie = { text: token, lookupId: this.identify(token), enveloped, keyIsCurrent: found.keyIsCurrent };
    this.opened.add(opened);
    return opened;
  }

  protect(enveloped: Enveloped): string {
    const text = this.guard.protect(writeEnvelope(enveloped));
    this.opened.add({ text, lookupId: null, enveloped, keyIsCurrent: true });
    return text;
  }
}

/** Records live in the cookie itself, protected, over several cookies where one is too small. */
export function createCookieResidence(context: ResidenceContext, protection: Protection, options: CookieResidenceOptions): Residence {
  const { settings, keys } = context;
  if (!keys.isAvailable) throw missingSecret(`The ${protection.name} store`);
  const faces = new Map<ConnectionKind, Parts>();
  for (const kind of ["secure", "loopback", "insecure"] as const) {
    const face = makeSessionCookieFace(settings, kind);
    if (face !== null) faces.set(kind, new Parts(context, kind, face, protection, options.remembers));
  }
  const names = [...new Set([...faces.values()].map((parts) => parts.face.name))];
  const mostChunks = Math.min(options.mostChunks, MOST_CHUNKS);

  const partsOf = (connection: Connection): Parts => {
    const parts = faces.get(connection.kind);
    if (parts === undefined) throw new TypeError("No session cookie travels over this connection.");
    return parts;
  };

  const openStore = (exchange: ExchangeState): RequestStore => {
    const token = exchange.presented?.tokens[0];
    if (token === undefined) return new RequestStore(protection.name, options.epochs, null, exchange.session);
    const parts = partsOf(exchange.connection);
    const opened = parts.open(token);
    if (opened === null) publish("cookie.malformed", { reason: "tampered", name: parts.face.name });
    // A cookie under a retired secret is written anew at the next occasion.
    else if (!opened.keyIsCurrent) exchange.session.renewsKey = true;
    return new RequestStore(protection.name, options.epochs, opened, exchange.session);
  };

  const storeFor = (exchange: ExchangeState): RequestStore => (exchange.carried ??= openStore(exchange)) as RequestStore;

  return {
    cookieCarriesRecord: true,
    isAvailable: (connection) => faces.has(connection.kind),
    nameOn: (connection) => faces.get(connection.kind)?.face.name ?? "sessionid",
    isOwnName: (name) => names.some((own) => name === own || (name.startsWith(`${own}.`) && /^\d+$/.test(name.slice(own.length + 1)))),
    mayBePresented: (cookieHeader) => names.some((name) => cookieHeader.includes(name)),
    present: (cookieHeader, connection) => {
      const parts = faces.get(connection.kind);
      if (parts === undefined) return NOTHING_PRESENTED;
      const { text, named } = joinText(cookieHeader, parts.face.name, mostChunks);
      return { tokens: text === null ? [] : [text], named, malformed: named && text === null, excess: false };
    },
    storeFor,
    identify: (token, connection) => partsOf(connection).identify(token),
    drawToken: () => settings.random.token(),
    writeCookie: (exchange, record) => {
      const parts = partsOf(exchange.connection);
      const { name } = parts.face;
      const text = parts.protect({ record, epoch: storeFor(exchange).epochOf(record.id) });
      const values = splitText(name, text, mostChunks);
      if (values === null) {
        throw new CookieTooLarge(`The session takes ${text.length} characters and ${mostChunks} cookies named ${name} hold ${chunkCapacity(name, mostChunks)}. Keep less in it, raise maxCookies, or use a store at the server.`);
      }
      const now = exchange.now();
      const maxAge = record.persistent ? cookieSecondsLeft(record, now) : null;
      values.forEach((value, index) => exchange.outgoing.set(chunkName(name, index), parts.at(index).serialize(value, maxAge, now), true));
      dropParts(exchange, parts, values.length);
    },
    removeCookie: (exchange) => dropParts(exchange, partsOf(exchange.connection), 0),
  };
}

/** Removes the parts that the browser sent and nobody needs any more. */
function dropParts(exchange: ExchangeState, parts: Parts, from: number): void {
  const { name } = parts.face;
  for (const index of presentChunks(exchange.view.header("cookie") ?? "", name)) {
    if (index >= from) exchange.outgoing.set(chunkName(name, index), parts.at(index).remove(), true);
  }
}
