import { BadSignature } from "../errors.ts";
import { decodePythonBase64 } from "./python-base64.ts";
import { PythonJsonError, readPythonJson } from "./python-json-read.ts";
import type { PythonValue } from "./python-values.ts";
import { deflate } from "./zlib/deflate.ts";
import { inflate, InflateError } from "./zlib/inflate.ts";

/** Options of the functions that sign values rather than texts. */
export interface PayloadOptions {
  /** Compress where that is shorter. The default is `false`: compression betrays how much of a secret beside foreign text was guessed. */
  readonly compress?: boolean;
  /** The most that a compressed payload may unfold to, in bytes. The default is 1 MiB. */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 1024 * 1024;

/** The signature fits, but what it covers is no payload. */
export class PayloadUnreadable extends BadSignature {
  constructor(what: string, options?: ErrorOptions) {
    super(`The signature fits, but ${what}.`);
    if (options?.cause !== undefined) this.cause = options.cause;
  }
}

/**
 * JSON text as Django puts it before a signature: base64url, or a dot and base64url of the zlib stream if that saves more than one byte.
 *
 * @param json ASCII only, as `writePythonJson` makes it
 */
export function encodePayload(json: string, options?: PayloadOptions): string {
  const plain = Buffer.from(json, "latin1");
  if (options?.compress === true) {
    const compressed = deflate(plain);
    if (compressed.length < plain.length - 1) return `.${Buffer.from(compressed).toString("base64url")}`;
  }
  return plain.toString("base64url");
}

/**
 * Reads what stood before a signature that fitted: never call it on text whose signature was not checked.
 *
 * @throws PayloadUnreadable
 */
export function decodePayload(payload: string, options?: PayloadOptions): PythonValue {
  const isCompressed = payload.startsWith(".");
  const bytes = decodePythonBase64(isCompressed ? payload.slice(1) : payload, "url");
  if (bytes === null) throw new PayloadUnreadable("the payload is not base64");
  try {
    const plain = isCompressed ? inflate(bytes, options?.maxBytes ?? DEFAULT_MAX_BYTES) : bytes;
    return readPythonJson(Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString("latin1"));
  } catch (cause) {
    if (cause instanceof InflateError) throw new PayloadUnreadable(`the compressed payload is ${cause.problem}`, { cause });
    if (cause instanceof PythonJsonError) throw new PayloadUnreadable("the payload is not JSON", { cause });
    throw cause;
  }
}
