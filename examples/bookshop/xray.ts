import type { NextFunction, Request, Response } from "express";
import { OPEN_COOKIES, SEALED_COOKIES } from "./choices.ts";
import { digestSecretOf, shortDigest } from "./digest.ts";
import { readField } from "./routes.ts";

const SECRET_NAME = /^(?:__Host-)?(?:sessionid(?:\.\d)?|csrftoken|csrfvisitor|messages(?:-[\w-]+)?)$/;

/** Whether it is one of Coatcheck's cookies, or a sealed one: their values open doors, or are meant for one visitor's eyes. */
export function isSecretCookie(name: string): boolean {
  return SECRET_NAME.test(name) || SEALED_COOKIES.has(name);
}

/** A cookie as the server sent it: its name and flags. The value is not kept. */
export interface SentCookie {
  readonly name: string;
  /** `Path=/`, `Max-Age=300`, `HttpOnly`, ... in the order in which they were sent. */
  readonly flags: readonly string[];
  /** The browser was told to drop it. */
  readonly removed: boolean;
}

/** What one request did. Names and outcomes; never a token or a value. */
export interface RequestTrace {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly storeCalls: readonly { readonly operation: string; readonly outcome: string }[];
  readonly plan: string;
  readonly sent: readonly SentCookie[];
  /** Headers that concern the session, apart from the cookies: `Vary: Cookie`, `Cache-Control: no-store`. */
  readonly headers: readonly string[];
}

/** What is remembered of one session: the last requests, newest first, and the flags of its cookies. */
interface Memory {
  readonly requests: readonly RequestTrace[];
  readonly cookies: ReadonlyMap<string, SentCookie>;
  /** Digests of the session's ids before the present one, newest first; null for the time without a session. */
  readonly earlierIds: readonly (string | null)[];
  /** Digests of the CSRF secrets that were in use, newest first. */
  readonly secrets: readonly string[];
}

const MOST_DIGESTS = 3;
const MOST_SESSIONS = 500;
const MOST_REQUESTS = 3;
const NOTHING: Memory = { requests: [], cookies: new Map(), earlierIds: [], secrets: [] };

/** The last requests of each session, in memory and bounded: looking at a session must not change it. */
export class XrayLog {
  readonly #memories: Map<string, Memory> = new Map();
  /** The shop sends each cookie of its own, and those of its forms, with the same flags to everybody, so one memory serves strangers as well. */
  readonly #shopCookies: Map<string, SentCookie> = new Map();

  /** The digest of the secret that a request's page was drawn with. */
  readonly #shown: WeakMap<Request, string> = new WeakMap();

  /** A page is drawn whose forms have tokens like this one. @returns the digest of the secret behind it */
  showToken(req: Request, token: string): string | null {
    const digest = digestSecretOf(token);
    if (digest !== null) this.#shown.set(req, digest);
    return digest;
  }

  /** What is known of the session with that id; a stranger has none. */
  recall(id: string | null): Memory {
    const memory = this.#remember(id);
    return { ...memory, cookies: new Map([...this.#shopCookies, ...memory.cookies]) };
  }

  #remember(id: string | null): Memory {
    return (id === null ? undefined : this.#memories.get(id)) ?? NOTHING;
  }

  /** Express middleware, after Coatcheck's: notes each request once its answer has left. */
  readonly watch = (req: Request, res: Response, next: NextFunction): void => {
    const idBefore = req.coat.session.id;
    res.on("finish", () => this.#note(idBefore, req, res));
    next();
  };

  #note(idBefore: string | null, req: Request, res: Response): void {
    const trace = traceOf(req, res);
    for (const cookie of trace.sent) if (!cookie.removed && (OPEN_COOKIES.has(cookie.name) || cookie.name.startsWith("csrf"))) this.#shopCookies.set(cookie.name, cookie);
    const before = this.#remember(idBefore);
    if (idBefore !== null) this.#memories.delete(idBefore);
    const id = idAfter(req);
    if (id === null) return;
    const cookies = new Map(before.cookies);
    for (const cookie of trace.sent) if (isSecretCookie(cookie.name)) cookies.set(cookie.name, cookie);
    const moved = idBefore !== id;
    const earlier = idBefore === null ? null : shortDigest(idBefore);
    this.#memories.set(id, {
      requests: [trace, ...before.requests].slice(0, MOST_REQUESTS),
      cookies,
      earlierIds: moved ? [earlier, ...before.earlierIds].slice(0, MOST_DIGESTS) : before.earlierIds,
      secrets: withNewest(before.secrets, this.#shown.get(req) ?? digestSecretOf(readField(req, req.coat.csrf.fieldName))),
    });
    for (const oldest of this.#memories.keys()) {
      if (this.#memories.size <= MOST_SESSIONS) break;
      this.#memories.delete(oldest);
    }
  }
}

/** The list with this digest first. */
export function withNewest(digests: readonly string[], newest: string | null): readonly string[] {
  return newest === null || digests[0] === newest ? digests : [newest, ...digests].slice(0, MOST_DIGESTS);
}

/** The session's id now that everything is saved; null when it has ended or could not be saved. */
function idAfter(req: Request): string | null {
  try {
    return req.coat.session.id;
  } catch {
    return null;
  }
}

/** The only place that knows how Coatcheck tells what a request did. */
function traceOf(req: Request, res: Response): RequestTrace {
  const { trace } = req.coat;
  return {
    method: req.method,
    path: res.statusCode < 400 ? req.path : patternOf(req),
    status: res.statusCode,
    storeCalls: trace?.storeCalls ?? [],
    plan: trace?.plan ?? "nothing",
    sent: readSentCookies(res.getHeader("set-cookie")),
    headers: ["Vary", "Cache-Control"].flatMap((name) => {
      const value = res.getHeader(name);
      return value === undefined ? [] : [`${name}: ${String(value)}`];
    }),
  };
}

/** The address as the shop declares it. What was refused may hold anything, so it is not repeated. */
function patternOf(req: Request): string {
  const route: unknown = req.route;
  const path: unknown = typeof route === "object" && route !== null && "path" in route ? route.path : undefined;
  return typeof path === "string" ? path : "…";
}

/** Names and flags of Set-Cookie lines, without the values. */
export function readSentCookies(header: number | string | readonly string[] | undefined): readonly SentCookie[] {
  const lines = header === undefined ? [] : typeof header === "object" ? header : [String(header)];
  return lines.map((line) => {
    const [pair = "", ...flags] = line.split(";").map((part) => part.trim());
    return { name: pair.split("=", 1)[0] ?? "", flags: flags.filter((flag) => !flag.startsWith("Expires=")), removed: flags.includes("Max-Age=0") };
  });
}
