import { BadSignature } from "../../src/errors.ts";
import { type DjangoRelease, isAtLeast } from "../../src/formats/django-release.ts";
import { createDjangoSessionCodec, type DjangoSessionData } from "../../src/formats/django-session.ts";
import { readPythonJson } from "../../src/formats/python-json-read.ts";
import { writePythonJson } from "../../src/formats/python-json-write.ts";
import { clockAt, runVectors, secretOf, type Vector } from "../vectors/vectors.ts";

type Input = Readonly<Record<string, any>>;

function codecOf(input: Input, release: DjangoRelease) {
  const fallbacks = isAtLeast(release, "4.2") ? (input["fallbacks"] ?? []) : [];
  return createDjangoSessionCodec([input["secret"], ...fallbacks].map(secretOf), {
    release,
    clock: clockAt(input["now"] ?? 1_700_000_000),
    minimumKeyBytes: 0,
    maxBytes: 4_000_000,
    ...(input["class_name"] === undefined ? {} : { className: input["class_name"] as string }),
  });
}

const dataOf = (input: Input): DjangoSessionData => readPythonJson(input["json_text"]) as DjangoSessionData;

runVectors("session_data", {
  "session.encode": (input, release) => codecOf(input, input["settings"]?.["DEFAULT_HASHING_ALGORITHM"] === "sha1" ? "2.2" : release).encode(dataOf(input)),
  "session.legacy_encode": (input) => codecOf(input, "2.2").encode(dataOf(input)),
  "session.decode": (input, release, vector) => {
    const { data, problem } = codecOf(input, release).decode(input["data"]);
    const outcome = outcomeOf(vector, release);
    // Where Django crashes on a row, the row is an empty session here.
    if (!outcome.ok && problem !== null) throw new BadSignature();
    // From 4.0 on Django logs exactly what we call a bad signature; before, that depended on accidents of base64.
    const log = isAtLeast(release, "4.2")
      ? problem === "bad-signature" ? [["django.security.SuspiciousSession", "WARNING", "Session data corrupted"]] : []
      : outcome.ok ? (outcome.value as { log: unknown }).log : [];
    return { json_text: writePythonJson(data), log };
  },
});

function outcomeOf(vector: Vector, release: string): Vector["expect"] {
  return vector.differs?.[release] ?? vector.expect;
}
