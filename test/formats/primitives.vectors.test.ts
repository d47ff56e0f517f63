import { UnsupportedValue } from "../../src/errors.ts";
import { decodeBase62, encodeBase62 } from "../../src/formats/base62.ts";
import { decodePythonBase64 } from "../../src/formats/python-base64.ts";
import { PythonJsonError, readPythonJson } from "../../src/formats/python-json-read.ts";
import { writePythonJson } from "../../src/formats/python-json-write.ts";
import { PythonFloat } from "../../src/formats/python-values.ts";
import { saltedHmacHex } from "../../src/formats/signing-keys.ts";
import { runVectors, secretOf } from "../vectors/vectors.ts";

const float = (value: number): PythonFloat => new PythonFloat(value);

/** What each Python expression of the cases is in JavaScript. Keys that are not text have become text on the way, as Python does it. */
const PYTHON: Readonly<Record<string, unknown>> = {
  None: null, True: true, False: false, "[]": [], "{}": {}, 0: 0, "-1": -1, "1.0": float(1), "-0.0": -0, "1e15": float(1e15), "1.5e16": 1.5e16,
  "1e21": 1e21, "1e22": 1e22, "5e-324": 5e-324, "1.7976931348623157e308": 1.7976931348623157e308, "3.0e10": float(3e10),
  "2**53": 2n ** 53n, "2**53+1": 2n ** 53n + 1n, "2**64": 2n ** 64n, "-2**63-1": -(2n ** 63n) - 1n,
  "-inf": Number.NEGATIVE_INFINITY, "[inf, nan]": [Number.POSITIVE_INFINITY, Number.NaN],
  "'\\U0001f511'": "\u{1f511}", "'\\ud800'": "\ud800", "'\\udc00x'": "\udc00x", "'\\u2028\\u2029'": "\u2028\u2029",
  "'\\x7f\\x80\\x9f\\xff'": "\x7f\x80\x9f\xff", "'\\b\\t\\n\\x0b\\f\\r'": "\b\t\n\x0b\f\r", "'\"\\\\/'": "\"\\/", "'</script>&<>'": "</script>&<>",
  "{'b': 1, 'a': 2}": { b: 1, a: 2 },
  "{'10': 1, '9': 2, 'x': 3, '1': 4}": new Map([["10", 1], ["9", 2], ["x", 3], ["1", 4]]),
  "{1: 'a', 2: 'b'}": { 1: "a", 2: "b" },
  "{True: 1, False: 0, None: 2}": { true: 1, false: 0, null: 2 },
  "{1.0: 'f', 1.5: 'g', 1e16: 'h'}": { "1.0": "f", "1.5": "g", "1e+16": "h" },
  "{'__proto__': 1, 'constructor': 2}": new Map([["__proto__", 1], ["constructor", 2]]),
  "(1, 2, (3,))": [1, 2, [3]],
  "[1, [2, [3, []]], {'k': {'n': None}}]": [1, [2, [3, []]], { k: { n: null } }],
  "{'a': {'b': {'c': [True, False, None, 1.5, 'x']}}}": { a: { b: { c: [true, false, null, 1.5, "x"] } } },
  "b'x'": new Uint8Array([120]), "{(1, 2): 3}": new Map([[[1, 2], 3]]), "1j": Symbol("1j"), "{b'k': 1}": new Map([[new Uint8Array([107]), 1]]),
};

runVectors("primitives", {
  salted_hmac: (input) => {
    const value = typeof input["value"] === "string" ? input["value"] : secretOf(input["value"]);
    return saltedHmacHex(input["key_salt"], value, Buffer.from(secretOf(input["secret"])), input["algorithm"] ?? "sha1");
  },
  "base62.encode": (input) => encodeBase62(input["n"]),
  "base62.decode": (input) => refuseNull(decodeBase62(input["s"])),
  "b64.encode": (input) => Buffer.from(input["hex"], "hex").toString("base64url"),
  "b64.decode": (input) => Buffer.from(refuseNull(decodePythonBase64(input["s"], "url"))).toString("hex"),
  "json.dumps": (input) => {
    if (!Object.hasOwn(PYTHON, input["python_expr"])) throw new TypeError(`no translation of ${input["python_expr"]}`);
    return writePythonJson(PYTHON[input["python_expr"]]);
  },
  "json.loads": (input) => {
    try {
      return { json_text: writePythonJson(readPythonJson(Buffer.from(input["hex"], "hex").toString("latin1"))) };
    } catch (error) {
      if (error instanceof PythonJsonError) throw new UnsupportedValue("the text", error.message);
      throw error;
    }
  },
});

function refuseNull<Value>(value: Value | null): Value {
  if (value === null) throw new RangeError("refused");
  return value;
}
