import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { listBlocks, type CodeBlock } from "../../scripts/lib/markdown.ts";
import { CSRF_REASONS } from "../../src/csrf/reasons.ts";
import { REASONS } from "../../src/manager/reasons.ts";
import { CookieJar } from "../../src/testing/cookie-jar.ts";
import { ask, type Answer } from "../support/http.ts";
import { linkPackages, npm, packTarball } from "../support/packed.ts";

const guide = new URL("../../docs/guide/", import.meta.url);
const root = fileURLToPath(new URL("../../", import.meta.url));
const commandsFolder = join(root, "node_modules", ".bin");
const readPage = (name: string): string => readFileSync(new URL(name, guide), "utf8");
const page = readPage("first-steps.md");

/** Somebody who knows Express and does what the page says, block by block, in a folder of their own. */
class Reader {
  folder: string = mkdtempSync(join(tmpdir(), "coatcheck-guide-"));
  readonly #home = this.folder;
  readonly #blocks: CodeBlock[] = listBlocks(page);
  #server: ChildProcess | null = null;
  port = 0;
  /** What the server printed. */
  output = "";

  /** Follows the page until it has started the server once more, or to its end. @returns whether a server was started */
  async readOn(): Promise<boolean> {
    for (let block = this.#blocks.shift(); block !== undefined; block = this.#blocks.shift()) {
      const file = block.marks.find((mark) => mark.startsWith("file="))?.slice("file=".length);
      if (file !== undefined) writeFileSync(join(this.folder, file), block.text);
      else if (block.language === "sh" && (await this.#type(block.text))) return true;
    }
    return false;
  }

  /** @returns whether a server was started */
  async #type(commands: string): Promise<boolean> {
    for (const command of commands.split("\n").filter((line) => line.trim() !== "")) {
      const [, entered] = /^cd (\S+)$/.exec(command) ?? [];
      const [, names] = /^npm install ((?:[@\w/-]+ ?)+)$/.exec(command.replace("--save-dev ", "")) ?? [];
      const [, settings = "", program] = /^((?:\w+=\S* )*)node (\S+)$/.exec(command) ?? [];
      if (entered !== undefined) this.folder = resolve(this.folder, entered);
      else if (names !== undefined) this.#install(names.split(" "));
      else if (program !== undefined) {
        await this.start(program, Object.fromEntries(settings.trim().split(" ").map((pair) => pair.split("="))));
        return true;
      } else {
        // A linked package has no command in the reader's folder, so npx would ask the registry.
        const env = { ...process.env, PATH: `${commandsFolder}${delimiter}${process.env["PATH"]}` };
        const { status, stdout, stderr } = spawnSync("bash", ["-ec", command.replace(/^npx /, "")], { cwd: this.folder, encoding: "utf8", env });
        assert.equal(status, 0, `${command}: ${stdout}${stderr}`);
      }
    }
    return false;
  }

  /** What the registry would bring comes from here: the package from its tarball, everything else from our own folder. */
  #install(names: readonly string[]): void {
    if (names.includes("coatcheck")) npm(["install", packTarball()], this.folder);
    linkPackages(this.folder, names.filter((name) => name !== "coatcheck"));
  }

  async start(program: string, settings: Record<string, string | undefined>): Promise<void> {
    this.port = await findPort();
    this.output = "";
    const env = { PATH: process.env["PATH"], ...settings, PORT: String(this.port) };
    const server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], { cwd: this.folder, env, stdio: ["ignore", "pipe", "pipe"] });
    this.#server = server;
    const hear = (chunk: Buffer): string => (this.output += chunk.toString("utf8"));
    server.stderr.on("data", hear);
    const opened = new Promise<void>((found, failed) => {
      server.stdout.on("data", (chunk: Buffer) => void (hear(chunk).includes("Open http://") && found()));
      server.once("exit", () => failed(new Error(`The shop did not start:\n${this.output}`)));
    });
    await opened;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }

  async leave(): Promise<void> {
    await this.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** A browser with the shop open in it. */
class Browser {
  readonly jar: CookieJar = new CookieJar();
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  async open(path: string): Promise<Answer> {
    return this.#ask(path, {});
  }

  /** Presses a button of the page that it sees, and follows the redirect. */
  async press(action: string, fields: Record<string, string> = {}): Promise<Answer> {
    const { text } = await this.open("/");
    const form = text.split("<form").find((part) => part.includes(`action="${action}"`));
    const [, token = ""] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(form ?? "") ?? [];
    assert.notEqual(token, "", `the form of ${action} carries a token`);
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, ...fields }).toString();
    const answer = await this.#ask(action, { "content-type": "application/x-www-form-urlencoded", origin: this.#address, "sec-fetch-site": "same-origin" }, body);
    assert.equal(answer.status, 303, answer.text);
    return this.open(answer.headers.location ?? "");
  }

  /** The browser is on the same page as ever, whatever port the server was given this time. */
  get #address(): string {
    return `http://localhost:${this.#reader.port}`;
  }

  async #ask(path: string, headers: Record<string, string>, body?: string): Promise<Answer> {
    const url = this.#address + path;
    const cookie = this.jar.header(url);
    const all = { host: `localhost:${this.#reader.port}`, ...headers, ...(cookie === undefined ? {} : { cookie }) };
    const answer = await ask(this.#reader.port, path, { headers: all, ...(body === undefined ? {} : { method: "POST", body }) });
    this.jar.receive(answer.headers["set-cookie"] ?? [], url);
    return answer;
  }
}

