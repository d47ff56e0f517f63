import { createHash } from "node:crypto";
import type { PasswordHasher } from "coatcheck";

/** A hasher that costs nothing and counts what it was asked to do. Only for tests: it protects no password. */
export class CountingHasher implements PasswordHasher {
  readonly algorithm = "counting";
  /** Texts of another cost are to be upgraded. */
  cost: number;
  hashed = 0;
  verified = 0;
  /** The texts that passwords were compared with. */
  readonly compared: string[] = [];
  #salt = 0;

  constructor(cost = 1) {
    this.cost = cost;
  }

  /** Units of work, whatever they were spent on. */
  get work(): number {
    return this.hashed + this.verified;
  }

  reset(): void {
    this.hashed = 0;
    this.verified = 0;
    this.compared.length = 0;
  }

  async hash(password: string): Promise<string> {
    this.hashed++;
    await Promise.resolve();
    return this.encode(password, `salt${this.#salt++}`, this.cost);
  }

  async verify(password: string, encoded: string): Promise<boolean> {
    this.verified++;
    this.compared.push(encoded);
    await Promise.resolve();
    const [, cost = "", salt = ""] = encoded.split("$");
    return this.encode(password, salt, Number(cost)) === encoded;
  }

  needsUpgrade(encoded: string): boolean {
    return encoded.split("$")[1] !== String(this.cost);
  }

  async prepare(): Promise<void> {}

  encode(password: string, salt: string, cost: number): string {
    return `${this.algorithm}$${cost}$${salt}$${createHash("sha256").update(`${salt}${password}`).digest("base64url")}`;
  }
}
