import assert from "node:assert/strict";
import { type KeyObject, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { type CipherKey, createKeyring, rawSecretsOf } from "../../src/crypto/keyring.ts";
import { ConfigurationError } from "../../src/errors.ts";

const strong = "kC8vQz1TnE5xW0pLr7Y3uHs6JmBf9DgA2Xe4";
const other = "Zt5RbN8wKq2Vy7MxPc1LdF4hGs9JuTa3E6Cv";

const hexOf = (key: CipherKey | undefined): string => (key as KeyObject).export().toString("hex");

function refuses(secrets: readonly (string | Uint8Array | undefined)[], code: string, pattern: RegExp, production = true): void {
  assert.throws(
    () => createKeyring(secrets, { production }),
    (error: unknown) => {
      assert.ok(error instanceof ConfigurationError);
      assert.equal(error.code, code);
      assert.match(error.message, pattern);
      assert.match(error.message, /coatcheck secret/, "says how to fix it");
      for (const secret of secrets) {
        if (typeof secret === "string" && secret.trim().length > 8) assert.ok(!error.message.includes(secret), "the message must not hold the secret");
      }
      return true;
    },
  );
}

describe("KY-01 a missing or guessable secret is refused", () => {
  for (const [name, secrets] of [
    ["an empty list", []],
    ["an undefined first entry", [undefined, strong]],
    ["an empty text", [""]],
    ["blanks", [" ".repeat(64)]],
    ["no bytes", [new Uint8Array(0)]],
    ["an empty second entry", [strong, ""]],
  ] as const) {
    it(`refuses ${name} everywhere`, () => {
      refuses(secrets, "COAT_SECRET_MISSING", /missing|empty/);
      refuses(secrets, "COAT_SECRET_MISSING", /missing|empty/, false);
    });
  }

  for (const example of ["secret", "changeme", "keyboard cat", "a"]) {
    it(`refuses ${JSON.stringify(example)}, alone and repeated to any length`, () => {
      refuses([example], "COAT_CONFIGURATION", /at least 32/);
      refuses([example.repeat(64)], "COAT_CONFIGURATION", /guessed|repeats itself|example|different/);
    });
  }

  for (const example of [
    "django-insecure-k#v8z!1t^n@e5x$w0p&l(r)7y*3u-h_s=6jmbf9d",
    "complex_password_at_least_32_characters_long",
    "interop-secret-key-0123456789-abcdefghijklmnopqrstuvwxyz",
    "a-very-long-secret-that-nobody-changes-1",
    "this is my secret and it is long enough!",
    "Replace-This-With-Something-Random-9x8y7z",
    "averylogphrasebiggerthanthirtytwochars",
  ]) {
    it(`refuses the known example ${JSON.stringify(example.slice(0, 12))}… in production and takes it in development`, () => {
      refuses([example], "COAT_CONFIGURATION", /example|repeats/);
      assert.equal(createKeyring([example], { production: false }).size, 1);
    });
  }

  it("refuses little variety in bytes too", () => {
    refuses([new Uint8Array(64).fill(7)], "COAT_CONFIGURATION", /different/);
    refuses([Uint8Array.from({ length: 64 }, (_, at) => at % 16)], "COAT_CONFIGURATION", /repeats itself after 16 bytes/);
  });

  it("names the entry that is wrong", () => {
    assert.throws(() => createKeyring([strong, "short"]), { setting: "secrets[1]" });
    assert.throws(() => createKeyring(["short"], { setting: "cookies.secrets" }), { setting: "cookies.secrets[0]" });
  });

  it("takes random bytes and random text, always", () => {
    for (let round = 0; round < 200; round++) {
      createKeyring([randomBytes(32), randomBytes(32).toString("base64url"), randomBytes(32).toString("hex")]);
    }
  });
});

describe("KY-02 at least 32 bytes of key material", () => {
  it("refuses 31 bytes and takes 32", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, at) => (at * 37 + 11) & 255);
    refuses([bytes.subarray(0, 31)], "COAT_CONFIGURATION", /holds 31 bytes/);
    assert.equal(createKeyring([bytes]).size, 1);
    refuses([strong.slice(0, 31)], "COAT_CONFIGURATION", /holds 31 bytes/);
    assert.equal(createKeyring([strong.slice(0, 32)]).size, 1);
  });

  it("counts hexadecimal text after decoding", () => {
    const hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    refuses([hex.slice(0, 62)], "COAT_CONFIGURATION", /holds 31 bytes/, false);
    assert.equal(createKeyring([hex]).size, 1);
  });

  it("counts bytes, not characters", () => {
    assert.equal(createKeyring(["äöüßéèêàçñøåœæîÿ"], { production: false }).size, 1);
  });
});

