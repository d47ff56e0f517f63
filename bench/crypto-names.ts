/** How the timed operations are called, in the tables and where they are judged. */

export const OURS = {
  sign: "coatcheck sign",
  verify: "coatcheck verify",
  seal: "coatcheck seal",
  unseal: "coatcheck unseal",
  csrfMake: "coatcheck CSRF make",
  csrfCheck: "coatcheck CSRF check",
} as const;

export const THEIRS = {
  ironSeal: "iron-session 9 seal",
  ironUnseal: "iron-session 9 unseal",
  csrfMake: "csrf-csrf 4 make",
  csrfCheck: "csrf-csrf 4 check",
} as const;
