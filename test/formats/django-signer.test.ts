import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { BadSignature, ConfigurationError, SignatureExpired, UnsupportedValue } from "../../src/errors.ts";
import { createSigner } from "../../src/formats/django-signer.ts";
import { createTimestampSigner, dumps, loads } from "../../src/formats/django-timestamp-signer.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

const oldSecret = "kC8vQz1TnE5xW0pLr7Y3uHs6JmBf9DgA2Xe4";
const newSecret = "Zt5RbN8wKq2Vy7MxPc1LdF4hGs9JuTa3E6Cv";
const keyring = createKeyring([oldSecret]);
const now = 1_700_000_000_000;

describe("createSigner", () => {
  it("gives back any text, and any value that JSON holds", () => {
    const signer = createSigner(keyring);
    const timed = createTimestampSigner(keyring, { clock: new FakeClock(now) });
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.equal(signer.unsign(signer.sign(text)), text);
      assert.equal(timed.unsign(timed.sign(text), { maxAgeSeconds: 0 }), text);
    }));
    fc.assert(fc.property(fc.jsonValue(), fc.boolean(), (value, compress) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown;
      assert.deepEqual(signer.unsignObject(signer.signObject(plain, { compress })), plain);
      assert.deepEqual(loads(keyring, dumps(keyring, plain, { compress })), plain);
    }));
  });

  it("tells the time of signing", () => {
    const signer = createTimestampSigner(keyring, { clock: new FakeClock(now + 999) });
    assert.deepEqual(signer.read(signer.sign("v")), { value: "v", keyIsCurrent: true, signedAt: now });
  });

  it("refuses half characters, and values that JSON cannot hold", () => {
    assert.throws(() => createSigner(keyring).sign("\ud800"), UnsupportedValue);
    assert.throws(() => dumps(keyring, { at: new Date(0) }), UnsupportedValue);
  });

  it("refuses separators that could be part of a signature", () => {
    for (const separator of ["", "a", "-", "_", "=", "A-z", "^", "ab12", "a\n"]) assert.throws(() => createSigner(keyring, { separator }), ConfigurationError);
    for (const separator of [":", "|", "::", "/", "é"]) assert.equal(createSigner(keyring, { separator }).unsign(createSigner(keyring, { separator }).sign("v")), "v");
  });

  it("refuses an algorithm that it does not know", () => {
    assert.throws(() => createSigner(keyring, { algorithm: "md5" as never }), { code: "COAT_CONFIGURATION" });
    assert.throws(() => createSigner(keyring, { algorithm: "constructor" as never }), { code: "COAT_CONFIGURATION" });
  });
});

describe("KY-02 keys that are given as such have 32 bytes", () => {
  it("unless another application's key is asked for by name", () => {
    assert.throws(() => createSigner([]), { code: "COAT_SECRET_MISSING" });
    assert.throws(() => createSigner([""], { minimumKeyBytes: 0 }), { code: "COAT_SECRET_MISSING" });
    assert.throws(() => createSigner([oldSecret.slice(0, 31)]), { code: "COAT_CONFIGURATION" });
    assert.equal(createSigner(["short"], { minimumKeyBytes: 0 }).sign("v").length, 45);
    assert.equal(createSigner([oldSecret]).sign("v"), createSigner(keyring).sign("v"));
  });
});

describe("CK-26 and ST-05 a signature covers its purpose", () => {
  it("fails with each other salt, kind, separator, algorithm and prefix", () => {
    const make = [
      createSigner(keyring), createSigner(keyring, { salt: "a" }), createSigner(keyring, { salt: "b" }), createSigner(keyring, { keyPrefix: "x" }),
      createSigner(keyring, { separator: "|" }), createSigner(keyring, { algorithm: "sha512" }), createTimestampSigner(keyring), createTimestampSigner(keyring, { salt: "django.core.signing.Signer2" }),
    ];
    make.forEach((from, made) => make.forEach((to, read) => {
      if (made !== read) assert.throws(() => to.unsign(from.sign("value")), BadSignature, `${made} ${read}`);
    }));
  });

  it("an empty salt is the default, as in Django, and never no salt", () => {
    assert.equal(createSigner(keyring, { salt: "" }).sign("v"), createSigner(keyring).sign("v"));
  });
});

