import { seal, unseal } from "../crypto/seal.ts";
import { BadSeal } from "../errors.ts";
import type { ExchangeState } from "../manager/exchange-state.ts";
import type { CookieRefusal } from "./refused-cookie.ts";

/** Clocks of servers may differ by so much; what claims to be from later was not made here. */
const ALLOWED_SKEW_MS = 60_000;

/** No cookie is longer. */
const MOST_CHARACTERS = 4096;

/** Base 36 of milliseconds, and the separator: nine characters up to the year 5188. */
const STAMP = /^[0-9a-z]{1,11}$/;

/** Seals a text together with the present time. */
export function sealStamped(exchange: ExchangeState, purpose: string, name: string, text: string): string {
  return seal(exchange.manager.keyring, purpose, name, `${exchange.now().toString(36)} ${text}`);
}

/** Opens what `sealStamped` made, unless it is older than `maxAgeSeconds` (null: of any age). At the limit is expired. */
export function unsealStamped(exchange: ExchangeState, purpose: string, name: string, sealed: string, maxAgeSeconds: number | null): { readonly text: string } | { readonly refusal: CookieRefusal } {
  let plaintext: string;
  try {
    plaintext = unseal(exchange.manager.keyring, purpose, name, sealed, { maxLength: MOST_CHARACTERS }).plaintext;
  } catch (error) {
    if (error instanceof BadSeal) return { refusal: "seal" };
    throw error;
  }
  const at = plaintext.indexOf(" ");
  const stamp = plaintext.slice(0, at);
  if (at === -1 || !STAMP.test(stamp)) return { refusal: "malformed" };
  const age = exchange.now() - Number.parseInt(stamp, 36);
  if (age < -ALLOWED_SKEW_MS || (maxAgeSeconds !== null && age >= maxAgeSeconds * 1000)) return { refusal: "expired" };
  return { text: plaintext.slice(at + 1) };
}
