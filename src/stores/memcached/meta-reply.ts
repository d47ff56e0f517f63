/** One answer of the meta protocol. */
export interface MetaReply {
  /** `HD`, `EN`, `NF`, `NS`, `EX`, `VA`, or an error's first word. */
  readonly code: string;
  /** The rest of the line. */
  readonly rest: string;
  /** What the command had in its flag `O`; undefined in answers without flags: a miss of old servers, an error. */
  readonly opaque: string | undefined;
  /** What came with `VA`. */
  readonly value: Uint8Array | undefined;
}

/** Their lines are prose. */
const ERRORS: ReadonlySet<string> = new Set(["ERROR", "CLIENT_ERROR", "SERVER_ERROR"]);

const LINE_FEED = 10;
const LINE_END_BYTES = 2;

/** Cuts a stream of bytes into answers. */
export class MetaReplies {
  #chunks: Uint8Array[] = [];
  #length = 0;
  /** Do not look again before so many bytes are there: a large value comes in many chunks. */
  #needed = 0;

  /** Takes more bytes and returns the answers that are complete by now. */
  push(chunk: Uint8Array): MetaReply[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return [];
    const bytes = this.#chunks.length === 1 ? chunk : concat(this.#chunks, this.#length);
    const replies: MetaReply[] = [];
    let at = 0;
    this.#needed = 0;
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, at);
      if (end === -1) break;
      const [code = "", ...words] = new TextDecoder().decode(bytes.subarray(at, end - 1)).split(" ");
      const size = code === "VA" ? Number(words[0]) : undefined;
      const next = end + 1 + (size === undefined ? 0 : size + LINE_END_BYTES);
      if (next > bytes.length) {
        this.#needed = next - at;
        break;
      }
      const opaque = ERRORS.has(code) ? undefined : words.find((word) => word.startsWith("O"))?.slice(1);
      replies.push({ code, rest: words.join(" "), opaque, value: size === undefined ? undefined : bytes.subarray(end + 1, end + 1 + size) });
      at = next;
    }
    const left = bytes.subarray(at);
    this.#chunks = left.length === 0 ? [] : [left];
    this.#length = left.length;
    return replies;
  }
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