describe("CK-27 a changed value is refused", () => {
  const signer = createTimestampSigner(keyring, { clock: new FakeClock(now) });
  const signed = signer.signObject({ user: 1 });

  it("each single flipped bit of it, and each truncation", () => {
    const bytes = Buffer.from(signed, "latin1");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.throws(() => signer.unsignObject(flipped.toString("latin1")), BadSignature);
    }
    for (let length = 0; length < signed.length; length++) assert.throws(() => signer.unsignObject(signed.slice(0, length)), BadSignature);
  });

  it("what was never signed: JSON, base64 JSON, null, nothing", () => {
    for (const text of ["", ":", "::", "null", "{}", "eyJ1c2VyIjoxfQ", "eyJ1c2VyIjoxfQ:1r31eq:", "eyJ1c2VyIjoxfQ:1r31eq:undefined"]) assert.throws(() => signer.unsignObject(text), BadSignature);
  });

  it("and the error holds nothing of it", () => {
    assert.throws(() => signer.unsign("hunter2:1r31eq:abc"), (error: unknown) => error instanceof BadSignature && !error.message.includes("hunter2") && !error.message.includes("abc"));
  });
});

describe("CK-28 a signature has one spelling", () => {
  it("refuses padding, the other alphabet, blanks and stray bits in the last character", () => {
    const signer = createSigner(keyring);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (let round = 0; round < 40; round++) {
      const signed = signer.sign(`v${round}`);
      const last = alphabet.indexOf(signed.at(-1) as string);
      for (let stray = 0; stray < 64; stray++) if (stray !== last) assert.throws(() => signer.unsign(signed.slice(0, -1) + alphabet[stray]), BadSignature);
      const standard = signed.replaceAll("-", "+").replaceAll("_", "/");
      if (standard !== signed) assert.throws(() => signer.unsign(standard), BadSignature);
      for (const text of [`${signed}=`, ` ${signed}`, `${signed} `, `${signed}\n`, signed.replace(":", ": ")]) assert.throws(() => signer.unsign(text), BadSignature);
    }
  });
});

describe("TM-08 the time of signing is inside the signature", () => {
  const clock = new FakeClock(now);
  const signer = createTimestampSigner(keyring, { clock });

  it("altered, it is refused", () => {
    const [value, time, signature] = signer.sign("v").split(":");
    assert.throws(() => signer.unsign(`${value}:1zzzzz:${signature}`), BadSignature);
    assert.throws(() => signer.unsign(`${value}:${signature}`), BadSignature);
    assert.equal(time, "1r31eq");
  });

  it("at the limit it is accepted, behind it is expired", () => {
    const signed = createTimestampSigner(keyring, { clock: new FakeClock(now) }).sign("v");
    const at = (ms: number) => createTimestampSigner(keyring, { clock: new FakeClock(now + ms) });
    assert.equal(at(60_000).unsign(signed, { maxAgeSeconds: 60 }), "v");
    assert.throws(() => at(60_001).unsign(signed, { maxAgeSeconds: 60 }), SignatureExpired);
    assert.equal(at(10 * 365 * 86_400_000).unsign(signed), "v");
  });
});

