/** The parts of a session that lives in the cookie, in the order in which they are joined. */
export function partsOf(cookieHeader: string, name = "sessionid"): string[] {
  const pairs = new Map(cookieHeader.split("; ").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
  const parts: string[] = [];
  for (let index = 0; ; index++) {
    const part = pairs.get(index === 0 ? name : `${name}.${index}`);
    if (part === undefined) return parts;
    parts.push(part);
  }
}

/** A Cookie header with these parts. */
export function headerOf(parts: readonly string[], name = "sessionid"): string {
  return parts.map((part, index) => `${index === 0 ? name : `${name}.${index}`}=${part}`).join("; ");
}
