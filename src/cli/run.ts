import { readFileSync } from "node:fs";
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { textOption, type Command, type OptionValues } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { EXIT, tellError, usageFailure, type ExitCode } from "./failure.ts";
import { TypesNeedFlag } from "./load-config.ts";
import { open, type Opened } from "./open.ts";
import { writeLine, type Terminal } from "./terminal.ts";

const COMMON: ParseArgsOptionsConfig = {
  config: { type: "string" },
  store: { type: "string" },
  namespace: { type: "string" },
  json: { type: "boolean" },
  verbose: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

const COMMON_HELP: readonly (readonly [string, string])[] = [
  ["--config FILE", "the module that exports your cloakroom; default: coatcheck.config.ts, .js or .mjs in this folder"],
  ["--store URL", "a store instead: sqlite:PATH, file:FOLDER, postgres://…, mysql://…, redis://…, memcached://HOST:PORT"],
  ["--namespace NAME", "with --store: only the sessions of the application that has this `namespace`"],
  ["--json", "one JSON document"],
  ["--verbose", "where an error came from"],
];

/**
 * Runs one command line.
 *
 * @param words without the program's own name
 * @returns the exit code
 * @throws TypesNeedFlag when Node has to be started anew, able to read TypeScript
 */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const json = words.includes("--json");
  let opened: Opened | undefined;
  try {
    const command = COMMANDS.find(({ name }) => name === words[0]);
    if (command === undefined) return showOverview(words, terminal);
    const { values, positionals } = parse(command, words.slice(1));
    if (values["help"] === true) return showHelp(command, terminal);
    return await command.run({
      terminal,
      values,
      positionals,
      json,
      open: async (needs) => (opened ??= await open(terminal.cwd, { config: textOption(values, "config"), storeUrl: textOption(values, "store"), namespace: textOption(values, "namespace") }, needs)),
      show: (document, lines) => {
        if (json) writeLine(terminal.output, JSON.stringify(document));
        else for (const line of lines) writeLine(terminal.output, line);
      },
    });
  } catch (error) {
    if (error instanceof TypesNeedFlag) throw error;
    return showError(error, json, words.includes("--verbose"), terminal);
  } finally {
    await opened?.close().catch(() => undefined);
  }
}

/** An id, which may begin with a dash. No option is as long. */
const DASHED_ID = /^-[\w-]{42}$/;

function parse(command: Command, words: readonly string[]): { values: OptionValues; positionals: string[] } {
  const ids = words.filter((word) => DASHED_ID.test(word));
  const args = ids.length === 0 ? [...words] : [...words.filter((word) => !DASHED_ID.test(word)), "--", ...ids];
  try {
    return parseArgs({ args, options: { ...COMMON, ...command.options }, allowPositionals: true, strict: true });
  } catch (error) {
    // Node's sentence may repeat a value, for instance a password in a URL: only the option's name is kept.
    const { code, message } = error as { code?: string; message: string };
    const option = /'(-{1,2}[A-Za-z][\w-]*)/.exec(message)?.[1];
    const problem = code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? "there is no such option" : "its value is missing, or it takes none";
    throw usageFailure(`${option ?? "The options"}: ${problem}; see \`coatcheck ${command.name} --help\`.`);
  }
}

function showOverview(words: readonly string[], terminal: Terminal): ExitCode {
  const [first] = words;
  if (first === "--version") {
    writeLine(terminal.output, readVersion());
    return EXIT.ok;
  }
  if (first !== undefined && !["--help", "-h", "help"].includes(first)) throw usageFailure("There is no such command; `coatcheck --help` lists them.");
  const wide = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = ["coatcheck COMMAND [OPTIONS]", "", ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(wide)}  ${summary}`), "", "Everywhere:", ...optionLines(COMMON_HELP), "", "coatcheck --version says which version this is.", "", "Exit codes: 0 fine; 1 something was found, is pending or failed; 2 the command line or the configuration is wrong; 3 the store does not answer."];
  const stream = first === undefined ? terminal.errors : terminal.output;
  for (const line of lines) writeLine(stream, line);
  return first === undefined ? EXIT.usage : EXIT.ok;
}

/** Sources and built files stand equally deep in the package. */
function readVersion(): string {
  return (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;
}

function showHelp(command: Command, terminal: Terminal): ExitCode {
  const lines = [`coatcheck ${command.name} ${command.synopsis}`.trimEnd(), "", `  ${command.summary}`, "", ...optionLines([...command.help, ...COMMON_HELP])];
  for (const line of lines) writeLine(terminal.output, line);
  return EXIT.ok;
}

function optionLines(options: readonly (readonly [string, string])[]): string[] {
  const wide = Math.max(...options.map(([option]) => option.length));
  return options.map(([option, sentence]) => `  ${option.padEnd(wide)}  ${sentence}`);
}

function showError(error: unknown, json: boolean, verbose: boolean, terminal: Terminal): ExitCode {
  const { exitCode, code, message } = tellError(error);
  if (json) writeLine(terminal.output, JSON.stringify({ error: { code, message } }));
  else writeLine(terminal.errors, `coatcheck: ${message}`);
  if (verbose) for (const stack of listStacks(error)) writeLine(terminal.errors, stack);
  return exitCode;
}

/** Where an error and its causes came from. Their other properties may hold what was given, such as a URL with its password. */
function listStacks(error: unknown): string[] {
  const stacks: string[] = [];
  for (let next = error; next instanceof Error && stacks.length < 8; next = next.cause) stacks.push(next.stack ?? next.name);
  return stacks;
}
