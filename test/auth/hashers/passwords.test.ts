import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { argon2id, loadArgon2Package } from "../../../src/auth/hashers/argon2.ts";
import { bcrypt, bcryptSha256 } from "../../../src/auth/hashers/bcrypt.ts";
import type { PasswordHasher } from "../../../src/auth/hashers/hasher.ts";
import {
  defaultHashers, findHasher, hashPassword, isUsablePassword, makeHashers, makeUnusablePassword, needsPasswordUpgrade, prepareHashers, runDummyHash, verifyPassword,
} from "../../../src/auth/hashers/passwords.ts";
import { loadOptionalPackage } from "../../../src/auth/hashers/optional-package.ts";
import { type DerivePbkdf2, pbkdf2Sha1, pbkdf2Sha256 } from "../../../src/auth/hashers/pbkdf2.ts";
import { scrypt } from "../../../src/auth/hashers/scrypt.ts";
import { createRandom } from "../../../src/crypto/random.ts";
import { ConfigurationError, HasherUnavailable, PasswordRejected } from "../../../src/errors.ts";

const CHEAP = { memoryKib: 64, passes: 1, parallelism: 1 } as const;

/** Each derivation as its cost, for counting work instead of time. */
function createCounter(): { readonly work: string[]; readonly list: PasswordHasher[]; total(): number } {
  const work: string[] = [];
  const derive: DerivePbkdf2 = async (password, salt, iterations, length, digest) => {
    work.push(`${digest} ${iterations}`);
    return Buffer.alloc(length, `${password}${salt}${iterations}`);
  };
  const list = [pbkdf2Sha256({ iterations: 1000, derive }), pbkdf2Sha1({ iterations: 1000, derive })];
  return { work, list, total: () => work.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0) };
}

describe("hashPassword and verifyPassword", () => {
  it("round trip with every hasher, and tell two passwords apart", async () => {
    for (const hasher of [argon2id(CHEAP), scrypt({ workFactor: 16 }), pbkdf2Sha256({ iterations: 2 }), pbkdf2Sha1({ iterations: 2 }), bcryptSha256({ rounds: 4 }), bcrypt({ rounds: 4 })]) {
      const hashers = makeHashers({ hashers: [hasher] });
      const encoded = await hashPassword("pässwörd ☃ 🔑", hashers);
      assert.ok(encoded.startsWith(`${hasher.algorithm}$`) && encoded.length <= 128, encoded);
      assert.deepEqual(await verifyPassword("pässwörd ☃ 🔑", encoded, hashers), { ok: true, needsUpgrade: false });
      assert.deepEqual(await verifyPassword("pässwörd ☃ 🔒", encoded, hashers), { ok: false, needsUpgrade: false });
      assert.notEqual(await hashPassword("pässwörd ☃ 🔑", hashers), encoded, "a fresh salt each time");
    }
  });

  it("malformed texts are a wrong password, never an error and never absurd work", async () => {
    const hashers = makeHashers({ hashers: [pbkdf2Sha256({ iterations: 1 }), scrypt({ workFactor: 16 }), argon2id(CHEAP), bcryptSha256({ rounds: 4 })] });
    for (const encoded of [
      "", "$", "!", "plain", "pbkdf2_sha256", "pbkdf2_sha256$", "pbkdf2_sha256$1$salt", "pbkdf2_sha256$0$salt$x", "pbkdf2_sha256$-1$salt$x", "pbkdf2_sha256$1e3$salt$x", "pbkdf2_sha256$999999999$salt$x", "pbkdf2_sha256$1$$x", "pbkdf2_sha256$1$s$x$y",
      "scrypt$16$salt$8$1", "scrypt$15$salt$8$1$x", "scrypt$16777216$salt$1024$1$x", "scrypt$16$$8$1$x",
      "argon2$", "argon2$argon2d$v=19$m=64,t=1,p=1$QWIzZEVmNmhJajlrTG0$AAAAAAAAAAAAAAAA", "argon2$argon2id$v=19$m=99999999,t=1,p=1$QWIzZEVmNmhJajlrTG0$AAAAAAAAAAAAAAAA", "argon2$argon2id$v=19$m=8,t=1,p=9$QWIzZEVmNmhJajlrTG0$AAAAAAAAAAAAAAAA", "argon2$argon2id$v=16$m=64,t=1,p=1$QWIzZEVmNmhJajlrTG0$AAAAAAAAAAAAAAAA",
      "bcrypt_sha256$", "bcrypt_sha256$$2b$31$abcdefghijklmnopqrstuuWJ9pVY4UHJ58NbXWesOApbE9VhjHKle", "bcrypt_sha256$$2x$04$abcdefghijklmnopqrstuuWJ9pVY4UHJ58NbXWesOApbE9VhjHKle",
      "md5$salt$5007c1a29bc68eade1324dc47e44f734", "5ebe2294ecd0e0f08eab7690d2a6ee69", "constructor$x", "\u0000$",
    ]) {
      assert.deepEqual(await verifyPassword("x", encoded, hashers), { ok: false, needsUpgrade: false }, encoded);
      assert.equal(needsPasswordUpgrade(encoded, hashers), true, encoded);
    }
  });

  it("the package gives what the platform gives", async () => {
    const derive = await loadArgon2Package();
    const other = argon2id({ ...CHEAP, derive });
    for (const variety of ["argon2id", "argon2i"] as const) {
      const cost = { ...CHEAP, digestBytes: 32 };
      assert.equal(await other.encode("pässwörd", "Ab3dEf6hIj9kLm2nOp5qRs", cost, variety), await argon2id(CHEAP).encode("pässwörd", "Ab3dEf6hIj9kLm2nOp5qRs", cost, variety));
    }
  });

  it("salts have 22 letters and digits, and none that the format cannot hold is taken", async () => {
    const salt = (await hashPassword("x", makeHashers({ hashers: [pbkdf2Sha256({ iterations: 1 })] }))).split("$")[2] ?? "";
    assert.match(salt, /^[A-Za-z0-9]{22}$/);
    for (const bad of ["", "a$b"]) await assert.rejects(pbkdf2Sha256().encode("x", bad, 1), ConfigurationError);
  });
});

