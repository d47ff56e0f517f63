import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createCoatcheck, type Coat, type CoatcheckOptions } from "coatcheck";
import { coatcheck } from "../../src/adapters/node.ts";
import type { SessionStore } from "../../src/store/store.ts";
import { ask, serve, type TestServer } from "./http.ts";
import type { AnyData } from "./view.ts";

/** A browser: its cookie, and the words whose answer it has seen. */
export interface Writer {
  cookie: string;
  readonly acknowledged: string[];
}

/** An application that keeps words in the session, over a real HTTP server. */
export class WordServer {
  readonly #server: TestServer;
  /** What the handler does between reading the session and the commit. */
  between: () => void | Promise<void>;
  /** The longest that any request took, in milliseconds. */
  longestMs = 0;
  readonly statuses = new Map<number, number>();

  private constructor(server: TestServer, hooks: { between: () => void | Promise<void> }) {
    this.#server = server;
    this.between = () => {};
    hooks.between = () => this.between();
  }

  static async start(store: SessionStore, options: CoatcheckOptions = {}): Promise<WordServer> {
    const cloakroom = createCoatcheck<AnyData>({ store, production: false, log: () => {}, ...options });
    const hooks = { between: (): void | Promise<void> => {} };
    const answer = async (req: IncomingMessage, res: ServerResponse, coat: Coat<AnyData>): Promise<void> => {
      const [, verb = "", word = ""] = (req.url ?? "").split("/");
      const words = (): string[] => (coat.session.get("words") as string[] | undefined) ?? [];
      if (verb === "add") {
        coat.session.change("words", () => [...words(), word]);
        await hooks.between();
      }
      if (verb === "out") coat.session.flush();
      res.end(JSON.stringify(verb === "out" ? [] : words()));
    };
    return new WordServer(await serve(coatcheck<AnyData>(cloakroom, answer, { onError: () => {} })), hooks);
  }

  async send(writer: Writer, path: string): Promise<{ status: number; words: string[]; retryAfter: string | undefined }> {
    const begun = performance.now();
    const answer = await ask(this.#server.port, path, writer.cookie === "" ? {} : { headers: { cookie: writer.cookie } });
    this.longestMs = Math.max(this.longestMs, performance.now() - begun);
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    const set = answer.headers["set-cookie"]?.find((line) => line.startsWith("sessionid="));
    if (set !== undefined) writer.cookie = set.startsWith("sessionid=;") ? "" : (set.split(";")[0] ?? "");
    if (answer.status === 200 && path.startsWith("/add/")) writer.acknowledged.push(path.slice("/add/".length));
    return { status: answer.status, words: answer.status === 200 ? (JSON.parse(answer.text) as string[]) : [], retryAfter: answer.headers["retry-after"] };
  }

  /** Browsers that have begun a session each. On a busy machine the time limit of a store may take a second attempt. */
  async begin(count: number): Promise<Writer[]> {
    const writers = Array.from({ length: count }, (): Writer => ({ cookie: "", acknowledged: [] }));
    for (let attempt = 0; attempt < 5; attempt++) {
      const missing = writers.filter(({ cookie }) => cookie === "");
      await Promise.all(missing.map((writer, index) => this.send(writer, `/add/first-${index}`)));
    }
    for (const writer of writers) assert.notEqual(writer.cookie, "");
    return writers;
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

/** Every acknowledged word is there, and none twice. */
export function assertWords(words: readonly string[], acknowledged: readonly string[]): void {
  assert.equal(new Set(words).size, words.length, "a word came twice");
  const there = new Set(words);
  assert.deepEqual(acknowledged.filter((word) => !there.has(word)), [], "acknowledged words that are gone");
}
