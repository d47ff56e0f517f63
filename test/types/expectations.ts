import type { Diagnostic } from "../../scripts/lib/type-check.ts";

export interface Expectation {
  /** The line that must fail: the first after the comments. */
  readonly line: number;
  readonly code: string;
  /** Words that the compiler's message must hold; empty: any message. */
  readonly words: string;
}

const COMMENT = /^\s*\/\/ error: (TS\d+)\s*(.*)$/;

export function listExpectations(text: string): Expectation[] {
  const lines = text.split("\n");
  return lines.flatMap((content, i) => {
    const match = COMMENT.exec(content);
    if (match === null) return [];
    let next = i + 1;
    while (COMMENT.test(lines[next] ?? "")) next += 1;
    return [{ line: next + 1, code: match[1] ?? "", words: (match[2] ?? "").trim() }];
  });
}

/** What differs, in sentences; empty when each expectation met its error, and no error came unexpected. */
export function compareDiagnostics(expected: readonly Expectation[], diagnostics: readonly Diagnostic[]): string[] {
  const open = [...diagnostics];
  const problems: string[] = [];
  for (const { line, code, words } of expected) {
    const at = open.findIndex((found) => found.line === line && found.code === code && found.message.includes(words));
    if (at < 0) problems.push(`line ${line}: ${code}${words === "" ? "" : ` "${words}"`} was expected and did not come`);
    else open.splice(at, 1);
  }
  return [...problems, ...open.map(({ line, code, message }) => `line ${line}: ${code}: ${message}`)];
}
