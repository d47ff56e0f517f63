import type { Random } from "../../crypto/random.ts";
import type { PasswordHasher } from "./hasher.ts";

/** So much dearer than the configured cost may a stored text be that everybody pays for it: one odd row must not slow a whole site down. */
const MOST_TIMES_CONFIGURED = 4;

/** The text that a password was compared with, and what made it. */
export interface Compared {
  readonly hasher: PasswordHasher;
  readonly encoded: string;
}

/**
 * Makes every wrong password cost the same, whether there is such a user and however old their hash is: one check of each kind of hash that
 * the table is known to hold, at the dearest cost seen. Which kinds those are is learned from the texts that passwords are compared with;
 * the option `auth.storedHashes` names them beforehand. Nothing of a stored text is kept but its cost.
 */
export class EqualWork {
  readonly #preferred: PasswordHasher;
  /** The dearest cost that was seen, or is written today; in units of the hasher's own, 0 for one that does not say. */
  readonly #dearest = new Map<PasswordHasher, number>();

  /** @param stored further hashers whose texts are known to be there */
  constructor(preferred: PasswordHasher, stored: readonly PasswordHasher[]) {
    this.#preferred = preferred;
    for (const hasher of [preferred, ...stored]) this.#dearest.set(hasher, hasher.costs?.configured ?? 0);
  }

  /**
   * Compares a password with a text, and spends what else a wrong one costs: each kind in its turn, whichever of them is the real one. A
   * right password is not kept waiting for the kinds that would follow.
   *
   * @param compared null for nobody's: everything is spent for nothing
   * @param isWelcome false: a right password is to cost as much as a wrong one
   */
  async compare(password: string, random: Random, compared: Compared | null, isWelcome: boolean): Promise<boolean> {
    let isRight: boolean | null = null;
    for (const [hasher, dearest] of this.#dearest) {
      if (compared?.hasher !== hasher) {
        await spend(hasher, password, dearest, random);
        continue;
      }
      isRight = await hasher.verify(password, compared.encoded);
      this.#learn(compared);
      if (isRight && isWelcome) return true;
      await this.#topUp(compared, password, random);
    }
    if (compared === null || isRight !== null) return isRight ?? false;
    // Of a kind that is met for the first time. One that cannot work here is not learned, so that it fails for nobody else.
    isRight = await compared.hasher.verify(password, compared.encoded);
    this.#learn(compared);
    return isRight;
  }

  /** Such texts are there. */
  #learn({ hasher, encoded }: Compared): void {
    const { costs } = hasher;
    const cost = costs === undefined ? 0 : costs.of(encoded);
    if (cost === null) return;
    const most = Math.min(cost, (costs?.configured ?? 0) * MOST_TIMES_CONFIGURED);
    const known = this.#dearest.get(hasher);
    if (known === undefined || known < most) this.#dearest.set(hasher, most);
  }

  /** What a cheaper text of this kind has saved. */
  async #topUp({ hasher, encoded }: Compared, password: string, random: Random): Promise<void> {
    const missing = (this.#dearest.get(hasher) ?? 0) - (hasher.costs?.of(encoded) ?? 0);
    // How much of today's cost an old text had is not known where the hasher does not say, so that is paid in full.
    if (hasher.costs === undefined ? hasher === this.#preferred && hasher.needsUpgrade(encoded) : missing > 0) await spend(hasher, password, missing, random);
  }
}

/** @param cost in the hasher's units, where it has any */
async function spend(hasher: PasswordHasher, password: string, cost: number, random: Random): Promise<void> {
  if (hasher.costs === undefined) await hasher.hash(password, random);
  else await hasher.costs.spend(password, cost);
}
