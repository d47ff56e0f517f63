import { type DjangoRelease, isAtLeast } from "../../formats/django-release.ts";
import { argon2id } from "./argon2.ts";
import { bcryptSha256 } from "./bcrypt.ts";
import type { PasswordHasher } from "./hasher.ts";
import { pbkdf2Sha1, pbkdf2Sha256 } from "./pbkdf2.ts";
import { scrypt } from "./scrypt.ts";

const PBKDF2_ITERATIONS: Readonly<Record<DjangoRelease, number>> = { "2.2": 150_000, "3.2": 260_000, "4.2": 600_000, "5.2": 1_000_000, "6.1": 1_500_000 };

/**
 * The PASSWORD_HASHERS of a Django release, with its costs. Beside a live Django both sides have to use the same: each would rewrite
 * the other's hashes at login, and each rewriting ends the user's other sessions.
 */
export function djangoHashers(release: DjangoRelease): PasswordHasher[] {
  const iterations = PBKDF2_ITERATIONS[release];
  const hashers: PasswordHasher[] = [pbkdf2Sha256({ iterations }), pbkdf2Sha1({ iterations }), argon2id(release === "2.2" ? { memoryKib: 512, parallelism: 2, digestBytes: 16 } : {}), bcryptSha256()];
  if (isAtLeast(release, "4.2")) hashers.push(scrypt({ parallelism: isAtLeast(release, "5.2") ? 5 : 1 }));
  return hashers;
}
