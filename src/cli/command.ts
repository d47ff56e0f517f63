import type { ParseArgsOptionsConfig } from "node:util";
import type { ExitCode } from "./failure.ts";
import { usageFailure } from "./failure.ts";
import type { Opened, OpenNeeds } from "./open.ts";
import type { Terminal } from "./terminal.ts";

/** What the options of one call are; every option is text, a list of text, or a switch. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** What a command works with. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly values: OptionValues;
  readonly positionals: readonly string[];
  /** One JSON document instead of lines. */
  readonly json: boolean;
  /** The application's cloakroom, or the store of `--store`. Opened at the first call and closed after the command. */
  open(needs?: OpenNeeds): Promise<Opened>;
  /** Shows the result: the document with --json, the lines without. */
  show(document: Readonly<Record<string, unknown>>, lines: readonly string[]): void;
}

/** One command, one file. */
export interface Command {
  readonly name: string;
  /** A line for the list of commands. */
  readonly summary: string;
  /** What stands behind the name: `list | show ID`. */
  readonly synopsis: string;
  /** Its own options, with a sentence each. */
  readonly options: ParseArgsOptionsConfig;
  readonly help: readonly (readonly [option: string, sentence: string])[];
  run(context: CommandContext): Promise<ExitCode>;
}

/** An option's text, or undefined. */
export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

/** The texts of an option that may be repeated. */
export function listOption(values: OptionValues, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((text): text is string => typeof text === "string") : [];
}

/** A whole number from 1 on. @throws CommandFailure naming the option */
export function numberOption(values: OptionValues, name: string, fallback: number, most: number): number {
  const text = textOption(values, name);
  return text === undefined ? fallback : wholeNumber(`--${name}`, text, most);
}

/** @throws CommandFailure for anything but digits within the bounds */
export function wholeNumber(what: string, text: string, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) throw usageFailure(`${what} wants a whole number from 1 to ${most}.`);
  return number;
}

/** @throws CommandFailure when there are more or fewer positionals than wanted */
export function demandPositionals(command: string, positionals: readonly string[], ...names: readonly string[]): string[] {
  if (positionals.length !== names.length) {
    throw usageFailure(names.length === 0 ? `\`coatcheck ${command}\` takes no arguments besides its options.` : `\`coatcheck ${command}\` wants ${names.join(" and ")}; see \`coatcheck ${command.split(" ")[0]} --help\`.`);
  }
  return [...positionals];
}
