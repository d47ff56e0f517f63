import { equalText } from "../../crypto/equal.ts";
import type { CipherKey, Keyring } from "../../crypto/keyring.ts";
import { createHmac, type KeyObject } from "../../crypto/platform.ts";
import { seal, unseal } from "../../crypto/seal.ts";
import { BadSeal } from "../../errors.ts";

/** How the text of a cookie session is kept from being changed, or read. */
export interface Protection {
  readonly name: "signed-cookie" | "sealed-cookie";
  protect(keyring: Keyring, cookieName: string, text: string): string;
  /** Null for a value that was altered, cut, moved from another cookie, or made under a secret that is no longer listed. There is no second decoder. */
  open(keyring: Keyring, cookieName: string, value: string): { readonly text: string; readonly keyIsCurrent: boolean } | null;
}

const PURPOSE = "cookie session";

/** Encrypted and authenticated: users can neither read nor change it. */
export const sealedProtection: Protection = {
  name: "sealed-cookie",
  protect: (keyring, cookieName, text) => seal(keyring, PURPOSE, cookieName, text),
  open: (keyring, cookieName, value) => {
    try {
      const { plaintext, keyIsCurrent } = unseal(keyring, PURPOSE, cookieName, value);
      return { text: plaintext, keyIsCurrent };
    } catch (error) {
      if (error instanceof BadSeal) return null;
      throw error;
    }
  },
};

const SIGNATURE_CHARACTERS = 43;

/** Authenticated only: users can read everything that the session holds. */
export const signedProtection: Protection = {
  name: "signed-cookie",
  protect: (keyring, cookieName, text) => {
    const payload = Buffer.from(text, "utf8").toString("base64url");
    const [key] = keyring.derive(`sign/${PURPOSE}`);
    return `${payload}.${sign((key as { key: CipherKey }).key, cookieName, payload)}`;
  },
  open: (keyring, cookieName, value) => {
    const dot = value.length - SIGNATURE_CHARACTERS - 1;
    if (dot < 1 || value[dot] !== ".") return null;
    const payload = value.slice(0, dot);
    const signature = value.slice(dot + 1);
    const bytes = Buffer.from(payload, "base64url");
    if (bytes.toString("base64url") !== payload) return null;
    for (const { key, isCurrent } of keyring.derive(`sign/${PURPOSE}`)) {
      if (equalText(signature, sign(key, cookieName, payload))) return { text: bytes.toString("utf8"), keyIsCurrent: isCurrent };
    }
    return null;
  },
};

/** The name has no zero byte, so name and payload cannot be taken for another pair. */
function sign(key: CipherKey, cookieName: string, payload: string): string {
  return createHmac("sha256", key as KeyObject).update(`${cookieName}\0${payload}`, "utf8").digest("base64url");
}
