/** Characters of Unicode: what Django's column holds. */
export const LONGEST_USERNAME = 150;

/**
 * A user name as it is looked up and stored: Unicode NFKC, so that look-alike spellings of one name are one name. Done before any
 * check. Django: `AbstractBaseUser.normalize_username`.
 *
 * @returns null for what is nobody's name: empty, longer than 150 characters, or with a control character
 */
export function normalizeUsername(username: string): string | null {
  // No text of more units than this can be short enough once it is normalized.
  if (username.length > LONGEST_USERNAME * 4 || !username.isWellFormed()) return null;
  const normalized = username.normalize("NFKC");
  return normalized === "" || [...normalized].length > LONGEST_USERNAME || /\p{Cc}/u.test(normalized) ? null : normalized;
}
