/**
 * What an example in the documentation may use without saying where it comes from, since every application has it.
 * Each is declared, with its real type, only in an example that uses the name and does not declare it.
 */
export const exampleNames: Readonly<Record<string, string>> = {
  app: `declare const app: import("express").Express;`,
  req: `declare const req: import("express").Request & { coat: import("coatcheck").Coat };`,
  res: `declare const res: import("express").Response;`,
  session: `declare const session: import("coatcheck").Session;`,
  coat: `declare const coat: import("coatcheck").Coat;`,
  request: `declare const request: Request;`,
  cloakroom: `declare const cloakroom: import("coatcheck").Coatcheck;`,
  book: `declare const book: string;`,
  link: `declare const link: string;`,
  secret: `declare const secret: string;`,
  random: `declare const random: import("../../../src/crypto/random.ts").Random;`,
  state: `declare const state: string;`,
  clock: `declare const clock: import("coatcheck/testing").FakeClock;`,
  keyring: `declare const keyring: import("../../../src/crypto/keyring.ts").Keyring;`,
  account: `declare const account: import("../../../src/store/users.ts").Account | null;`,
  users: `declare const users: import("../../../src/store/users.ts").Users;`,
  form: `declare const form: { readonly password: string };`,
  hashers: `declare const hashers: import("coatcheck/auth").Hashers;`,
  pool: `declare const pool: import("pg").Pool;`,
  client: `declare const client: ReturnType<typeof import("redis").createClient>;`,
  socket: `declare const socket: { on(event: "close", listener: () => void): void; close(code: number): void };`,
  row: `declare const row: { readonly session_data: string };`,
  z: `declare const z: typeof import("zod").z;`,
  store: `declare const store: import("coatcheck").SessionStore;`,
};

/** What the session of every example holds, unless the example declares it itself. */
export const exampleSession = `import type {} from "coatcheck";
declare module "coatcheck" {
  interface SessionData {
    cart: string[];
    visits: number;
    name: string;
    theme: "light" | "dark";
    draft: string;
  }
}
`;
