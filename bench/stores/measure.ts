import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { startOwnPostgres } from "../../test/support/engines/postgres.ts";
import { startOwnRedis } from "../../test/support/engines/redis.ts";
import { median } from "../harness/statistics.ts";
import { shuffle } from "../harness/shuffle.ts";
import type { Verdict } from "../wanted.ts";

export type StoreEngine = "redis" | "postgres";
type Kind = "bare" | "ours" | "peer";

/**
 * First the two whose ratio is wanted, then all three. The peers' reads write as well (they touch), and what PostgreSQL has to clean up afterwards
 * would fall on whoever comes next.
 */
const MATCHES: readonly (readonly Kind[])[] = [
  ["bare", "ours"],
  ["bare", "ours", "peer"],
];
const ROWS = ["read", "write"] as const;
const NAMES: Readonly<Record<StoreEngine, Readonly<Record<Kind, string>>>> = {
  redis: { bare: "bare handler, one GET (and one SET)", ours: "coatcheck/node with redisStore", peer: "express-session with connect-redis" },
  postgres: { bare: "bare handler, one SELECT (and one upsert)", ours: "coatcheck/node with postgresStore", peer: "express-session with connect-pg-simple" },
};
const CONNECTIONS = 16;
/** In one turn: so many that what the contender before has left in the processor's caches hardly counts. */
const REQUESTS = 3200;
/** Reads reach so much of what a bare handler does. */
const WANTED = 0.9;

export interface StoreRow {
  readonly engine: StoreEngine;
  readonly row: (typeof ROWS)[number];
  readonly name: string;
  readonly kind: Kind;
  /** How many took turns. */
  readonly contenders: number;
  /** Requests a second. */
  readonly throughput: number;
  /** The median, over the rounds, of its throughput by the bare handler's in the same round. */
  readonly ofBare: number;
}

/** Real servers on loopback, each contender a process of its own, in turns: every round asks each of them, in an order by chance. */
export async function measureStores(rounds: number, random: () => number): Promise<StoreRow[]> {
  const rows: StoreRow[] = [];
  for (const engine of ["redis", "postgres"] as const) {
    const server = engine === "redis" ? await startOwnRedis(["--appendonly", "no"]) : await startOwnPostgres(["-c", "fsync=off", "-c", "synchronous_commit=off"]);
    const contenders: Contender[] = [];
    try {
      for (const kinds of MATCHES) {
        for (const kind of kinds.slice(contenders.length)) contenders.push(await Contender.open(engine, kind, server.url));
        for (const row of ROWS) rows.push(...(await compare(engine, row, contenders, rounds, random)));
      }
    } finally {
      for (const contender of contenders) contender.close();
      await server.stop();
    }
  }
  return rows;
}

async function compare(engine: StoreEngine, row: StoreRow["row"], contenders: readonly Contender[], rounds: number, random: () => number): Promise<StoreRow[]> {
  const kinds = contenders.map(({ kind }) => kind);
  const measured = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]));
  for (let round = -3; round < rounds; round++) {
    for (const contender of shuffle(contenders, random)) {
      const throughput = await contender.load(`/${row}`);
      if (round >= 0) measured.get(contender.kind)?.push(throughput);
    }
  }
  const bare = measured.get("bare") ?? [];
  return kinds.map((kind) => {
    const own = measured.get(kind) ?? [];
    return { engine, row, kind, contenders: kinds.length, name: NAMES[engine][kind], throughput: median(own), ofBare: median(own.map((value, index) => value / (bare[index] ?? Number.NaN))) };
  });
}

export function judgeStores(rows: readonly StoreRow[]): Verdict[] {
  const verdicts: Verdict[] = [];
  for (const ours of rows.filter(({ kind }) => kind === "ours")) {
    const peer = rows.find(({ engine, row, kind, contenders }) => engine === ours.engine && row === ours.row && kind === "peer" && contenders === ours.contenders);
    if (peer !== undefined) verdicts.push({ what: `${ours.engine}, ${ours.row}, against ${peer.name}`, wanted: "more requests", measured: `${ours.throughput.toFixed(0)} : ${peer.throughput.toFixed(0)} a second`, ok: ours.throughput > peer.throughput });
    else if (ours.row === "read") verdicts.push({ what: `${ours.engine}, read, as a part of a bare handler`, wanted: `at least ${WANTED}`, measured: ours.ofBare.toFixed(2), ok: ours.ofBare >= WANTED });
  }
  return verdicts;
}

export function storesTable(rows: readonly StoreRow[]): string {
  const lines = rows.map(({ engine, row, name, contenders, throughput, ofBare }) => `| ${engine} | ${row} | ${contenders} | ${name} | ${throughput.toFixed(0)} | ${ofBare.toFixed(2)} |`);
  return ["| engine | row | taking turns | contender | requests a second | of the bare handler |", "| --- | --- | ---: | --- | ---: | ---: |", ...lines].join("\n");
}

/** A server in a process of its own, and the browsers that ask it. */
class Contender {
  readonly kind: Kind;
  readonly #child: ChildProcess;
  readonly #browsers: readonly Browser[];

  private constructor(kind: Kind, child: ChildProcess, browsers: readonly Browser[]) {
    this.kind = kind;
    this.#child = child;
    this.#browsers = browsers;
  }

  static async open(engine: StoreEngine, kind: Kind, url: string): Promise<Contender> {
    const child = fork(fileURLToPath(new URL("./server.ts", import.meta.url)), [engine, kind, url], { execArgv: ["--conditions=coatcheck-source"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const [port] = (await once(child, "message")) as [number];
    const browsers = await Promise.all(Array.from({ length: CONNECTIONS }, () => Browser.open(port)));
    for (const browser of browsers) await browser.seed();
    return new Contender(kind, child, browsers);
  }

  /** @returns requests a second */
  async load(path: string): Promise<number> {
    const begun = performance.now();
    await Promise.all(this.#browsers.map((browser) => browser.ask(path, REQUESTS / CONNECTIONS)));
    return REQUESTS / ((performance.now() - begun) / 1000);
  }

  close(): void {
    for (const browser of this.#browsers) browser.close();
    this.#child.disconnect();
  }
}

/** One connection with one session, that sends a request when the answer to the last one has come. */
class Browser {
  readonly #socket: Socket;
  #cookie = "";
  #heard = "";
  #answered: ((head: string, body: string) => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      this.#heard += chunk.toString("latin1");
      const end = this.#heard.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = this.#heard.slice(0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
      const body = this.#heard.slice(end + 4);
      // Without a length the answer comes in chunks, of which the last is empty.
      if (Number.isNaN(length) ? !body.endsWith("0\r\n\r\n") : body.length < length) return;
      this.#heard = "";
      this.#answered?.(head, body);
    });
  }

  static async open(port: number): Promise<Browser> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Browser(socket);
  }

  async seed(): Promise<void> {
    const { head } = await this.#send("/seed");
    this.#cookie = [...head.matchAll(/set-cookie: ([^;\r]+)/gi)].map(([, pair]) => pair).join("; ");
    if (this.#cookie === "") throw new Error("The server gave no cookie.");
  }

  async ask(path: string, times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const { head, body } = await this.#send(path);
      if (!head.startsWith("HTTP/1.1 200") || !body.includes("ada ")) throw new Error(`A wrong answer: ${head.slice(0, 40)} ${body.slice(0, 40)}`);
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(path: string): Promise<{ head: string; body: string }> {
    return new Promise((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#answered = (head, body) => {
        this.#socket.off("error", reject);
        resolve({ head, body });
      };
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nCookie: ${this.#cookie}\r\n\r\n`);
    });
  }
}
