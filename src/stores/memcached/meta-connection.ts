import { readStopwatch } from "../../clock.ts";
import { connect, type Socket } from "node:net";
import { afterReading } from "../time-limit.ts";
import { NotSentError } from "./client.ts";
import { MetaReplies, type MetaReply } from "./meta-reply.ts";

interface Waiting {
  readonly command: string;
  /** What the server is asked to repeat in its answer. */
  readonly opaque: string;
  readonly resolve: (reply: MetaReply) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A connection that has not answered its oldest command for so long is given up when the next command comes, after one more look: the answer
 * may be here and unread, when it is this process that was busy.
 */
const STUCK_MS = 1000;

/**
 * One pipelined connection to one server. It connects when a command wants to leave and sets no timer: a command that may wait no longer is
 * aborted by its caller, and taken back if it has not left yet.
 */
export class MetaConnection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #isConnected = false;
  #isClosed = false;
  #replies = new MetaReplies();
  #unsent: Waiting[] = [];
  #sent: (Waiting & { readonly at: number })[] = [];
  #opaque = 0;
  /** The connection is being looked at once more; nothing is written meanwhile. */
  #isDoubted = false;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /**
   * @param line the command's line, without its end
   * @param block what comes after the line
   * @throws NotSentError when it never left; another Error when the connection broke before the answer.
   */
  send(line: string, block: string, signal: AbortSignal | undefined): Promise<MetaReply> {
    if (this.#isClosed) return Promise.reject(new NotSentError("The client is closed."));
    this.#doubtIfStuck();
    const opaque = String(this.#opaque++);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        command: `${line} O${opaque}\r\n${block}`,
        opaque,
        resolve: (reply) => {
          signal?.removeEventListener("abort", takeBack);
          resolve(reply);
        },
        reject: (error) => {
          signal?.removeEventListener("abort", takeBack);
          reject(error);
        },
      };
      const takeBack = (): void => {
        const at = this.#unsent.indexOf(waiting);
        if (at === -1) return;
        this.#unsent.splice(at, 1);
        waiting.reject(new NotSentError("memcached was not connected in time."));
      };
      signal?.addEventListener("abort", takeBack, { once: true });
      this.#unsent.push(waiting);
      if (!this.#isConnected) this.#connect();
      else if (!this.#isDoubted) this.#flush();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
    this.#end(new Error("The client was closed."));
  }

  #connect(): void {
    if (this.#socket) return;
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    this.#socket = socket;
    this.#replies = new MetaReplies();
    let failure: Error = new Error("memcached closed the connection.");
    socket.on("connect", () => {
      if (socket !== this.#socket) return;
      this.#isConnected = true;
      this.#flush();
    });
    socket.on("data", (chunk: Uint8Array) => {
      if (socket === this.#socket) this.#receive(chunk);
    });
    socket.on("error", (error) => {
      failure = error;
    });
    socket.on("close", () => {
      if (socket === this.#socket) this.#end(failure);
    });
  }

  #flush(): void {
    const leaving = this.#unsent;
    this.#unsent = [];
    const at = readStopwatch();
    for (const waiting of leaving) this.#sent.push({ ...waiting, at });
    this.#socket?.write(leaving.map((waiting) => waiting.command).join(""));
  }

  #receive(chunk: Uint8Array): void {
    for (const reply of this.#replies.push(chunk)) {
      const waiting = this.#sent[0];
      if (waiting === undefined || (reply.opaque !== undefined && reply.opaque !== waiting.opaque)) {
        // Whose answers these are nobody knows any more: nobody gets one.
        this.#drop(new Error("memcached answered out of turn."));
        return;
      }
      this.#sent.shift();
      waiting.resolve(reply);
    }
  }

  get #isStuck(): boolean {
    const oldest = this.#sent[0];
    return oldest !== undefined && readStopwatch() - oldest.at >= STUCK_MS;
  }

  #doubtIfStuck(): void {
    if (this.#isDoubted || !this.#isStuck) return;
    this.#isDoubted = true;
    afterReading(() => this.#decide());
  }

  #decide(): void {
    this.#isDoubted = false;
    if (this.#isStuck) this.#drop(new Error("memcached has stopped answering."));
    else if (this.#isConnected && this.#unsent.length > 0) this.#flush();
  }

  /** The server was frozen, or the network swallows packets: whoever waits for an answer is told, and whatever has not left goes over a new connection. */
  #drop(failure: Error): void {
    this.#socket?.destroy();
    const unsent = this.#unsent;
    this.#unsent = [];
    this.#end(failure);
    this.#unsent = unsent;
    if (unsent.length > 0) this.#connect();
  }

  #end(failure: Error): void {
    this.#socket = undefined;
    this.#isConnected = false;
    const [sent, unsent] = [this.#sent, this.#unsent];
    this.#sent = [];
    this.#unsent = [];
    for (const waiting of sent) waiting.reject(failure);
    for (const waiting of unsent) waiting.reject(new NotSentError(failure.message, { cause: failure }));
  }
}
