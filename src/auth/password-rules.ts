import { PasswordRejected, type PasswordProblem } from "../errors.ts";
import type { User } from "../store/users.ts";
import type { PasswordPolicy } from "./auth-settings.ts";
import { MAXIMUM_PASSWORD_BYTES } from "./hashers/passwords.ts";
import { isPredictable } from "./predictable.ts";

/** Whom a password is for, as far as the rules look. */
export type PasswordOwner = Pick<User, "username" | "email">;

/**
 * What is wrong with a new password; empty when nothing is. There are no rules about kinds of characters: they make passwords worse
 * (NIST SP 800-63B). Django: AUTH_PASSWORD_VALIDATORS.
 *
 * @example
 * const problems = findPasswordProblems("alice2026", { username: "alice" }, { minLength: 8, refuse: null });
 */
export function findPasswordProblems(password: string, owner: PasswordOwner, policy: PasswordPolicy): PasswordProblem[] {
  const problems: PasswordProblem[] = [];
  if (!password.isWellFormed()) problems.push({ reason: "malformed", message: "The password holds half a character." });
  if (password.length > MAXIMUM_PASSWORD_BYTES || Buffer.byteLength(password) > MAXIMUM_PASSWORD_BYTES) {
    return [...problems, { reason: "too-long", message: `The password has more than ${MAXIMUM_PASSWORD_BYTES} bytes.` }];
  }
  if ([...password].length < policy.minLength) problems.push({ reason: "too-short", message: `The password needs at least ${policy.minLength} characters.` });
  if (isPredictable(password)) problems.push({ reason: "too-common", message: "The password is one of the first that anybody would try." });
  else if (isLikeOwner(password, owner)) problems.push({ reason: "too-similar", message: "The password is too much like the user name or the address of mail." });
  const refusal = policy.refuse?.(password, owner) ?? null;
  if (refusal !== null) problems.push({ reason: "refused", message: refusal });
  return problems;
}

/** The password, if it does. @throws PasswordRejected with everything that is wrong with it */
export function checkNewPassword(password: unknown, owner: PasswordOwner, policy: PasswordPolicy): string {
  if (typeof password !== "string") throw new PasswordRejected("There is no password.", [{ reason: "malformed", message: "There is no password." }]);
  const problems = findPasswordProblems(password, owner, policy);
  const [first] = problems;
  if (first === undefined) return password;
  throw new PasswordRejected(problems.map(({ message }) => message).join(" "), problems);
}

const SHORTEST_PART = 4;
/** So many characters beside the name make it a password of its own. */
const ENOUGH_BESIDE = 6;

/** Little more than the name, the address or a part of them, in either direction. */
function isLikeOwner(password: string, { username, email }: PasswordOwner): boolean {
  const text = password.normalize("NFKC").toLowerCase();
  const whole = [username, email ?? "", (email ?? "").split("@")[0] ?? ""].map((part) => part.normalize("NFKC").toLowerCase());
  const parts = [...new Set([...whole, ...whole.flatMap((part) => part.split(/[^\p{L}\p{Nd}]+/u))])].filter((part) => [...part].length >= SHORTEST_PART);
  let rest = text;
  for (const part of parts.toSorted((one, other) => other.length - one.length)) rest = rest.replaceAll(part, "").replaceAll([...part].reverse().join(""), "");
  return rest !== text && [...rest].length < ENOUGH_BESIDE;
}
