/**
 * The documentation is executed: TypeScript blocks and `@example`s type-check against the sources, blocks marked `run` run, shell blocks
 * parse and name scripts that exist, links lead somewhere, and every subpath that is mentioned is exported.
 *
 * Marks behind ```ts: `run` executes the block; `continued` checks it together with the blocks before it in the same document.
 * A comment `<!-- setup: code -->` right before a block is put in front of it.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve, sep } from "node:path";
import { exampleNames, exampleSession } from "./lib/example-names.ts";
import { leavesOpen, listExamples, listExportedNames } from "./lib/examples.ts";
import { listAnchors, listBlocks, listLinks } from "./lib/markdown.ts";
import { inScratchFolder, typeCheck } from "./lib/type-check.ts";

interface Snippet {
  readonly where: string;
  /** Line in `where` of the first line of `text`. */
  readonly line: number;
  readonly text: string;
  /** Put before the text, on one line. */
  readonly setup: string;
}

const root = process.cwd();
const problems: string[] = [];
const report = (where: string, line: number, problem: string): number => problems.push(`${where}:${line}: ${problem}`);
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, string | { "coatcheck-source": string }>; scripts: Record<string, string> };
const documents = ["*.md", "docs/**/*.md", "examples/**/*.md", "bench/**/*.md"].flatMap((pattern) => globSync(pattern)).map((file) => file.replaceAll(sep, "/")).sort();
const only = process.argv.slice(2);
const wanted = (file: string): boolean => only.length === 0 || only.some((start) => file.startsWith(start));

const snippets: Snippet[] = [];
const runs: Snippet[] = [];

for (const document of documents.filter(wanted)) {
  const markdown = readFileSync(document, "utf8");
  checkLinks(document, markdown);
  checkSubpaths(document, markdown);
  let chain: Snippet | undefined;
  for (const { language, marks, text, line, setup } of listBlocks(markdown)) {
    if (language === "sh" || language === "bash") checkShell(document, line, text);
    if (language !== "ts" && language !== "tsx") continue;
    const continues = marks.includes("continued") ? chain : undefined;
    const snippet: Snippet = {
      where: document,
      line,
      text: continues === undefined ? text : continues.text + "\n".repeat(Math.max(1, line - continues.line - continues.text.split("\n").length + 1)) + text,
      setup: [continues?.setup, setup].filter(Boolean).join(" "),
    };
    const placed = continues === undefined ? snippet : { ...snippet, line: continues.line };
    chain = placed;
    snippets.push(placed);
    if (marks.includes("run")) runs.push(placed);
  }
}
// The example of a function shows that function: what it takes from other doors of the package needs no import line there.
const doorNames = new Map<string, string>();
for (const [subpath, target] of Object.entries(manifest.exports)) {
  const source = typeof target === "string" ? undefined : target["coatcheck-source"];
  if (source === undefined || !existsSync(source)) continue;
  for (const name of listExportedNames(readFileSync(source, "utf8"))) {
    if (!doorNames.has(name)) doorNames.set(name, posix.join("coatcheck", subpath));
  }
}
for (const source of globSync("src/**/*.ts").map((file) => file.replaceAll(sep, "/")).sort().filter(wanted)) {
  const code = readFileSync(source, "utf8");
  for (const { text, line } of listExamples(code)) {
    const own = listExportedNames(code).filter((name) => leavesOpen(text, name));
    const others = [...doorNames].filter(([name]) => !own.includes(name) && leavesOpen(text, name));
    const setup = [...own.map((name) => [name, `../../../${source}`]), ...others].map(([name, from]) => `import { ${name} } from "${from}";`);
    snippets.push({ where: source, line, text, setup: setup.join(" ") });
  }
}

function toModule({ text, setup }: Snippet): string {
  const given = Object.entries(exampleNames)
    .filter(([name]) => leavesOpen(`${setup}\n${text}`, name))
    .map(([, declaration]) => declaration);
  return `import type {} from "coatcheck"; ${setup} ${given.join(" ")}\n${text}\n`;
}

