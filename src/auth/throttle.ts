import type { Keyring } from "../crypto/keyring.ts";
import { parseAddress } from "../manager/address.ts";
import type { LoginAttempts } from "../store/login-attempts.ts";
import type { ThrottleSettings } from "./auth-settings.ts";

/** Whether one more attempt may be made. */
export interface Admission {
  readonly admitted: boolean;
  /** Seconds until counting begins anew, at least 1. */
  readonly retryAfterSeconds: number;
}

/**
 * Limits how often passwords are tried, for a name and for an address. An attempt is counted before it is made, so that parallel ones
 * cannot all slip through; names that nobody has are counted like the others.
 */
export class Throttle {
  readonly #settings: ThrottleSettings;
  readonly #attempts: LoginAttempts;
  readonly #keyring: () => Keyring;

  constructor(settings: ThrottleSettings, attempts: LoginAttempts, keyring: () => Keyring) {
    this.#settings = settings;
    this.#attempts = attempts;
    this.#keyring = keyring;
  }

  admitUser(username: string, now: number): Promise<Admission> {
    return this.#admit(this.#userKey(username), this.#settings.perUser, now);
  }

  admitAddress(address: string, now: number): Promise<Admission> {
    return this.#admit(this.#addressKey(address), this.#settings.perAddress, now);
  }

  /** The attempt was right: the name starts afresh. */
  async forgive(username: string | null, address: string | undefined): Promise<void> {
    if (username !== null) await this.#attempts.clear(this.#userKey(username));
    if (address !== undefined) await this.#attempts.giveBack(this.#addressKey(address));
  }

  /** The attempt was never made. */
  async giveBack(username: string | null, address: string | undefined): Promise<void> {
    if (username !== null) await this.#attempts.giveBack(this.#userKey(username));
    if (address !== undefined) await this.#attempts.giveBack(this.#addressKey(address));
  }

  async #admit(key: string, limit: number, now: number): Promise<Admission> {
    const { count, resetsAt } = await this.#attempts.take(key, this.#settings.windowSeconds, now);
    return { admitted: count <= limit, retryAfterSeconds: Math.max(1, Math.ceil((resetsAt - now) / 1000)) };
  }

  /** Whatever spelling an application's users may take for the same name, it is counted as one. */
  #userKey(username: string): string {
    return this.#digest(`user ${username.trim().toLowerCase()}`);
  }

  /** Whoever has one IPv6 address has a network of them. */
  #addressKey(address: string): string {
    const parsed = parseAddress(address);
    return this.#digest(`address ${parsed === null ? address : parsed.bits === 32 ? `4:${parsed.value}` : `6:${parsed.value >> 64n}`}`);
  }

  #digest(text: string): string {
    const [key] = this.#keyring().derive("auth/attempts");
    return key?.mac(text, "base64url") ?? "";
  }
}
