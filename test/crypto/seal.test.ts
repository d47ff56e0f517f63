import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createKeyring } from "../../src/crypto/keyring.ts";
import { createRandom } from "../../src/crypto/random.ts";
import { seal, sealingKeyId, unseal, unsealBytes } from "../../src/crypto/seal.ts";
import { BadSeal } from "../../src/errors.ts";

const oldest = "kC8vQz1TnE5xW0pLr7Y3uHs6JmBf9DgA2Xe4";
const middle = "Zt5RbN8wKq2Vy7MxPc1LdF4hGs9JuTa3E6Cv";
const newest = "b6DwYp3Xj9Sm1Qz8Hk5Vc2Nf7RtLg4TuEaK0";
const keyring = createKeyring([middle]);

function isAbsent(sealed: string, purpose = "session", name = "sessionid"): void {
  assert.throws(() => unseal(keyring, purpose, name, sealed), BadSeal);
}

describe("seal and unseal", () => {
  it("gives back any text and any bytes", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.string(), fc.string(), (text, purpose, name) => {
      assert.deepEqual(unseal(keyring, purpose, name, seal(keyring, purpose, name, text)), {
        plaintext: text, keyIsCurrent: true, keyId: keyring.ids[0],
      });
    }));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 5000 }), (bytes) => {
      const opened = unsealBytes(keyring, "p", "n", seal(keyring, "p", "n", bytes));
      assert.equal(Buffer.compare(opened.plaintext, bytes), 0);
    }));
  });

  it("writes letters that a cookie takes as they are, and the length it promises", () => {
    const sealed = seal(keyring, "session", "sessionid", "x".repeat(300));
    assert.match(sealed, /^[A-Za-z0-9_-]+$/);
    assert.equal(sealed.length, 400 + 46);
  });

  it("tells which secret a text names without opening it", () => {
    assert.equal(sealingKeyId(keyring, seal(keyring, "p", "n", "")), keyring.ids[0]);
    assert.equal(sealingKeyId(keyring, "nonsense"), null);
  });
});

describe("CK-27 what does not open is absent, and there is no second decoder", () => {
  const sealed = seal(keyring, "session", "sessionid", JSON.stringify({ user: 1 }));

  it("refuses each single flipped bit", () => {
    const bytes = Buffer.from(sealed, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      isAbsent(flipped.toString("base64url"));
    }
  });

  it("refuses each truncation", () => {
    for (let length = 0; length < sealed.length; length++) isAbsent(sealed.slice(0, length));
  });

  it("refuses plain text, plain JSON, base64 JSON, null and nothing", () => {
    for (const text of ["", "null", "{}", '{"user":1}', Buffer.from('{"user":1}').toString("base64url"), "e30", "undefined", "a.b.c", "\u0000", "é".repeat(60)]) isAbsent(text);
  });

  it("refuses the same text sealed under another secret", () => {
    isAbsent(seal(createKeyring([oldest]), "session", "sessionid", "x"));
  });

  it("never puts the value into the error", () => {
    assert.throws(() => unseal(keyring, "session", "sessionid", `${sealed}A`), (error: unknown) => error instanceof BadSeal && !error.message.includes(sealed.slice(8, 20)));
  });
});

describe("CK-28 a sealed value has one spelling", () => {
  const sealed = seal(keyring, "session", "sessionid", "x".repeat(21));

  it("refuses padding, the other alphabet, blanks, trailing bytes and stray bits", () => {
    assert.equal(sealed.length % 4 !== 0, true, "the last character has unused bits");
    for (const text of [`${sealed}=`, `${sealed}==`, ` ${sealed}`, `${sealed} `, `${sealed}\n`, `${sealed}A`, `${sealed}AAAA`, `${sealed.slice(0, 30)} ${sealed.slice(30)}`]) isAbsent(text);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const last = alphabet.indexOf(sealed.at(-1) as string);
    for (let stray = 0; stray < 64; stray++) if (stray !== last) isAbsent(sealed.slice(0, -1) + alphabet[stray]);
    for (let round = 0; round < 200; round++) {
      const text = seal(keyring, "session", "sessionid", "y");
      if (/[-_]/.test(text)) isAbsent(text.replaceAll("-", "+").replaceAll("_", "/"));
    }
  });
});

