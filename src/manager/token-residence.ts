import { findCookies } from "../cookie/parse.ts";
import { digestToken, isTokenShaped } from "../crypto/digest.ts";
import { cookieSecondsLeft } from "../session/expiry.ts";
import type { SessionStore } from "../store/store.ts";
import type { Connection, ConnectionKind } from "./connection.ts";
import { makeCookieFace, type CookieFace } from "./cookie-face.ts";
import type { Presented, Residence } from "./residence.ts";
import type { Settings } from "./settings.ts";

/** More well-formed values than this under one name are nobody's ordinary browser. */
export const MOST_TOKENS = 4;

/** The session cookie on one kind of connection. */
export interface SessionCookieFace extends CookieFace {
  readonly realm: string;
}

export function makeSessionCookieFace({ cookie, namespace }: Settings, kind: ConnectionKind): SessionCookieFace | null {
  const face = makeCookieFace(cookie, "sessionid", kind);
  if (face === null) return null;
  // The realm keeps tokens apart that were made for another application, another cookie, or another kind of connection:
  // a session that was begun over https cannot be replayed over http, whatever name it is sent under.
  return { ...face, realm: `${namespace}/${kind === "secure" ? "s" : "p"}/${face.name}=` };
}

/** Records live in a store, under the digest of the token that the cookie holds. */
export function createTokenResidence(settings: Settings, store: SessionStore): Residence {
  const faces: Readonly<Record<ConnectionKind, SessionCookieFace | null>> = {
    secure: makeSessionCookieFace(settings, "secure"),
    loopback: makeSessionCookieFace(settings, "loopback"),
    insecure: makeSessionCookieFace(settings, "insecure"),
  };

  // One name may end like another (`__Host-sessionid`), and searching for the shorter one finds both.
  const names = [...new Set(Object.values(faces).flatMap((face) => (face === null ? [] : [face.name])))];
  const searched = names.filter((name) => !names.some((other) => other !== name && name.includes(other)));

  const faceOf = (connection: Connection): SessionCookieFace => {
    const face = faces[connection.kind];
    if (face === null) throw new TypeError("No session cookie travels over this connection.");
    return face;
  };

  return {
    cookieCarriesRecord: false,
    isAvailable: (connection) => faces[connection.kind] !== null,
    nameOn: (connection) => faces[connection.kind]?.name ?? "sessionid",
    isOwnName: (name) => Object.values(faces).some((face) => face?.name === name),
    mayBePresented: (cookieHeader) => {
      for (const name of searched) if (cookieHeader.includes(name)) return true;
      return false;
    },
    present: (cookieHeader, connection) => {
      const face = faces[connection.kind];
      return face === null ? NOTHING_PRESENTED : presentTokens(cookieHeader, face.name);
    },
    storeFor: () => store,
    identify: (token, connection) => digestToken(faceOf(connection).realm, token),
    drawToken: () => settings.random.token(),
    writeCookie: (exchange, record, token) => {
      const { name, prepared } = faceOf(exchange.connection);
      const now = exchange.now();
      exchange.outgoing.set(name, prepared.serialize(token, record.persistent ? cookieSecondsLeft(record, now) : null, now), true);
    },
    removeCookie: (exchange) => {
      const { name, prepared } = faceOf(exchange.connection);
      exchange.outgoing.set(name, prepared.remove(), true);
    },
  };
}

export const NOTHING_PRESENTED: Presented = Object.freeze({ tokens: Object.freeze([]), named: false, malformed: false, excess: false });

function presentTokens(cookieHeader: string, name: string): Presented {
  const values = findCookies(cookieHeader, name, MOST_TOKENS);
  const first = values[0];
  if (first === undefined) return NOTHING_PRESENTED;
  if (values.length === 1 && isTokenShaped(first)) return { tokens: values, named: true, malformed: false, excess: false };
  const tokens = [...new Set(values.filter(isTokenShaped))];
  return { tokens: values.length > MOST_TOKENS ? [] : tokens, named: true, malformed: tokens.length < new Set(values).size, excess: values.length > MOST_TOKENS };
}