describe("AU-03 the same hashing work is done in every case", () => {
  it("unknown user, wrong password, unusable, malformed and lower cost: the work of one check at the current cost", async () => {
    const { work, list, total } = createCounter();
    const hashers = makeHashers({ hashers: list });
    const current = await hashPassword("right", hashers);
    const older = current.replace("$1000$", "$300$");
    for (const encoded of [null, current, older, makeUnusablePassword(hashers.random), "", "nonsense", "nosuch$1$2$3", "pbkdf2_sha256$x$y$z$w"]) {
      work.length = 0;
      assert.equal((await verifyPassword("wrong", encoded, hashers)).ok, false);
      const expected = encoded === older ? ["sha256 300", "sha256 700"] : ["sha256 1000"];
      if (encoded !== "pbkdf2_sha256$x$y$z$w") assert.deepEqual(work, expected, String(encoded));
      assert.equal(total(), 1000, String(encoded));
    }
    work.length = 0;
    assert.equal((await verifyPassword("right", current, hashers)).ok, true);
    await runDummyHash("any", hashers);
    assert.deepEqual(work, ["sha256 1000", "sha256 1000"]);
  });

  it("once a text of another hasher was seen, a wrong password costs one check of each kind, for everybody", async () => {
    const { work, list } = createCounter();
    const hashers = makeHashers({ hashers: list });
    const old = await hashPassword("right", makeHashers({ hashers: [list[1] as PasswordHasher] }));
    const current = await hashPassword("right", hashers);
    work.length = 0;
    assert.deepEqual(await verifyPassword("right", old, hashers), { ok: true, needsUpgrade: true });
    assert.deepEqual(work, ["sha256 1000", "sha1 1000"]);
    for (const encoded of [old, current, null, "nonsense"]) {
      work.length = 0;
      assert.equal((await verifyPassword("wrong", encoded, hashers)).ok, false);
      assert.deepEqual(work, ["sha256 1000", "sha1 1000"], `in the same order: ${encoded}`);
    }
    work.length = 0;
    await runDummyHash("any", hashers);
    assert.deepEqual(work, ["sha256 1000", "sha1 1000"]);
    work.length = 0;
    assert.equal((await verifyPassword("right", current, hashers, false)).ok, true);
    assert.deepEqual(work, ["sha256 1000", "sha1 1000"], "the right password of somebody who may not log in");
    work.length = 0;
    await verifyPassword("right", current, hashers);
    assert.deepEqual(work, ["sha256 1000"]);
  });

  it("kinds that are named beforehand are paid for from the start, and only kinds that are listed can be named", async () => {
    const { work, list } = createCounter();
    await verifyPassword("wrong", null, makeHashers({ hashers: list, stored: ["pbkdf2_sha1"] }));
    assert.deepEqual(work, ["sha256 1000", "sha1 1000"]);
    assert.throws(() => makeHashers({ hashers: list, stored: ["bcrypt"] }), (error: unknown) => error instanceof ConfigurationError && error.setting === "auth.storedHashes" && /pbkdf2_sha256, pbkdf2_sha1/.test(error.message));
  });

  it("a text of higher cost raises what everybody pays, up to four times the cost of today", async () => {
    const { work, list, total } = createCounter();
    const hashers = makeHashers({ hashers: list });
    const current = await hashPassword("right", hashers);
    for (const [iterations, expected] of [[3000, 3000], [900_000, 4000]] as const) {
      await verifyPassword("wrong", current.replace("$1000$", `$${iterations}$`), hashers);
      for (const encoded of [null, current]) {
        work.length = 0;
        await verifyPassword("wrong", encoded, hashers);
        assert.equal(total(), expected, String(encoded));
      }
    }
  });

  it("a hasher that cannot work here fails for those whose texts are its own, and for nobody else", async () => {
    const broken: PasswordHasher = { ...bcrypt({ rounds: 4 }), verify: () => Promise.reject(new HasherUnavailable("bcrypt", "Install it.")) };
    const hashers = makeHashers({ hashers: [pbkdf2Sha256({ iterations: 1 }), broken] });
    await assert.rejects(verifyPassword("x", "bcrypt$$2b$04$abcdefghijklmnopqrstuuWJ9pVY4UHJ58NbXWesOApbE9VhjHKle", hashers), HasherUnavailable);
    assert.equal((await verifyPassword("x", null, hashers)).ok, false);
  });

  it("the cost of a text is read from it, and what is spent is what is asked for", async () => {
    const rounds: string[] = [];
    const counted = bcrypt({ rounds: 6, package: { genSalt: async () => "", hash: async (_password, salt) => `${rounds.push(String(salt).slice(4, 6))}` } });
    assert.equal(counted.costs?.of(`bcrypt$$2b$05$${"a".repeat(53)}`), 32);
    await counted.costs?.spend("x", 64 - 16);
    await counted.costs?.spend("x".repeat(73), 64);
    assert.deepEqual(rounds, ["05", "04"]);
    const memory: number[] = [];
    const derived = argon2id({ memoryKib: 1024, passes: 2, parallelism: 1, derive: async (_variety, _password, _salt, cost) => (memory.push(cost.memoryKib * cost.passes), new Uint8Array(32)) });
    const text = await derived.encode("x", "Ab3dEf6hIj9kLm2nOp5qRs", { memoryKib: 512, passes: 1, parallelism: 1, digestBytes: 16 });
    assert.equal(derived.costs?.of(text), 512);
    await derived.costs?.spend("x", 2048 - 512);
    assert.deepEqual(memory, [512, 1536]);
    const other = scrypt({ workFactor: 16 });
    assert.equal(other.costs?.of(await other.encode("x", "salt", { workFactor: 8, blockSize: 4, parallelism: 2 })), 64);
    await other.costs?.spend("x", 64);
    for (const hasher of [counted, derived, other, pbkdf2Sha256()]) assert.equal(hasher.costs?.of("nonsense"), null);
  });
});

