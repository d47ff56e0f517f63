import { ConfigurationError } from "../errors.ts";
import type { Coat } from "../index.ts";
import type { ExpressMiddleware } from "./express.ts";
import type { Hold } from "./hold-state.ts";
import { holdKey } from "./hold-state.ts";

declare global {
  namespace Express {
    interface Request {
      /** Short for `req.coat.session`. */
      session: Coat["session"];
      /** Short for `req.coat.auth.user()`: `const user = await req.user()`. */
      user: Coat["auth"]["user"];
    }
  }
}

/** Requests' prototypes (one for each Express application) that have the two properties already. */
const equipped = new WeakSet<object>();

/**
 * Adds `req.session` and `req.user` to what the Coatcheck middleware gives. Importing this module adds their types; they
 * clash with those of express-session and passport, so import it only where neither is used.
 *
 * @param middleware what `coatcheck()` returned
 * @throws ConfigurationError (through `next`) when another middleware has set `req.session` or `req.user` before
 *
 * @example
 * import { coatcheck } from "coatcheck/express";
 * import { withGlobals } from "coatcheck/express/globals";
 *
 * app.use(withGlobals(coatcheck(cloakroom)));
 * app.get("/me", (req, res) => res.json(req.session.get("name")));
 */
export function withGlobals(middleware: ExpressMiddleware): ExpressMiddleware {
  return function coatcheckWithGlobals(req, res, next) {
    const prototype = Object.getPrototypeOf(req) as object;
    if (!equipped.has(prototype)) {
      for (const name of ["session", "user"] as const) if (!isOurs(req, name)) return next(taken(name));
      equip(prototype);
    }
    for (const name of ["session", "user"]) if (Object.hasOwn(req, name)) return next(taken(name));
    middleware(req, res, next);
  };
}

type Shown = "session" | "user";

/** Whether the property is free, or was put there by `equip` for an application around this one. */
function isOurs(req: object, name: Shown): boolean {
  for (let at: object | null = req; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (equipped.has(at)) return true;
    if (Object.hasOwn(at, name)) return false;
  }
  return true;
}

/** Once for an application: a property of each request would cost more than the whole middleware. */
function equip(prototype: object): void {
  equipped.add(prototype);
  const define = (name: Shown, read: (coat: Coat) => unknown): void => {
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: { [holdKey]?: Hold }) {
        const hold = this[holdKey];
        return hold === undefined ? undefined : read(hold.coat as Coat);
      },
      set() {
        throw taken(name);
      },
    });
  };
  define("session", (coat) => coat.session);
  define("user", (coat) => () => coat.auth.user());
}

function taken(name: string): ConfigurationError {
  return new ConfigurationError(
    "coatcheck/express/globals",
    `another middleware sets req.${name}. Remove that middleware, or leave out withGlobals() and use req.coat.`,
  );
}
