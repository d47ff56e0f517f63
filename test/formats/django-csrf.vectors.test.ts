import { maskCsrfSecretWith, unmaskCsrfToken } from "../../src/formats/django-csrf.ts";
import { checkDjangoCsrf } from "../../src/formats/django-csrf-check.ts";
import { DjangoCsrfState } from "../../src/formats/django-csrf-issue.ts";
import { runVectors } from "../vectors/vectors.ts";

const COOKIE_SECONDS = 31_449_600;

runVectors("csrf", {
  "csrf.mask": (input) => maskCsrfSecretWith(input["secret"], input["mask"]),
  "csrf.unmask": (input) => unmaskCsrfToken(input["token"]),
  "csrf.check": (input, release) => {
    const isInSession = input["use_sessions"] === true;
    const reason = checkDjangoCsrf(
      {
        method: input["method"] ?? "POST",
        isSecure: input["secure"] === true,
        host: "testserver",
        origin: input["origin"] ?? null,
        referer: input["referer"] ?? null,
        stored: (isInSession ? input["session_token"] : input["cookie"]) ?? null,
        formToken: input["form_token"] ?? null,
        headerToken: input["header_token"] ?? null,
      },
      { release, isInSession, trustedOrigins: input["trusted_origins"] ?? [] },
    );
    return reason === null ? { accepted: true } : { accepted: false, reason };
  },
  "csrf.issue": (input, release) => {
    const isInSession = input["use_sessions"] === true;
    const random = (input["random"] as string[])[Symbol.iterator]();
    const stored: string | null = (isInSession ? input["session_token"] : input["cookie"]) ?? null;
    const state = new DjangoCsrfState(stored, { release, isInSession, isCookieMasked: input["cookie_masked"] === true }, () => random.next().value as string);
    const formToken = input["use_form"] === false ? null : state.token();
    if (input["rotate"] === true) state.rotate();
    const written = state.toWrite;
    const expires = new Date((input["now"] + COOKIE_SECONDS) * 1000).toUTCString();
    const session = written ?? stored;
    return {
      form_token: formToken,
      set_cookie: written === null || isInSession ? [] : [`csrftoken=${written}; expires=${expires}; Max-Age=${COOKIE_SECONDS}; Path=/; SameSite=Lax`],
      session: isInSession && session !== null ? { _csrftoken: session } : {},
      vary: written === null || isInSession ? null : "Cookie",
    };
  },
});