/** A module that adds to a global or to the package's types would change what the others see, so it gets a program of its own. */
const changesTypes = ({ text, setup }: Snippet): boolean => /\bdeclare\s+(module|global)\b/.test(`${setup}\n${text}`) || /\/globals"/.test(text);

function checkTypes(together: readonly Snippet[], offset: number): void {
  if (together.length === 0) return;
  const sources = Object.fromEntries(together.map((snippet, i) => [`snippets/${offset + i}.ts`, toModule(snippet)]));
  const ownData = together.some(({ setup, text }) => /\binterface SessionData\b/.test(setup + text));
  const ambient = ownData ? {} : { "session-data.ts": exampleSession };
  for (const { file, line, code, message } of typeCheck({ ...sources, ...ambient }, { compilerOptions: { verbatimModuleSyntax: false } })) {
    const snippet = together[Number(/(\d+)\.ts$/.exec(file)?.[1] ?? -1) - offset];
    if (snippet === undefined || !file.startsWith("snippets/")) continue;
    report(snippet.where, snippet.line + Math.max(0, line - 2), `${code}: ${message}`);
  }
}

function runSnippet(snippet: Snippet): void {
  inScratchFolder(root, (folder) => {
    // Deep enough for the imports of own sources, and a working folder of its own for what the snippet makes.
    mkdirSync(join(folder, "snippets"));
    const file = join(folder, "snippets", "run.ts");
    writeFileSync(file, toModule(snippet));
    const { status, stderr, signal } = spawnSync(process.execPath, ["--conditions=coatcheck-source", "--disable-warning=ExperimentalWarning", file], {
      cwd: dirname(file),
      encoding: "utf8",
      timeout: 30_000,
    });
    if (status !== 0) report(snippet.where, snippet.line, `the block does not run: ${signal === null ? stderr.trim() : "not finished after 30 s"}`);
  });
}

function checkShell(document: string, line: number, text: string): void {
  const { status, stderr } = spawnSync("bash", ["-n"], { input: text, encoding: "utf8" });
  if (status !== 0) report(document, line, `the shell cannot read the block: ${stderr.trim()}`);
  for (const [, name = ""] of text.matchAll(/\bnpm (?:run(?: --silent)? )?(start|test|(?<=run(?: --silent)? )[\w:-]+)/g)) {
    if (!(name in manifest.scripts)) report(document, line, `"npm run ${name}" is no script of package.json`);
  }
}

function checkLinks(document: string, markdown: string): void {
  for (const { target, line } of listLinks(markdown)) {
    if (/^[a-z][a-z+.-]*:/i.test(target)) continue;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? document : relative(root, resolve(root, dirname(document), decodeURI(path)));
    if (!existsSync(file)) report(document, line, `the link to ${target} leads nowhere`);
    else if (anchor !== undefined && file.endsWith(".md") && !listAnchors(readFileSync(file, "utf8")).has(anchor)) report(document, line, `${path || "this page"} has no heading #${anchor}`);
    else if (statSync(file).isDirectory() && anchor !== undefined) report(document, line, `the link to ${target} names a heading of a folder`);
  }
}

function checkSubpaths(document: string, markdown: string): void {
  markdown.split("\n").forEach((text, i) => {
    for (const [, subpath = ""] of text.matchAll(/["'`]coatcheck\/([a-z][\w/-]*)["'`]/g)) {
      if (!(`./${subpath}` in manifest.exports)) report(document, i + 1, `coatcheck/${subpath} is not exported`);
    }
  });
}

const alone = snippets.filter(changesTypes);
checkTypes(snippets.filter((snippet) => !changesTypes(snippet)), 0);
for (const snippet of alone) checkTypes([snippet], 0);
for (const snippet of runs) runSnippet(snippet);

for (const problem of problems.sort()) console.error(problem);
const seen = `${documents.filter(wanted).length} documents, ${snippets.length} snippets (${runs.length} run)`;
if (problems.length === 0) console.log(`Docs: ${seen} hold.`);
else console.error(`Docs: ${problems.length} problems in ${seen}.`);
process.exitCode = problems.length > 0 ? 1 : 0;
