import type { Readable, Writable } from "node:stream";
import type { Clock } from "../clock.ts";

/** Everything that a command may touch of the world outside, so that tests own it. */
export interface Terminal {
  readonly cwd: string;
  readonly clock: Clock;
  readonly input: Readable;
  /** Results, and nothing else. */
  readonly output: Writable;
  /** Sentences for people: errors, progress, questions. */
  readonly errors: Writable;
  /** People look at `errors`. */
  readonly isInteractive: boolean;
  /** Aborted when the process is asked to end. Listening begins with the call. */
  stopSignal(): AbortSignal;
}

/** One line of results. */
export function writeLine(stream: Writable, line: string): void {
  stream.write(`${line}\n`);
}

/** Text that others chose, on one line and without control characters: a terminal obeys them. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** An instant as ISO 8601 without milliseconds. */
export function showInstant(at: number): string {
  return new Date(at).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** Rows as columns of equal width; the first row is the heading. */
export function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  "));
}

/** All of a stream as text. */
export async function readAll(input: Readable): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of input) parts.push(typeof part === "string" ? new TextEncoder().encode(part) : (part as Uint8Array));
  return Buffer.concat(parts).toString("utf8");
}