describe("AU-04 long passwords are told apart, none is cut, and a megabyte is refused before hashing", () => {
  it("64, 73 and 1,000 characters that differ in the last one", async () => {
    for (const hasher of [argon2id(CHEAP), scrypt({ workFactor: 16 }), pbkdf2Sha256({ iterations: 2 }), bcryptSha256({ rounds: 4 })]) {
      const hashers = makeHashers({ hashers: [hasher] });
      for (const length of [64, 73, 1000]) {
        const encoded = await hashPassword(`${"a".repeat(length - 1)}b`, hashers);
        assert.equal((await verifyPassword(`${"a".repeat(length - 1)}b`, encoded, hashers)).ok, true);
        assert.equal((await verifyPassword(`${"a".repeat(length - 1)}c`, encoded, hashers)).ok, false, `${hasher.algorithm} ${length}`);
      }
    }
  });

  it("bcrypt can be handed in", async () => {
    const calls: unknown[][] = [];
    const given = { genSalt: async (rounds: number) => `$2b$0${rounds}$${"s".repeat(22)}`, hash: async (...call: [string, string | number]) => { calls.push(call); return `${String(call[1]).slice(0, 29)}${"h".repeat(31)}`; } };
    const hashers = makeHashers({ hashers: [bcrypt({ rounds: 4, package: given })] });
    const encoded = await hashPassword("pw", hashers);
    assert.equal((await verifyPassword("pw", encoded, hashers)).ok, true);
    assert.deepEqual(calls, [["pw", `$2b$04$${"s".repeat(22)}`], ["pw", encoded.slice("bcrypt$".length)]]);
  });

  it("plain bcrypt refuses what it would cut", async () => {
    const hashers = makeHashers({ hashers: [bcrypt({ rounds: 4 })] });
    const encoded = await hashPassword("a".repeat(72), hashers);
    assert.equal((await verifyPassword("a".repeat(72), encoded, hashers)).ok, true);
    assert.equal((await verifyPassword("a".repeat(73), encoded, hashers)).ok, false);
    await assert.rejects(hashPassword("é".repeat(37), hashers), PasswordRejected);
  });

  it("4,096 bytes are hashed; one more, a megabyte, or half a character is refused without work", async () => {
    const { work, list } = createCounter();
    const hashers = makeHashers({ hashers: list });
    const encoded = await hashPassword("a".repeat(4096), hashers);
    assert.equal((await verifyPassword("a".repeat(4096), encoded, hashers)).ok, true);
    work.length = 0;
    for (const password of ["a".repeat(4097), "é".repeat(2049), "a".repeat(1_000_000), "\ud800"]) {
      assert.deepEqual(await verifyPassword(password, encoded, hashers), { ok: false, needsUpgrade: false });
      assert.deepEqual(await verifyPassword(password, null, hashers), { ok: false, needsUpgrade: false });
      await runDummyHash(password, hashers);
      await assert.rejects(hashPassword(password, hashers), PasswordRejected);
    }
    assert.deepEqual(work, []);
  });
});

