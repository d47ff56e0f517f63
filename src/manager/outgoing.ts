/**
 * The cookies that leave with one response: one line per name, the last intention wins (RFC 6265bis section 4.1.1).
 */
export class OutgoingCookies {
  #lines: Map<string, string> | null = null;
  /** Names of lines that leave even when the commit fails. */
  #lasting: Set<string> | null = null;
  /** A session, CSRF or login cookie is among them, so that no shared cache may keep the response. */
  hasPrivate = false;

  /** @param line a complete Set-Cookie value */
  set(name: string, line: string, isPrivate: boolean): void {
    this.#lines ??= new Map();
    this.#lines.delete(name);
    this.#lines.set(name, line);
    this.#lasting?.delete(name);
    if (isPrivate) this.hasPrivate = true;
  }

  /** As `set`, for what is true whatever becomes of the session: it leaves even when the commit fails. */
  setLasting(name: string, line: string, isPrivate: boolean): void {
    this.set(name, line, isPrivate);
    (this.#lasting ??= new Set()).add(name);
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

  /** What leaves when the commit has failed; null for nothing. */
  lastingLines(): readonly string[] | null {
    if (this.#lasting === null) return null;
    const lines = [...this.#lasting].flatMap((name) => this.#lines?.get(name) ?? []);
    return lines.length === 0 ? null : lines;
  }
}
