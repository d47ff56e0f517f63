import { CSRF_TOKEN_LENGTH, maskCsrfSecretWith, readCsrfSecret, unmaskCsrfToken } from "./django-csrf.ts";
import { type DjangoRelease, isAtLeast } from "./django-release.ts";

/** The settings that decide which form is written. */
export interface DjangoCsrfIssueSettings {
  readonly release: DjangoRelease;
  /** CSRF_USE_SESSIONS. */
  readonly isInSession: boolean;
  /** CSRF_COOKIE_MASKED (Django 4.1 and 4.2). */
  readonly isCookieMasked?: boolean;
}

/**
 * One request's CSRF value in Django's format: what forms get, and what has to be written into the cookie or the session.
 *
 * Before 4.1 the stored form is masked, from 4.1 on bare; both are read.
 */
export class DjangoCsrfState {
  readonly #isBare: boolean;
  readonly #settings: DjangoCsrfIssueSettings;
  readonly #drawLetters: () => string;
  #secret: string | null = null;
  #written: string | null = null;
  #needsWrite = false;

  /**
   * @param stored what the cookie, or the session, holds; null for nothing
   * @param drawLetters gives 32 random letters at each call, see `makeCsrfSecret`
   */
  constructor(stored: string | null, settings: DjangoCsrfIssueSettings, drawLetters: () => string) {
    this.#settings = settings;
    this.#isBare = isAtLeast(settings.release, "4.2");
    this.#drawLetters = drawLetters;
    if (stored !== null) this.#load(stored);
  }

  #load(stored: string): void {
    const secret = readCsrfSecret(stored);
    if (this.#isBare) {
      if (secret === null && !this.#settings.isInSession) return this.rotate();
      this.#secret = secret;
      this.#written = secret;
    } else if (this.#settings.isInSession) {
      // A bare secret in the session was taken for a token: its second half is empty, and so is the secret.
      this.#secret = unmaskCsrfToken(stored) ?? "";
      this.#written = stored;
    } else if (secret === null) {
      this.#replace();
    } else {
      this.#secret = secret;
      this.#written = stored.length === CSRF_TOKEN_LENGTH ? stored : maskCsrfSecretWith(secret, this.#drawLetters());
    }
  }

  #replace(): void {
    this.#secret = this.#drawLetters();
    const isMasked = !this.#isBare || this.#settings.isCookieMasked === true;
    this.#written = isMasked ? maskCsrfSecretWith(this.#secret, this.#drawLetters()) : this.#secret;
  }

  /** A token for a form or a script, with a new mask at each call. The value is then sent again, even if it is unchanged. */
  token(): string {
    this.#needsWrite = true;
    if (this.#secret === null) this.#replace();
    const letters = this.#drawLetters();
    // What an unreadable session value of old gave: a mask and nothing behind it.
    return this.#secret === "" ? letters : maskCsrfSecretWith(this.#secret as string, letters);
  }

  /** A new secret, as at login. */
  rotate(): void {
    this.#replace();
    this.#needsWrite = true;
  }

  /** What has to be written into the cookie or the session now; null for nothing. */
  get toWrite(): string | null {
    return this.#needsWrite ? this.#written : null;
  }
}