describe("AU-05 a platform that cannot reach the cost is an error at start", () => {
  it("the default is argon2id with 100 MiB, two passes and eight lanes", async () => {
    const hashers = makeHashers();
    assert.equal(hashers.preferred.algorithm, "argon2");
    await prepareHashers(hashers);
    assert.match(await hashPassword("x", hashers), /^argon2\$argon2id\$v=19\$m=102400,t=2,p=8\$[A-Za-z0-9+/]{30}\$[A-Za-z0-9+/]{43}$/);
    assert.deepEqual(defaultHashers().map((hasher) => hasher.algorithm), ["argon2", "scrypt", "pbkdf2_sha256", "pbkdf2_sha1", "bcrypt_sha256", "bcrypt"]);
  });

  it("a cap on iterations, as some platforms have it, is named with the cure and never a lower cost", async () => {
    const capped: DerivePbkdf2 = (_password, _salt, iterations) => (iterations > 100_000 ? Promise.reject(new Error("iteration counts above 100000 are not supported")) : Promise.resolve(new Uint8Array(32)));
    const hashers = makeHashers({ hashers: [pbkdf2Sha256({ derive: capped })] });
    await assert.rejects(prepareHashers(hashers), (error: unknown) => error instanceof HasherUnavailable && error.code === "COAT_HASHER_UNAVAILABLE" && /1000000 iterations/.test(error.message) && /argon2id/.test(error.message));
    await assert.rejects(hashPassword("x", hashers));
  });

  it("a package that is not installed is named with the cure", async () => {
    await assert.rejects(loadOptionalPackage("coatcheck-has-no-such-package", "argon2id", "Install it."), (error: unknown) => error instanceof HasherUnavailable && error.algorithm === "argon2id" && /Install it/.test(error.message));
  });

  it("Argon2 that fails, and parameters that the platform refuses, are errors at start", async () => {
    const broken = argon2id({ derive: () => Promise.reject(new Error("no memory")) });
    await assert.rejects(prepareHashers(makeHashers({ hashers: [broken] })), (error: unknown) => error instanceof HasherUnavailable && /@node-rs\/argon2/.test(error.message));
    await assert.rejects(prepareHashers(makeHashers({ hashers: [scrypt({ workFactor: 1000 })] })), HasherUnavailable);
  });
});

