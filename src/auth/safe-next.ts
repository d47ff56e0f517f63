/** The check stands on a lower floor, because preferences need it as well. */
export { isSafePath, safeNext, type Site } from "../formats/safe-redirect.ts";
