/** Single operations: signing, sealing and CSRF tokens, beside iron-session, libsodium's secretbox and csrf-csrf. */

import { doubleCsrf } from "csrf-csrf";
import type { Request, Response } from "express";
import { sealData, unsealData } from "iron-session";
import { createKeyring } from "../src/crypto/keyring.ts";
import { createRandom } from "../src/crypto/random.ts";
import { seal, unseal } from "../src/crypto/seal.ts";
import { bindCsrfSecret, bindToSession, openBoundCsrfSecret } from "../src/formats/csrf-binding.ts";
import { makeCsrfSecret, maskCsrfSecret, matchesCsrfSecret } from "../src/formats/django-csrf.ts";
import { createSigner } from "../src/signing.ts";
import type { RoundsOptions } from "./harness/rounds.ts";
import { timeOperations, type Operation, type OperationTime } from "./operations.ts";
import type { Verdict } from "./wanted.ts";

const SECRET = "a-secret-that-only-a-benchmark-uses-5be1c09d47";
const VALUE = JSON.stringify({ user: 4711, cart: ["the-ninth-tide", "low-orbit-gardening"], theme: "dark" });

async function makeOperations(): Promise<Operation[]> {
  const keyring = createKeyring([SECRET]);
  const random = createRandom();
  const signer = createSigner(keyring, { salt: "bench" });
  const signed = signer.sign(VALUE);
  const sealed = seal(keyring, "bench", "cookie", VALUE);
  const ironSealed = await sealData({ value: VALUE }, { password: SECRET });
  const secret = makeCsrfSecret(random);
  const binding = bindToSession(random.token());
  const cookie = bindCsrfSecret(keyring, secret, binding);
  const form = maskCsrfSecret(secret, random);
  const csrf = doubleCsrf({ getSecret: () => SECRET, getSessionIdentifier: () => "session", cookieName: "csrf" });
  const response = { cookie: () => response } as unknown as Response;
  const makePeerToken = (): string => csrf.generateCsrfToken({ cookies: {}, headers: {}, method: "POST" } as unknown as Request, response, { overwrite: true });
  const peerToken = makePeerToken();
  const peerRequest = { cookies: { csrf: peerToken }, headers: { "x-csrf-token": peerToken }, method: "POST" } as unknown as Request;
  const isText = (result: unknown): boolean => typeof result === "string" && result.length > 40;
  return [
    { name: "sign", group: "sign", operations: 3200, call: () => signer.sign(VALUE), right: isText },
    { name: "verify", group: "sign", operations: 3200, call: () => signer.unsign(signed), right: (result) => result === VALUE },
    { name: "seal", group: "seal", operations: 3200, call: () => seal(keyring, "bench", "cookie", VALUE), right: isText },
    { name: "unseal", group: "seal", operations: 3200, call: () => unseal(keyring, "bench", "cookie", sealed), right: (result) => (result as { plaintext: string }).plaintext === VALUE },
    { name: "iron-session 9: seal", group: "seal", operations: 160, call: () => sealData({ value: VALUE }, { password: SECRET }), right: isText },
    { name: "iron-session 9: unseal", group: "seal", operations: 160, call: () => unsealData<{ value: string }>(ironSealed, { password: SECRET }), right: (result) => (result as { value: string }).value === VALUE },
    { name: "CSRF make", group: "csrf", operations: 3200, call: () => bindCsrfSecret(keyring, secret, binding) && maskCsrfSecret(secret, random), right: isText },
    {
      name: "CSRF check",
      group: "csrf",
      operations: 3200,
      call: () => {
        const opened = openBoundCsrfSecret(keyring, cookie, binding);
        return opened !== null && matchesCsrfSecret(opened.secret, form);
      },
      right: (result) => result === true,
    },
    { name: "csrf-csrf 4: make", group: "csrf", operations: 3200, call: makePeerToken, right: isText },
    { name: "csrf-csrf 4: check", group: "csrf", operations: 3200, call: () => csrf.validateRequest(peerRequest), right: (result) => result === true },
  ];
}

export async function measureCrypto(rounds: { readonly warmUp: number; readonly kept: number }, options: RoundsOptions): Promise<OperationTime[]> {
  return await timeOperations(await makeOperations(), rounds, options);
}

export function cryptoTable(times: readonly OperationTime[]): string {
  return ["| operation | µs | ± |", "| --- | ---: | ---: |", ...times.map(({ operation, microseconds, uncertainty }) => `| ${operation} | ${microseconds.toFixed(2)} | ${uncertainty.toFixed(2)} |`)].join("\n");
}

/** At least so many times faster than iron-session. */
const TIMES_FASTER_THAN_IRON = 20;

export function judgeCrypto(times: readonly OperationTime[]): Verdict[] {
  const of = (name: string): number => times.find((time) => time.operation === name)?.microseconds ?? Number.NaN;
  const judge = (what: string, ours: string, theirs: string, least: number): Verdict => {
    const ratio = of(theirs) / of(ours);
    return { what, wanted: least === 1 ? "faster" : `${least} times faster`, measured: `${ratio.toFixed(1)} times`, ok: ratio > least };
  };
  return [
    judge("seal, against iron-session", "seal", "iron-session 9: seal", TIMES_FASTER_THAN_IRON),
    judge("unseal, against iron-session", "unseal", "iron-session 9: unseal", TIMES_FASTER_THAN_IRON),
    judge("CSRF make, against csrf-csrf", "CSRF make", "csrf-csrf 4: make", 1),
    judge("CSRF check, against csrf-csrf", "CSRF check", "csrf-csrf 4: check", 1),
  ];
}
