import { equalText } from "../../crypto/equal.ts";
import type { Keyring } from "../../crypto/keyring.ts";
import { Sealer } from "../../crypto/seal.ts";
import { BadSeal } from "../../errors.ts";

/** What a value held that was not altered, cut, moved from another cookie, or made under a secret that is no longer listed. */
export interface Opened {
  readonly text: string;
  readonly keyIsCurrent: boolean;
}

/** Guards the texts of one cookie. */
export interface Guard {
  protect(text: string): string;
  /** Null for anything that `protect` did not make. There is no second decoder. */
  open(value: string): Opened | null;
}

/** How the text of a cookie session is kept from being changed, or read. */
export interface Protection {
  readonly name: "signed-cookie" | "sealed-cookie";
  guard(keyring: Keyring, cookieName: string): Guard;
}

const PURPOSE = "cookie session";

/** Encrypted and authenticated: users can neither read nor change it. */
export const sealedProtection: Protection = {
  name: "sealed-cookie",
  guard: (keyring, cookieName) => {
    const sealer = new Sealer(keyring, PURPOSE, cookieName);
    return {
      protect: (text) => sealer.seal(text),
      open: (value) => {
        try {
          const { plaintext, keyIsCurrent } = sealer.unseal(value);
          return { text: plaintext, keyIsCurrent };
        } catch (error) {
          if (error instanceof BadSeal) return null;
          throw error;
        }
      },
    };
  },
};

const SIGNATURE_CHARACTERS = 43;

/** Authenticated only: users can read everything that the session holds. */
export const signedProtection: Protection = {
  name: "signed-cookie",
  guard: (keyring, cookieName) => {
    const keys = keyring.derive(`sign/${PURPOSE}`);
    // The name has no zero byte, so name and payload cannot be taken for another pair.
    const sign = (key: (typeof keys)[number], payload: string): string => key.mac(`${cookieName}\0${payload}`, "base64url");
    return {
      protect: (text) => {
        const payload = Buffer.from(text, "utf8").toString("base64url");
        return `${payload}.${sign(keys[0] as (typeof keys)[number], payload)}`;
      },
      open: (value) => {
        const dot = value.length - SIGNATURE_CHARACTERS - 1;
        if (dot < 1 || value[dot] !== ".") return null;
        const payload = value.slice(0, dot);
        const signature = value.slice(dot + 1);
        const bytes = Buffer.from(payload, "base64url");
        if (bytes.toString("base64url") !== payload) return null;
        for (const key of keys) {
          if (equalText(signature, sign(key, payload))) return { text: bytes.toString("utf8"), keyIsCurrent: key.isCurrent };
        }
        return null;
      },
    };
  },
};
