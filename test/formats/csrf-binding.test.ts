import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createKeyring, randomOf } from "../../src/crypto/keyring.ts";
import { bindCsrfSecret, bindToSession, bindToVisitor, openBoundCsrfSecret } from "../../src/formats/csrf-binding.ts";
import { makeCsrfSecret, maskCsrfSecret, matchesCsrfSecret, readCsrfSecret } from "../../src/formats/django-csrf.ts";

const oldSecret = "kC8vQz1TnE5xW0pLr7Y3uHs6JmBf9DgA2Xe4";
const newSecret = "Zt5RbN8wKq2Vy7MxPc1LdF4hGs9JuTa3E6Cv";
const keyring = createKeyring([oldSecret]);
const random = randomOf(keyring);
const mine = bindToSession("my-session-id");

describe("CS-13 a CSRF value is bound to the session, or to the visitor", () => {
  const secret = makeCsrfSecret(random);
  const value = bindCsrfSecret(keyring, secret, mine);

  it("opens where it belongs, and is a token of Django's form for its secret", () => {
    assert.deepEqual(openBoundCsrfSecret(keyring, value, mine), { secret, keyIsCurrent: true });
    assert.match(value, /^[A-Za-z0-9]{64}$/);
    assert.equal(readCsrfSecret(value), secret);
    assert.equal(matchesCsrfSecret(secret, value), true);
    assert.equal(bindCsrfSecret(keyring, secret, mine), value, "the cookie does not change without reason");
  });

  it("a pair of one's own making is refused: planted values, random tokens, bare secrets", () => {
    for (const planted of [secret, maskCsrfSecret(secret, random), maskCsrfSecret(makeCsrfSecret(random), random), makeCsrfSecret(random), "", "a".repeat(64), `${value}a`, value.slice(1), ` ${value}`, `${value}; csrf=${value}`]) {
      assert.equal(openBoundCsrfSecret(keyring, planted, mine), null);
    }
  });

  it("a value of another session, of a visitor, or of another key is refused", () => {
    assert.equal(openBoundCsrfSecret(keyring, bindCsrfSecret(keyring, secret, bindToSession("other-session-id")), mine), null);
    assert.equal(openBoundCsrfSecret(keyring, bindCsrfSecret(keyring, secret, bindToVisitor("my-session-id")), mine), null);
    assert.equal(openBoundCsrfSecret(keyring, bindCsrfSecret(createKeyring([newSecret]), secret, mine), mine), null);
  });

  it("each letter is covered: any change of a letter is refused", () => {
    fc.assert(fc.property(fc.nat(63), fc.integer({ min: 1, max: 61 }), (at, step) => {
      const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
      const letter = letters[(letters.indexOf(value[at] as string) + step) % 62] as string;
      assert.equal(openBoundCsrfSecret(keyring, value.slice(0, at) + letter + value.slice(at + 1), mine), null);
    }));
  });

  it("the same secret can be bound again when the session's id changes, so that open forms live on", () => {
    const form = maskCsrfSecret(secret, random);
    const next = bindToSession("next-session-id");
    const opened = openBoundCsrfSecret(keyring, bindCsrfSecret(keyring, secret, next), next);
    assert.equal(matchesCsrfSecret(opened?.secret ?? "", form), true);
  });

  it("secrets rotate: values under an old one open, say so, and die with it", () => {
    const during = createKeyring([newSecret, oldSecret]);
    assert.deepEqual(openBoundCsrfSecret(during, value, mine), { secret, keyIsCurrent: false });
    assert.equal(openBoundCsrfSecret(createKeyring([newSecret]), value, mine), null);
  });
});
