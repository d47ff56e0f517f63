/**
 * The cookies that leave with one response: one line per name, the last intention wins (RFC 6265bis section 4.1.1).
 */
export class OutgoingCookies {
  #lines: Map<string, string> | null = null;
  /** A session, CSRF or login cookie is among them, so that no shared cache may keep the response. */
  hasPrivate = false;

  /** @param line a complete Set-Cookie value */
  set(name: string, line: string, isPrivate: boolean): void {
    this.#lines ??= new Map();
    this.#lines.delete(name);
    this.#lines.set(name, line);
    if (isPrivate) this.hasPrivate = true;
  }

  /** Takes a cookie back that has not left yet. */
  drop(name: string): void {
    this.#lines?.delete(name);
  }

  get(name: string): string | undefined {
    return this.#lines?.get(name);
  }

  get isEmpty(): boolean {
    return this.#lines === null || this.#lines.size === 0;
  }

  lines(): readonly string[] {
    return this.#lines === null ? [] : [...this.#lines.values()];
  }
}
