import { quoteDjangoCookie } from "../../src/formats/django-cookie-text.ts";
import { type DjangoRelease, isAtLeast } from "../../src/formats/django-release.ts";
import { createDjangoCookieSessionCodec, type DjangoSessionData } from "../../src/formats/django-session.ts";
import { createDjangoCookieSigner } from "../../src/formats/django-signed-cookie.ts";
import { readPythonJson } from "../../src/formats/python-json-read.ts";
import { writePythonJson } from "../../src/formats/python-json-write.ts";
import { clockAt, runVectors, secretOf } from "../vectors/vectors.ts";

type Input = Readonly<Record<string, any>>;

function keysOf(input: Input, release: DjangoRelease) {
  return [input["secret"], ...(isAtLeast(release, "4.2") ? (input["fallbacks"] ?? []) : [])].map(secretOf);
}

function signerOf(input: Input, release: DjangoRelease) {
  const fallback = input["legacy_salt_fallback"];
  return createDjangoCookieSigner(keysOf(input, release), { release, clock: clockAt(input["now"]), minimumKeyBytes: 0, ...(fallback === undefined ? {} : { acceptLegacySalt: fallback }) });
}

function codecOf(input: Input, release: DjangoRelease) {
  const maxAgeSeconds = input["settings"]?.["SESSION_COOKIE_AGE"];
  return createDjangoCookieSessionCodec(keysOf(input, release), { release, clock: clockAt(input["now"]), minimumKeyBytes: 0, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) });
}

runVectors("signed_cookies", {
  "signed_cookie.set": (input, release) => {
    const value = signerOf(input, release).sign(input["name"], input["value"], input["salt"]);
    return { value, wire: `${input["name"]}=${quoteDjangoCookie(value)}; Path=/` };
  },
  "signed_cookie.get": (input, release) => signerOf(input, release).read(input["name"], input["cookie"], {
    ...(input["salt"] === undefined ? {} : { salt: input["salt"] }),
    ...(input["max_age"] === undefined ? {} : { maxAgeSeconds: input["max_age"] }),
  }).value,
  "session.cookie_dump": (input, release) => codecOf(input, release).encode(readPythonJson(input["json_text"]) as DjangoSessionData),
  "session.cookie_load": (input, release) => {
    const { data, problem } = codecOf(input, release).decode(input["cookie"]);
    return { json_text: writePythonJson(data), modified: problem !== null };
  },
});
