/** Signatures, seals and CSRF tokens beside those of the peers. */

import { createHash } from "node:crypto";
import { Signer } from "@fastify/cookie";
import fastifySecureSession from "@fastify/secure-session";
import { doubleCsrf } from "csrf-csrf";
import fastify from "fastify";
import { sealData, unsealData } from "iron-session";
import { createKeyring, createSigner, seal, unseal } from "coatcheck/signing";
import { createRandom } from "../src/crypto/random.ts";
import { bindCsrfSecret, bindToSession, openBoundCsrfSecret } from "../src/formats/csrf-binding.ts";
import { makeCsrfSecret, maskCsrfSecret, matchesCsrfSecret } from "../src/formats/django-csrf.ts";
import { OURS, THEIRS } from "./crypto-names.ts";
import type { Operation } from "./operations.ts";
import { sessionOf, USER } from "./rows.ts";

const SECRET = "a secret of the benchmark, forty characters";
const SESSION_ID = "3q2-7wN0dXJlIGRpZ2VzdCBvZiBhIHRva2VuIGhlcmU";

const SIGN = "sign";
const SEAL = "seal";
const CSRF = "csrf";

/** All operations, ready to be called. */
export async function cryptoOperations(): Promise<Operation[]> {
  return [...signOperations(), ...(await sealOperations()), ...csrfOperations()];
}

function signOperations(): Operation[] {
  const signer = createSigner(createKeyring([SECRET]), { salt: "benchmark" });
  const signed = signer.sign(SESSION_ID);
  const theirs = new Signer(SECRET);
  const theirSigned = theirs.sign(SESSION_ID);
  const base = { group: SIGN, operations: 512, lap: 64 };
  return [
    { ...base, name: OURS.sign, call: () => signer.sign(SESSION_ID), right: (result) => result === signed && signed.startsWith(SESSION_ID) },
    { ...base, name: OURS.verify, call: () => signer.unsign(signed), right: (result) => result === SESSION_ID },
    { ...base, name: "@fastify/cookie 11 sign", call: () => theirs.sign(SESSION_ID), right: (result) => result === theirSigned },
    { ...base, name: "@fastify/cookie 11 verify", call: () => theirs.unsign(theirSigned), right: (result) => (result as { valid: boolean }).valid },
  ];
}

/** A small session each time, from values to sealed text and back. */
async function sealOperations(): Promise<Operation[]> {
  const data = sessionOf(0);
  const holdsUser = (values: unknown): boolean => (values as { user?: unknown }).user === USER;
  const keyring = createKeyring([SECRET]);
  const sealed = seal(keyring, "benchmark", "sid", JSON.stringify(data));
  const password = SECRET;
  const iron = await sealData(data, { password });
  const app = fastify();
  await app.register(fastifySecureSession, { key: createHash("sha256").update(SECRET).digest() });
  await app.ready();
  const cookie = app.encodeSecureSession(app.createSecureSession({ ...data }));
  const base = { group: SEAL, operations: 256, lap: 32 };
  return [
    { ...base, name: OURS.seal, call: () => seal(keyring, "benchmark", "sid", JSON.stringify(data)), right: (result) => holdsUser(JSON.parse(unseal(keyring, "benchmark", "sid", result as string).plaintext)) },
    { ...base, name: OURS.unseal, call: () => JSON.parse(unseal(keyring, "benchmark", "sid", sealed).plaintext) as unknown, right: holdsUser },
    { ...base, operations: 16, lap: 2, name: THEIRS.ironSeal, call: () => sealData(data, { password }), right: (result) => typeof result === "string" && result.startsWith("Fe26") },
    { ...base, operations: 16, lap: 2, name: THEIRS.ironUnseal, call: () => unsealData(iron, { password }), right: holdsUser },
    { ...base, name: "@fastify/secure-session 8 seal", call: () => app.encodeSecureSession(app.createSecureSession({ ...data })), right: (result) => (result as string).includes(";") },
    { ...base, name: "@fastify/secure-session 8 unseal", call: () => app.decodeSecureSession(cookie), right: (result) => (result as { get(key: string): unknown } | null)?.get("user") === USER },
  ];
}

/** `make`: a fresh secret, the cookie's value and a token for a form. `check`: the cookie's value and the form's token belong together and to the session. */
function csrfOperations(): Operation[] {
  const keyring = createKeyring([SECRET]);
  const random = createRandom();
  const binding = bindToSession(SESSION_ID);
  const make = (): { cookie: string; token: string } => {
    const secret = makeCsrfSecret(random);
    return { cookie: bindCsrfSecret(keyring, secret, binding), token: maskCsrfSecret(secret, random) };
  };
  const check = ({ cookie, token }: { cookie: string; token: string }): boolean => {
    const bound = openBoundCsrfSecret(keyring, cookie, binding);
    return bound !== null && matchesCsrfSecret(bound.secret, token);
  };
  const made = make();

  const { generateCsrfToken, validateRequest } = doubleCsrf({ getSecret: () => SECRET, getSessionIdentifier: () => SESSION_ID });
  type CsrfRequest = Parameters<typeof validateRequest>[0];
  type CsrfResponse = Parameters<typeof generateCsrfToken>[1];
  let sent = "";
  const response = { cookie: (_name: string, value: string) => (sent = value) } as unknown as CsrfResponse;
  const stranger = { cookies: {}, headers: {} } as unknown as CsrfRequest;
  const token = generateCsrfToken(stranger, response);
  const request = { cookies: { "__Host-psifi.x-csrf-token": sent }, headers: { "x-csrf-token": token }, method: "POST" } as unknown as CsrfRequest;
  const forged = { cookies: { "__Host-psifi.x-csrf-token": sent }, headers: { "x-csrf-token": `${token.slice(0, -1)}x` }, method: "POST" } as unknown as CsrfRequest;
  if (validateRequest(forged) || check({ ...made, token: make().token })) throw new Error("A forged CSRF token passes. Nothing is timed.");

  const base = { group: CSRF, operations: 512, lap: 64 };
  return [
    { ...base, name: OURS.csrfMake, call: make, right: (result) => check(result as { cookie: string; token: string }) },
    { ...base, name: OURS.csrfCheck, call: () => check(made), right: (result) => result === true },
    { ...base, name: THEIRS.csrfMake, call: () => generateCsrfToken(stranger, response), right: (result) => typeof result === "string" && result === sent },
    { ...base, name: THEIRS.csrfCheck, call: () => validateRequest(request), right: (result) => result === true },
  ];
}
