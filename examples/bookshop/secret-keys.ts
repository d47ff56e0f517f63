import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

/** The secrets as they stand in the environment: the newest first, separated by commas. Undefined when there are none. */
export function readSecretKeys(text: string | undefined): readonly string[] | undefined {
  const keys = (text ?? "").split(",").map((key) => key.trim()).filter((key) => key !== "");
  return keys.length === 0 ? undefined : keys;
}

/**
 * A secret of this shop's own, made at the first start and kept in a file that only its owner reads. Good for trying things out: where
 * something is at stake, secrets come from the environment and lie beside nothing that they protect.
 */
export function keepSecretKey(file: string): string {
  try {
    // "wx": of two shops that start at once, one makes the file and both read it.
    writeFileSync(file, randomBytes(32).toString("base64url"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return readFileSync(file, "utf8");
}
