/** What is looked at of an Express application. */
interface Layer {
  readonly handle?: unknown;
  readonly name?: string;
  readonly route?: { readonly path?: unknown } | undefined;
}

interface Stack {
  readonly stack?: readonly Layer[];
}

interface Application {
  /** Express 4, where asking for `router` throws. */
  readonly _router?: Stack;
  readonly router?: Stack;
}

/** As many routes as a sentence names. */
const MOST_NAMED = 3;

/**
 * Routes of the application that stand before the middleware, whose requests therefore have no coat. They may be meant so (a health
 * check), or be the reason of `Cannot read properties of undefined (reading 'session')`.
 *
 * @returns a sentence; null when there are none, or the application does not show its order
 */
export function describeRoutesBefore(req: object, middleware: unknown): string | null {
  const { app } = req as { readonly app?: Application };
  const stack = app === undefined ? undefined : (app._router ?? app.router)?.stack;
  if (!Array.isArray(stack)) return null;
  const layers = stack as readonly Layer[];
  const own = layers.findIndex(({ handle, name }) => handle === middleware || name === "coatcheckWithGlobals");
  const before = layers.slice(0, Math.max(own, 0)).flatMap(namesOf);
  if (before.length === 0) return null;
  const named = before.slice(0, MOST_NAMED).join(", ") + (before.length > MOST_NAMED ? ` and ${before.length - MOST_NAMED} more` : "");
  return `coatcheck: [mounted-late] These routes stand before app.use(coatcheck()), so their requests have no req.coat: ${named}. If they use it, move the middleware up, above them.`;
}

function namesOf({ route, handle }: Layer): string[] {
  if (route !== undefined) return [String(route.path)];
  const inner = (handle as Stack | undefined)?.stack;
  return Array.isArray(inner) ? (inner as readonly Layer[]).flatMap(({ route: found }) => (found === undefined ? [] : [`${String(found.path)} (in a router)`])) : [];
}
