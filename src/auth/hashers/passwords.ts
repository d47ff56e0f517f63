import { makeLetters } from "../../crypto/letters.ts";
import { createRandom, type Random } from "../../crypto/random.ts";
import { ConfigurationError, PasswordRejected } from "../../errors.ts";
import { argon2id } from "./argon2.ts";
import { bcrypt, bcryptSha256 } from "./bcrypt.ts";
import { EqualWork } from "./equal-work.ts";
import { createHashQueue, type HashQueue, type HashQueueOptions } from "./hash-queue.ts";
import type { PasswordHasher } from "./hasher.ts";
import { pbkdf2Sha1, pbkdf2Sha256 } from "./pbkdf2.ts";
import { scrypt } from "./scrypt.ts";

/** Longer passwords are refused before any hashing, in bytes of UTF-8. */
export const MAXIMUM_PASSWORD_BYTES = 4096;

/** Options of {@link makeHashers}. */
export interface HashersOptions extends HashQueueOptions {
  /** The first hashes, all verify. The default is {@link defaultHashers}. */
  readonly hashers?: readonly PasswordHasher[];
  /** Algorithms beside the first one that stored texts are known to be of, at the costs that the hashers have. The default is none: they are learned. */
  readonly stored?: readonly string[];
  /** Where salts come from. The default draws from the platform's source. */
  readonly random?: Random;
}

/** The hashers of an application, and the queue that they share. */
export interface Hashers {
  readonly list: readonly PasswordHasher[];
  /** The one that new passwords are hashed with. */
  readonly preferred: PasswordHasher;
  readonly queue: HashQueue;
  readonly random: Random;
  readonly work: EqualWork;
}

/** What {@link verifyPassword} found. */
export interface PasswordCheck {
  readonly ok: boolean;
  /** The password is right, and its hash should be made anew with {@link hashPassword} and saved: other hasher, cost or salt. */
  readonly needsUpgrade: boolean;
}

/** Argon2id first; scrypt, PBKDF2 and bcrypt for what is stored already. */
export function defaultHashers(): PasswordHasher[] {
  return [argon2id(), scrypt(), pbkdf2Sha256(), pbkdf2Sha1(), bcryptSha256(), bcrypt()];
}

/**
 * Puts the hashers of an application together.
 *
 * @throws ConfigurationError when the list is empty or names one algorithm twice, or does not have one that is stored
 * @example
 * const hashers = makeHashers();
 * await prepareHashers(hashers);
 */
export function makeHashers(options: HashersOptions = {}): Hashers {
  const list = options.hashers ?? defaultHashers();
  const preferred = list[0];
  if (preferred === undefined) throw new ConfigurationError("auth.hashers", "the list is empty. Leave it out to get argon2id, or list one hasher at least.");
  const names = list.map((hasher) => hasher.algorithm);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new ConfigurationError("auth.hashers", `${twice} is listed twice. List each algorithm once: texts do not tell two of them apart.`);
  const stored = (options.stored ?? []).map((name) => list.find((hasher) => hasher.algorithm === name) ?? failUnlisted(name, names));
  return { list: [...list], preferred, queue: createHashQueue(options), random: options.random ?? createRandom(), work: new EqualWork(preferred, stored) };
}

function failUnlisted(name: string, names: readonly string[]): never {
  throw new ConfigurationError("auth.storedHashes", `${JSON.stringify(name.slice(0, 40))} is the algorithm of no hasher in auth.hashers: ${names.join(", ")}.`);
}

/**
 * Hashes once with the preferred hasher, to find out at start whether the platform can.
 *
 * @throws HasherUnavailable as a rejection, with the cure
 */
export async function prepareHashers(hashers: Hashers): Promise<void> {
  await hashers.preferred.prepare();
}

/**
 * Hashes a new password with the preferred hasher and a fresh salt.
 *
 * @returns the text for the column `password`
 * @throws PasswordRejected when it is longer than 4 KiB or no well-formed text; HashingBusy when too many wait
 */
export async function hashPassword(password: string, hashers: Hashers): Promise<string> {
  if (!isHashable(password)) throw new PasswordRejected(`A password has at most ${MAXIMUM_PASSWORD_BYTES} bytes of well-formed text.`);
  return hashers.queue.run(() => hashers.preferred.hash(password, hashers.random));
}

/**
 * Checks a password, with the same work for every kind of stored text: an unknown user (null), an unusable or malformed text, and a
 * text of another cost or of another hasher cost as much as a wrong password at the current cost. A right one at the current cost costs
 * its own check alone.
 *
 * @param encoded the column `password`; null when there is no such user
 * @param isWelcome false: this user is not let in even with the right password, so that one costs the same as well. Default: true
 * @throws HashingBusy when too many wait
 * @example
 * const { ok, needsUpgrade } = await verifyPassword(form.password, account?.passwordHash ?? null, hashers);
 * if (ok && needsUpgrade && account !== null) await users.setPasswordHash(account.user.id, await hashPassword(form.password, hashers), account.passwordHash);
 */
export async function verifyPassword(password: string, encoded: string | null, hashers: Hashers, isWelcome = true): Promise<PasswordCheck> {
  if (!isHashable(password)) return { ok: false, needsUpgrade: false };
  const hasher = encoded === null ? undefined : findHasher(encoded, hashers);
  return hashers.queue.run(async () => {
    const compared = hasher === undefined || encoded === null ? null : { hasher, encoded };
    const ok = await hashers.work.compare(password, hashers.random, compared, isWelcome);
    return { ok, needsUpgrade: ok && needsPasswordUpgrade(encoded ?? "", hashers) };
  });
}

/**
 * Spends the time of one wrong password and finds nothing. For ways to refuse a login before a password was compared.
 *
 * @throws HashingBusy when too many wait
 */
export async function runDummyHash(password: string, hashers: Hashers): Promise<void> {
  await verifyPassword(password, null, hashers);
}

function isHashable(password: string): boolean {
  // No text of more units than bytes allowed can fit, so a megabyte is refused without being looked at.
  return password.length <= MAXIMUM_PASSWORD_BYTES && Buffer.byteLength(password, "utf8") <= MAXIMUM_PASSWORD_BYTES && password.isWellFormed();
}

/** The hasher that made a text; undefined for an unusable, malformed or foreign one. */
export function findHasher(encoded: string, hashers: Hashers): PasswordHasher | undefined {
  const at = encoded.indexOf("$");
  return at === -1 ? undefined : hashers.list.find((hasher) => hasher.algorithm === encoded.slice(0, at));
}

/** Whether a stored text would be made anew after a right password. True for what no listed hasher made. */
export function needsPasswordUpgrade(encoded: string, hashers: Hashers): boolean {
  const hasher = findHasher(encoded, hashers);
  return hasher !== hashers.preferred || hasher.needsUpgrade(encoded);
}

const UNUSABLE_PREFIX = "!";
const UNUSABLE_LENGTH = 40;

/** A text that no password fits, for users who log in some other way. Random, so that reset tokens made before it stay worthless. */
export function makeUnusablePassword(random: Random): string {
  return UNUSABLE_PREFIX + makeLetters(random, UNUSABLE_LENGTH);
}

/** Whether a user has a password at all. */
export function isUsablePassword(encoded: string | null): boolean {
  return encoded === null || !encoded.startsWith(UNUSABLE_PREFIX);
}