describe("AU-06 a right password with an old hash asks for a new one, a wrong one never", () => {
  it("cost, hasher and salt", async () => {
    const old = await pbkdf2Sha256().encode("right", "Ab3dEf6hIj9kLm2nOp5qRs", 10);
    const shortSalt = await pbkdf2Sha256().encode("right", "Ab3dEf6hIj9kLm2nOp5qR", 20);
    const same = await pbkdf2Sha256().encode("right", "Ab3dEf6hIj9kLm2nOp5qRs", 20);
    const hashers = makeHashers({ hashers: [pbkdf2Sha256({ iterations: 20 }), argon2id(CHEAP)] });
    const preferred = makeHashers({ hashers: [argon2id(CHEAP), pbkdf2Sha256({ iterations: 20 })] });
    for (const [encoded, list, expected] of [[old, hashers, true], [shortSalt, hashers, true], [same, hashers, false], [same, preferred, true]] as const) {
      assert.deepEqual(await verifyPassword("right", encoded, list), { ok: true, needsUpgrade: expected });
      assert.deepEqual(await verifyPassword("wrong", encoded, list), { ok: false, needsUpgrade: false });
    }
    const upgraded = await hashPassword("right", preferred);
    assert.deepEqual(await verifyPassword("right", upgraded, preferred), { ok: true, needsUpgrade: false });
  });

  it("another memory, number of passes, lanes, digest or variety of Argon2", async () => {
    const cost = { ...CHEAP, digestBytes: 32 };
    const hasher = argon2id(cost);
    assert.equal(hasher.needsUpgrade(await hasher.encode("x", "Ab3dEf6hIj9kLm2nOp5qRs")), false);
    for (const change of [{ memoryKib: 128 }, { passes: 2 }, { parallelism: 2 }, { digestBytes: 16 }]) {
      assert.equal(hasher.needsUpgrade(await hasher.encode("x", "Ab3dEf6hIj9kLm2nOp5qRs", { ...cost, ...change })), true);
    }
    assert.equal(hasher.needsUpgrade(await hasher.encode("x", "Ab3dEf6hIj9kLm2nOp5qRs", cost, "argon2i")), true);
    assert.equal(hasher.needsUpgrade(await hasher.encode("x", "Ab3dEf6hIj9kLm2nOp5qR")), true);
  });
});

describe("unusable passwords", () => {
  it("fit nothing, are random, and are told from an empty one", async () => {
    const random = createRandom();
    const encoded = makeUnusablePassword(random);
    assert.match(encoded, /^![A-Za-z0-9]{40}$/);
    assert.notEqual(makeUnusablePassword(random), encoded);
    assert.equal(isUsablePassword(encoded), false);
    assert.equal(isUsablePassword("pbkdf2_sha256$1$a$b"), true);
    const hashers = makeHashers({ hashers: [pbkdf2Sha256({ iterations: 1 })] });
    for (const password of ["!", "", encoded]) assert.equal((await verifyPassword(password, encoded, hashers)).ok, false);
    assert.equal(findHasher(encoded, hashers), undefined);
  });
});

describe("makeHashers", () => {
  it("refuses an empty list and one algorithm twice", () => {
    assert.throws(() => makeHashers({ hashers: [] }), { setting: "auth.hashers" });
    assert.throws(() => makeHashers({ hashers: [scrypt(), scrypt({ parallelism: 1 })] }), /listed twice/);
  });
});
