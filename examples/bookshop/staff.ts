import { randomBytes } from "node:crypto";
import type { Coatcheck } from "coatcheck";
import type { SqlUsers } from "coatcheck/auth";
import { ARRANGE } from "./view.ts";

export const STAFF_NAME = "staff";

/**
 * Makes the user who may arrange the shop window, at the first start.
 *
 * @param password what it shall be; undefined or empty for a random one
 * @returns the password, to be shown once; null when the user is there already
 */
export async function hireStaff(cloakroom: Coatcheck, users: SqlUsers, password: string | undefined): Promise<string | null> {
  if ((await users.findByUsername(STAFF_NAME)) !== null) return null;
  const chosen = password || randomBytes(12).toString("base64url");
  const { id } = await cloakroom.auth.createUser({ username: STAFF_NAME, password: chosen, isStaff: true });
  await users.grantPermission(id, ARRANGE);
  return chosen;
}