describe("createKeyring", () => {
  it("leaves undefined entries behind the first out, and a repeated secret counts once", () => {
    const keyring = createKeyring([strong, undefined, other, strong]);
    assert.equal(keyring.size, 2);
    assert.deepEqual(keyring.ids, [createKeyring([strong]).ids[0], createKeyring([other]).ids[0]]);
  });

  it("copies bytes, so that wiping the original changes nothing", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, at) => (at * 91 + 5) & 255);
    const before = hexOf(createKeyring([Uint8Array.from(bytes)]).derive("x")[0]?.key);
    const keyring = createKeyring([bytes]);
    bytes.fill(0);
    assert.equal(hexOf(keyring.derive("x")[0]?.key), before);
  });

  it("names a secret by a public id that does not depend on its place", () => {
    assert.match(createKeyring([strong]).ids[0] ?? "", /^[0-9a-f]{10}$/);
    assert.equal(createKeyring([strong, other]).ids[1], createKeyring([other]).ids[0]);
  });

  it("gives the same key objects for one purpose again, the first marked as current", () => {
    const keyring = createKeyring([strong, other]);
    assert.equal(keyring.derive("a"), keyring.derive("a"));
    assert.deepEqual(keyring.derive("a").map((key) => key.isCurrent), [true, false]);
  });

  it("holds a bounded number of purposes", () => {
    const keyring = createKeyring([strong]);
    const first = keyring.derive("purpose 0")[0]?.key;
    for (let at = 1; at < 400; at++) keyring.derive(`purpose ${at}`);
    assert.equal(hexOf(keyring.derive("purpose 0")[0]?.key), hexOf(first));
  });
});

describe("ST-05 each purpose has a key of its own", () => {
  it("derives different keys for different purposes and secrets, and none of them is the secret", () => {
    fc.assert(fc.property(fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 12 }), (purposes) => {
      const keyring = createKeyring([strong, other]);
      const keys = purposes.flatMap((purpose) => keyring.derive(purpose).flatMap((key) => [hexOf(key.key), key.mac("", "hex")]));
      keys.push(...rawSecretsOf(keyring).map((secret) => Buffer.from(secret).toString("hex")));
      assert.equal(new Set(keys).size, keys.length);
    }));
  });
});

describe("KY-05 a keyring shows nothing", () => {
  it("not in JSON, not in inspect, not by enumeration, not in a copy", () => {
    const keyring = createKeyring([strong, other]);
    keyring.derive("session");
    const shown = [
      JSON.stringify(keyring),
      JSON.stringify({ keyring }),
      inspect(keyring, { depth: 9, showHidden: true, getters: true }),
      String(keyring),
      JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(keyring))),
      JSON.stringify({ ...keyring }),
    ].join("\n");
    for (const secret of [strong, other]) {
      for (const spelling of [secret, Buffer.from(secret).toString("hex"), Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("base64url")]) {
        assert.ok(!shown.includes(spelling));
      }
    }
    assert.deepEqual(Object.keys(keyring), []);
    assert.deepEqual(structuredClone({ keyring }), { keyring: {} });
  });
});