const cartOf = ({ text }: Answer): string[] => [...text.matchAll(/<li>([^<]*)<\/li>/g)].map((match) => match[1] ?? "");

describe("the guide's first steps, followed to the letter in an empty folder", () => {
  let reader: Reader;
  before(() => {
    reader = new Reader();
  });
  after(() => reader.leave());

  it("counts the visits of two browsers apart", async () => {
    assert.ok(await reader.readOn(), "a server was started");
    const one = new Browser(reader);
    const two = new Browser(reader);
    for (const visit of [1, 2, 3]) assert.match((await one.open("/")).text, new RegExp(`Visit ${visit}<`));
    assert.match((await two.open("/")).text, /Visit 1</);
    assert.deepEqual(one.jar.list().map(({ name }) => name), ["sessionid"], "the ticket is all that the browser holds");
    await reader.stop();
  });

  it("keeps two carts apart, each book once, over a restart, and deletes an emptied session", async () => {
    assert.ok(await reader.readOn(), "a server was started");
    const one = new Browser(reader);
    const two = new Browser(reader);
    const first = await one.press("/cart", { book: "emma" });
    assert.match(first.text, /It is in your cart\./, "the message is shown");
    assert.deepEqual(cartOf(first), ["Emma"]);
    assert.doesNotMatch((await one.open("/")).text, /It is in your cart\./, "and only once");
    assert.deepEqual(cartOf(await two.press("/cart", { book: "moby" })), ["Moby-Dick"]);
    assert.deepEqual(cartOf(await one.press("/cart", { book: "emma" })), ["Emma"], "a book is in the cart once");

    await reader.stop();
    await reader.start("shop.ts", { NODE_ENV: "development" });
    assert.deepEqual(cartOf(await one.open("/")), ["Emma"]);
    assert.deepEqual(cartOf(await two.open("/")), ["Moby-Dick"]);

    assert.deepEqual(cartOf(await one.press("/cart/clear")), []);
    assert.equal(one.jar.get("sessionid"), undefined, "the browser was told to drop the ticket");
    assert.deepEqual(cartOf(await two.open("/")), ["Moby-Dick"], "the other browser's cart is its own");
    assert.doesNotMatch(reader.output, /coatcheck: \[/, "nothing had to be explained");
  });

  it("refuses the buttons to a page of another site", async () => {
    const { port } = reader;
    const headers = { host: `localhost:${port}`, origin: "https://elsewhere.example", "sec-fetch-site": "cross-site", "content-type": "application/x-www-form-urlencoded" };
    const { status } = await ask(port, "/cart", { method: "POST", headers, body: "book=emma" });
    assert.equal(status, 403);
  });

  it("type-checks as the page says", async () => {
    assert.equal(await reader.readOn(), false, "the rest of the page starts no server");
  });
});

describe("the guide", () => {
  it("explains every word of Coatcheck-Reason", () => {
    const mistakes = readPage("mistakes.md");
    for (const word of Object.keys(REASONS)) assert.ok(mistakes.includes(`| \`${word}\` |`), `docs/guide/mistakes.md says nothing of ${word}`);
  });

  it("lists every event", () => {
    const events = readPage("events.md");
    const published = globSync("src/**/*.ts", { cwd: root }).flatMap((file) => [...readFileSync(join(root, file), "utf8").matchAll(/\bpublish\(\s*"([a-z]+\.[a-z-]+)"/g)].map((match) => match[1] as string));
    assert.ok(published.length > 20, "the events are found in the sources");
    for (const event of new Set(published)) assert.ok(events.includes(`\`${event}\``), `docs/guide/events.md says nothing of ${event}`);
  });

  it("explains every word of a CSRF refusal", () => {
    const csrf = readPage("csrf.md");
    for (const word of Object.keys(CSRF_REASONS)) assert.ok(csrf.includes(`\`${word}\``), `docs/guide/csrf.md says nothing of ${word}`);
  });

  it("lists every page, and each page but the last leads to the next", () => {
    const contents = readPage("README.md");
    const pages = [...contents.matchAll(/^\d+\. \[[^\]]+\]\(([\w-]+\.md)\)/gm)].map((match) => match[1] as string);
    assert.deepEqual([...pages].sort(), readdirSync(guide).filter((name) => name !== "README.md").sort());
    pages.forEach((name, at) => {
      assert.ok(readPage(name).startsWith(`# ${at + 1}. `), `${name} is number ${at + 1}`);
      const next = pages[at + 1] ?? "README.md";
      assert.match(readPage(name).trimEnd().split("\n").at(-1) ?? "", new RegExp(`^(?:Next|Back to).*\\(${next}\\)\\.$`), `${name} leads to ${next}`);
    });
  });
});
