import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSessionAuthHash } from "../../src/formats/django-auth-hash.ts";
import { maskCsrfSecretWith } from "../../src/formats/django-csrf.ts";
import { judgeDjangoSession, planDjangoLogin, readDjangoUser } from "../../src/formats/django-login.ts";
import { type DjangoRelease, isAtLeast } from "../../src/formats/django-release.ts";
import { checkResetToken, makeResetToken, type ResetTokenUser } from "../../src/formats/django-reset-token.ts";
import type { DjangoSessionData } from "../../src/formats/django-session.ts";
import { readPythonJson } from "../../src/formats/python-json-read.ts";
import { writePythonJson } from "../../src/formats/python-json-write.ts";
import { runVectors, secretOf } from "../vectors/vectors.ts";

type Input = Readonly<Record<string, any>>;

function hashOf(input: Input, release: DjangoRelease) {
  const secrets = [input["secret"], ...(input["fallbacks"] ?? [])].map(secretOf);
  return createSessionAuthHash(secrets, { release: input["settings"]?.["DEFAULT_HASHING_ALGORITHM"] === "sha1" ? "2.2" : release, minimumKeyBytes: 0 });
}

const dataOf = (input: Input): DjangoSessionData => readPythonJson(input["session_json"] ?? "{}") as DjangoSessionData;
const BACKEND = "django.contrib.auth.backends.ModelBackend";

runVectors("auth", {
  "auth.hash": (input, release) => hashOf(input, release).make(input["password_field"]),
  "auth.legacy_hash": (input) => hashOf(input, "2.2").make(input["password_field"]),
  // The user with the key 1 exists; the rest of Django's request is played here.
  "auth.get_user": (input, release) => {
    const data = dataOf(input);
    const user = readDjangoUser(data);
    if (user === null) return { user_id: null, session_after: writePythonJson(data), key: "same", rows: 1 };
    if (!/^\s*\d+\s*$/.test(user.userId)) throw new RangeError("no key of a user");
    const verdict = judgeDjangoSession(data, input["password_field"], hashOf(input, release));
    if (verdict === "flush") return { user_id: null, session_after: "{}", key: "none", rows: 0 };
    if (verdict === "cycle") data.set("_auth_user_hash", hashOf(input, release).make(input["password_field"]));
    return { user_id: Number(user.userId), session_after: writePythonJson(data), key: verdict === "cycle" ? "cycled" : "same", rows: 1 };
  },
  "auth.login": (input, release) => {
    const plan = planDjangoLogin(dataOf(input), { userId: "1", backend: BACKEND, passwordField: input["password_field"] }, hashOf(input, release));
    // The random texts are drawn in this order: the session's keys, then the CSRF secret and its mask.
    const random = input["random"] as string[];
    const csrf = isAtLeast(release, "4.2") ? random[1] : maskCsrfSecretWith(random[1] as string, random[2] as string);
    return { session_after: writePythonJson(plan.data), key: plan.session === "cycle" ? "new" : plan.session === "keep" ? "same" : "new", rows: 1, csrf_cookie: csrf };
  },
  "auth.reset_token": (input, release) => {
    const localNow = Date.parse(`${input["local_now"]}Z`);
    const token = makeResetToken([input["secret"]], userOf(input), localNow, { release, minimumKeyBytes: 0 });
    assert.equal(checkResetToken([input["secret"]], userOf(input), token, localNow, 0, { release, minimumKeyBytes: 0 }), true);
    return token;
  },
});

function userOf(input: Input): ResetTokenUser {
  const lastLogin = input["last_login"];
  return { userId: "1", passwordField: input["password_field"], lastLoginAt: lastLogin === undefined ? null : Date.parse(lastLogin), email: "" };
}

describe("AU-01 a session carries a keyed digest of the password hash", () => {
  const field = "argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA";
  const oldKey = "kC8vQz1TnE5xW0pLr7Y3uHs6JmBf9DgA2Xe4";
  const newKey = "Zt5RbN8wKq2Vy7MxPc1LdF4hGs9JuTa3E6Cv";

  it("a changed password ends it, an older key is accepted and marked", () => {
    const before = createSessionAuthHash([oldKey]);
    const during = createSessionAuthHash([newKey, oldKey]);
    const stored = before.make(field);
    assert.equal(before.match(field, stored), "current");
    assert.equal(before.match(`${field}x`, stored), null);
    assert.equal(during.match(field, stored), "outdated");
    assert.equal(during.match(field, during.make(field)), "current");
    assert.equal(createSessionAuthHash([newKey]).match(field, stored), null);
  });

  it("nothing that is absent or of another kind matches", () => {
    for (const stored of [undefined, null, "", 0, [], {}, "undefined", "a".repeat(64), "a".repeat(1_000_000)]) assert.equal(createSessionAuthHash([newKey]).match(field, stored), null);
  });
});

describe("AU-11 a reset token is bound to the user's state and expires", () => {
  const user: ResetTokenUser = { userId: "7", passwordField: "x$y", lastLoginAt: Date.UTC(2026, 0, 1), email: "ada@example.org" };
  const keys = ["kC8vQz1TnE5xW0pLr7Y3uHs6JmBf9DgA2Xe4"];
  const now = Date.UTC(2026, 0, 15, 12);
  const token = makeResetToken(keys, user, now);

  it("refused for another user, after a login, a password change, another address", () => {
    assert.equal(checkResetToken(keys, user, token, now), true);
    for (const change of [{ userId: "8" }, { passwordField: "x$z" }, { lastLoginAt: null }, { lastLoginAt: now }, { email: "ada@exàmple.org" }, { email: "" }]) {
      assert.equal(checkResetToken(keys, { ...user, ...change }, token, now), false);
    }
    assert.equal(checkResetToken(["Zt5RbN8wKq2Vy7MxPc1LdF4hGs9JuTa3E6Cv"], user, token, now), false);
    assert.equal(checkResetToken(["Zt5RbN8wKq2Vy7MxPc1LdF4hGs9JuTa3E6Cv", ...keys], user, token, now), true);
  });

  it("accepted at the limit, refused one second later", () => {
    assert.equal(checkResetToken(keys, user, token, now + 259_200_000), true);
    assert.equal(checkResetToken(keys, user, token, now + 259_201_000), false);
    assert.equal(checkResetToken(keys, user, token, now + 61_000, 60), false);
  });

  it("malformed texts are refused", () => {
    for (const text of ["", "-", "a-b", token.toUpperCase(), `${token}0`, token.slice(0, -1), ` ${token}`, token.replace("-", "--"), "z".repeat(14) + token.slice(6), "0".repeat(1_000_000)]) assert.equal(checkResetToken(keys, user, text, now), false);
  });
});