describe("TM-04 times in the future are refused beyond the stated skew", () => {
  it("60 seconds pass, 61 do not; another skew can be stated", () => {
    const reader = createTimestampSigner(keyring, { clock: new FakeClock(now) });
    const signedIn = (seconds: number) => createTimestampSigner(keyring, { clock: new FakeClock(now + seconds * 1000) }).sign("v");
    assert.equal(reader.unsign(signedIn(60), { maxAgeSeconds: 0 }), "v");
    assert.throws(() => reader.unsign(signedIn(61), { maxAgeSeconds: 0 }), BadSignature);
    assert.throws(() => reader.unsign(signedIn(61)), BadSignature);
    assert.equal(createTimestampSigner(keyring, { clock: new FakeClock(now), allowedSkewSeconds: 120 }).unsign(signedIn(120)), "v");
  });
});

describe("ST-04 and PAIN-22 keys rotate", () => {
  it("the first signs, all verify, and what an old one signed says so", () => {
    const before = createSigner(createKeyring([oldSecret]));
    const during = createSigner(createKeyring([newSecret, oldSecret]));
    const after = createSigner(createKeyring([newSecret]));
    assert.deepEqual(during.read(before.sign("v")), { value: "v", keyIsCurrent: false });
    assert.deepEqual(during.read(during.sign("v")), { value: "v", keyIsCurrent: true });
    assert.equal(after.unsign(during.sign("v")), "v");
    assert.throws(() => after.unsign(before.sign("v")), BadSignature);
    const transition = createSigner(keyring, { acceptSha1: true });
    assert.deepEqual(transition.read(createSigner(keyring, { algorithm: "sha1" }).sign("v")), { value: "v", keyIsCurrent: false });
  });
});

describe("DS-09 length is checked before any cryptography", () => {
  it("a signature of a length that none has costs no digest", (t) => {
    const signer = createSigner(keyring);
    // A long text is copied before it is digested, which can be seen from outside.
    const long = "v".repeat(10_000);
    const copied = t.mock.method(Buffer, "allocUnsafe");
    for (const length of [0, 1, 42, 44, 100_000]) assert.throws(() => signer.unsign(`${long}:${"A".repeat(length)}`), BadSignature);
    assert.equal(copied.mock.callCount(), 0);
    assert.throws(() => signer.unsign(`${long}:${"A".repeat(43)}`), BadSignature);
    assert.ok(copied.mock.callCount() > 0);
  });

  it("a text that is too long is refused, whatever its signature", () => {
    const signed = createSigner(keyring).sign("v");
    assert.throws(() => createSigner(keyring, { maxLength: signed.length - 1 }).unsign(signed), /too long/);
    assert.equal(createSigner(keyring, { maxLength: signed.length }).unsign(signed), "v");
  });
});

describe("DS-06 decompression comes after verification and has a cap", () => {
  const signer = createSigner(keyring);
  const bomb = `.${deflateSync(JSON.stringify("a".repeat(5_000_000))).toString("base64url")}`;

  it("a signed bomb is refused at the cap", () => {
    assert.throws(() => signer.unsignObject(signer.sign(bomb)), /too-large/);
    assert.throws(() => signer.unsignObject(signer.sign(bomb), { maxBytes: 10_000 }), /too-large/);
    assert.equal((signer.unsignObject(signer.sign(bomb), { maxBytes: 6_000_000 }) as string).length, 5_000_000);
  });

  it("an unsigned bomb is refused by its signature", () => {
    assert.throws(() => signer.unsignObject(`${bomb}:${"A".repeat(43)}`), (error: unknown) => error instanceof BadSignature && !/too-large/.test(error.message));
  });

  it("nothing is compressed unless that is asked for", () => {
    const value = "a".repeat(500);
    assert.ok(signer.signObject(value).length > 500);
    assert.ok(signer.signObject(value, { compress: true }).length < 100);
  });
});

describe("KY-06 nothing in a value chooses how it is verified", () => {
  it("a SHA-1 signature is refused unless that was asked for", () => {
    const old = createSigner(keyring, { algorithm: "sha1" }).sign("v");
    assert.throws(() => createSigner(keyring).unsign(old), BadSignature);
    assert.equal(createSigner(keyring, { acceptSha1: true }).unsign(old), "v");
  });
});
