const NOT_IN_ALPHABET = 255;
const PAD = "=".charCodeAt(0);

function buildTable(extra: readonly (readonly [string, number])[]): Uint8Array {
  const table = new Uint8Array(256).fill(NOT_IN_ALPHABET);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (let at = 0; at < alphabet.length; at++) table[alphabet.charCodeAt(at)] = at;
  for (const [character, worth] of extra) table[character.charCodeAt(0)] = worth;
  return table;
}

/**
 * `standard` is `base64.b64decode`. `url` is what Django does with signed values: the padding, which was cut off, is added, and both
 * alphabets are read.
 */
export type PythonBase64Kind = "standard" | "url";

const TABLES: Readonly<Record<PythonBase64Kind, Uint8Array>> = {
  standard: buildTable([["+", 62], ["/", 63]]),
  url: buildTable([["+", 62], ["-", 62], ["/", 63], ["_", 63]]),
};

/**
 * Base64 as Python's lenient decoder reads it: characters outside the alphabet are skipped, nothing is read behind complete padding.
 * Only for text that was, or is about to be, authenticated: one content has many spellings here.
 *
 * @returns the bytes, or null where Python raises `binascii.Error`
 */
export function decodePythonBase64(text: string, kind: PythonBase64Kind): Uint8Array | null {
  const table = TABLES[kind];
  const input = Buffer.from(text, "utf8");
  const added = kind === "url" ? (4 - (input.length % 4)) % 4 : 0;
  const output = new Uint8Array(Math.ceil((input.length * 3) / 4) + 3);
  let written = 0;
  let place = 0;
  let pads = 0;
  let kept = 0;
  for (let at = 0; at < input.length + added; at++) {
    const byte = at < input.length ? (input[at] as number) : PAD;
    if (byte === PAD) {
      if (place >= 2 && place + ++pads >= 4) return output.subarray(0, written);
      continue;
    }
    const worth = table[byte] as number;
    if (worth === NOT_IN_ALPHABET) continue;
    pads = 0;
    if (place > 0) output[written++] = ((kept << (place * 2)) | (worth >> (6 - place * 2))) & 255;
    kept = worth;
    place = (place + 1) % 4;
  }
  return place === 0 ? output.subarray(0, written) : null;
}
