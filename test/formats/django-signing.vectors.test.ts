import { isAtLeast, type DjangoRelease } from "../../src/formats/django-release.ts";
import { createSigner } from "../../src/formats/django-signer.ts";
import { createTimestampSigner, dumps, loads } from "../../src/formats/django-timestamp-signer.ts";
import { readPythonJson } from "../../src/formats/python-json-read.ts";
import { writePythonJson } from "../../src/formats/python-json-write.ts";
import { toPlainValue } from "../../src/formats/python-values.ts";
import { clockAt, runVectors, secretOf } from "../vectors/vectors.ts";

type Input = Readonly<Record<string, any>>;

function optionsOf(input: Input, release: DjangoRelease) {
  const algorithm = input["algorithm"] ?? (release === "2.2" ? "sha1" : "sha256");
  return {
    algorithm,
    acceptSha1: release === "3.2",
    minimumKeyBytes: 0,
    clock: clockAt(input["now"] ?? 1_700_000_000),
    ...(input["salt"] === undefined ? {} : { salt: input["salt"] as string }),
    ...(input["sep"] === undefined ? {} : { separator: input["sep"] as string }),
    ...(input["max_age"] === undefined ? {} : { maxAgeSeconds: input["max_age"] as number }),
  };
}

function keysOf(input: Input, release: DjangoRelease) {
  const fallbacks = isAtLeast(release, "4.2") ? (input["fallback_keys"] ?? input["fallbacks"] ?? []) : [];
  return [input["key"] ?? input["secret"], ...fallbacks].map(secretOf);
}

function signerOf(input: Input, release: DjangoRelease) {
  const options = optionsOf(input, release);
  return input["cls"] === "TimestampSigner" ? createTimestampSigner(keysOf(input, release), options) : createSigner(keysOf(input, release), options);
}

runVectors("signing", {
  "signer.sign": (input, release) => signerOf(input, release).sign(input["value"]),
  "signer.unsign": (input, release) => signerOf(input, release).unsign(input["signed"], optionsOf(input, release)),
  "signer.sign_object": (input, release) => signerOf(input, release).signObject(readPythonJson(input["json_text"]), { compress: input["compress"] }),
  dumps: (input, release) => dumps(keysOf(input, release), readPythonJson(input["json_text"]), { ...optionsOf(input, release), compress: input["compress"] }),
  // The public reader gives plain values, in which 1.0 is 1: the expected text is read the same way.
  loads: (input, release, vector) => {
    const value = loads(keysOf(input, release), input["signed"], optionsOf(input, release));
    const expected = vector.expect as { value: { json_text: string } };
    const plain = toPlainValue(readPythonJson(expected.value.json_text));
    return { json_text: writePythonJson(value) === writePythonJson(plain) ? expected.value.json_text : writePythonJson(value) };
  },
});