describe("ST-03 sealing is an AEAD with fresh nonces, bound to its place", () => {
  it("refuses two records whose sealed values were swapped", () => {
    const first = seal(keyring, "record", "id-1", "one");
    const second = seal(keyring, "record", "id-2", "two");
    isAbsent(first, "record", "id-2");
    isAbsent(second, "record", "id-1");
  });

  it("seals equal texts to different texts", () => {
    const seen = new Set(Array.from({ length: 1000 }, () => seal(keyring, "p", "n", "same")));
    assert.equal(seen.size, 1000);
  });

  it("gives no nonce twice in a hundred thousand seals across pool refills", () => {
    const nonces = new Set<string>();
    for (let round = 0; round < 100_000; round++) nonces.add(seal(keyring, "p", "n", "").slice(8, 24));
    assert.equal(nonces.size, 100_000);
  });

  it("takes nonces from the keyring's own source", () => {
    let calls = 0;
    const counted = createKeyring([middle], { random: createRandom((bytes) => { calls++; bytes.fill(calls); }) });
    assert.equal(Buffer.from(seal(counted, "p", "n", ""), "base64url").subarray(6, 18).toString("hex"), "01".repeat(12));
    assert.equal(calls, 1);
  });
});

describe("CK-26 what is bound has one encoding", () => {
  it("keeps (ab, c) and (a, bc) apart, for any texts", () => {
    fc.assert(fc.property(fc.string({ minLength: 1 }), fc.string(), (whole, rest) => {
      const text = whole + rest;
      const made = seal(keyring, text.slice(0, 1), text.slice(1), "v");
      for (let cut = 0; cut <= text.length; cut++) if (cut !== 1) isAbsent(made, text.slice(0, cut), text.slice(cut));
    }));
    isAbsent(seal(keyring, "a", "bc", "v"), "ab", "c");
    isAbsent(seal(keyring, "1:a", "b", "v"), "1", "ab");
  });
});

describe("ST-05 a value made for one purpose fails for each other", () => {
  it("all pairs", () => {
    const purposes = ["session", "record", "flow", "messages", "cookie", "csrf"];
    for (const made of purposes) {
      const sealed = seal(keyring, made, "n", "v");
      for (const used of purposes) {
        if (used === made) assert.equal(unseal(keyring, used, "n", sealed).plaintext, "v");
        else isAbsent(sealed, used, "n");
      }
    }
  });
});

describe("KY-06 the version is in the value and decides nothing else", () => {
  it("refuses every other version byte", () => {
    const bytes = Buffer.from(seal(keyring, "p", "n", "v"), "base64url");
    for (let version = 0; version < 256; version++) {
      if (version === 1) continue;
      bytes[0] = version;
      isAbsent(bytes.toString("base64url"), "p", "n");
    }
  });
});

describe("ST-04 and PAIN-22 secrets rotate and nobody is logged out before the old one is dropped", () => {
  it("opens through three stages, says what is old, and drops with the secret", () => {
    const before = createKeyring([oldest]);
    const during = createKeyring([newest, middle, oldest]);
    const after = createKeyring([newest, middle]);
    const live = seal(before, "record", "id", "cart");
    const opened = unseal(during, "record", "id", live);
    assert.deepEqual(opened, { plaintext: "cart", keyIsCurrent: false, keyId: before.ids[0] });
    const again = seal(during, "record", "id", opened.plaintext);
    assert.equal(unseal(after, "record", "id", again).keyIsCurrent, true);
    assert.throws(() => unseal(after, "record", "id", live), BadSeal);
  });
});

describe("DS-09 length is checked before any cryptography", () => {
  it("refuses texts that are too long without deriving a key", () => {
    let derived = 0;
    const watched = createKeyring([middle]);
    const real = watched.derive.bind(watched);
    watched.derive = (purpose) => { derived++; return real(purpose); };
    const sealed = seal(watched, "p", "n", "v");
    derived = 0;
    assert.throws(() => unseal(watched, "p", "n", sealed + "A".repeat(5_000_000)), BadSeal);
    assert.throws(() => unseal(watched, "p", "n", sealed, { maxLength: sealed.length - 1 }), BadSeal);
    assert.throws(() => unseal(watched, "p", "n", "A".repeat(1_000_000)), BadSeal);
    assert.equal(derived, 0);
    assert.equal(unseal(watched, "p", "n", sealed, { maxLength: sealed.length }).plaintext, "v");
  });
});
