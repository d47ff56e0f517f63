import { stripTypeScriptTypes } from "node:module";

/** A piece of source text that is not code: a comment, or a string, template or regular expression. */
interface Stretch {
  readonly kind: "comment" | "literal";
  readonly from: number;
  readonly to: number;
}

const REGEX_MAY_FOLLOW = /(?:^|[=(,;:!&|?{}[+\-*%<>~^]|=>|\b(?:return|typeof|case|in|of|void|delete|throw|new|await|yield))\s*$/;

/** Finds comments and literals. Code inside a template's `${…}` stays code. */
function findStretches(code: string): Stretch[] {
  const stretches: Stretch[] = [];
  const templateDepths: number[] = [];
  let depth = 0;
  let at = 0;

  const literal = (from: number, to: number): void => {
    stretches.push({ kind: "literal", from, to });
    at = to;
  };
  const endOfQuoted = (from: number, quote: string): number => {
    let i = from;
    while (i < code.length && code[i] !== quote) i += code[i] === "\\" ? 2 : 1;
    return i;
  };
  const endOfTemplatePart = (from: number): number => {
    let i = from;
    while (i < code.length && code[i] !== "`" && !code.startsWith("${", i)) i += code[i] === "\\" ? 2 : 1;
    return i;
  };
  const endOfRegex = (from: number): number => {
    let inClass = false;
    for (let i = from; i < code.length && code[i] !== "\n"; i += 1) {
      if (code[i] === "\\") i += 1;
      else if (code[i] === "[") inClass = true;
      else if (code[i] === "]") inClass = false;
      else if (code[i] === "/" && !inClass) return i;
    }
    return from;
  };
  const template = (from: number): void => {
    const end = endOfTemplatePart(from);
    literal(from, end);
    if (code.startsWith("${", end)) {
      templateDepths.push(depth);
      depth += 1;
      at = end + 2;
    } else {
      at = end + 1;
    }
  };

  while (at < code.length) {
    const character = code[at];
    if (code.startsWith("//", at)) {
      const end = code.indexOf("\n", at);
      stretches.push({ kind: "comment", from: at, to: end < 0 ? code.length : end });
      at = end < 0 ? code.length : end;
    } else if (code.startsWith("/*", at)) {
      const end = code.indexOf("*/", at + 2);
      stretches.push({ kind: "comment", from: at, to: end < 0 ? code.length : end + 2 });
      at = end < 0 ? code.length : end + 2;
    } else if (character === '"' || character === "'") {
      literal(at + 1, endOfQuoted(at + 1, character));
      at += 1;
    } else if (character === "`") {
      template(at + 1);
    } else if (character === "/" && REGEX_MAY_FOLLOW.test(withoutComments(code, stretches, Math.max(0, at - 200), at))) {
      const end = endOfRegex(at + 1);
      if (end > at + 1) literal(at + 1, end);
      at += 1;
    } else {
      if (character === "{") depth += 1;
      if (character === "}") {
        depth -= 1;
        if (templateDepths.at(-1) === depth) {
          templateDepths.pop();
          template(at + 1);
          continue;
        }
      }
      at += 1;
    }
  }
  return stretches;
}

function withoutComments(code: string, stretches: readonly Stretch[], from: number, to: number): string {
  let text = code.slice(from, to);
  for (const stretch of stretches) {
    if (stretch.kind !== "comment" || stretch.to <= from) continue;
    const start = Math.max(0, stretch.from - from);
    text = text.slice(0, start) + " ".repeat(Math.max(0, stretch.to - from - start)) + text.slice(stretch.to - from);
  }
  return text;
}

/** The same text with comments (and, if asked, the insides of literals) turned into spaces; lines stay where they are. */
export function blank(code: string, what: "comments" | "comments and literals"): string {
  const parts: string[] = [];
  let done = 0;
  for (const { kind, from, to } of findStretches(code)) {
    if (kind === "literal" && what === "comments") continue;
    parts.push(code.slice(done, from), code.slice(from, to).replaceAll(/[^\n]/g, " "));
    done = to;
  }
  return parts.join("") + code.slice(done);
}

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Only types: nothing is left of it when the program runs. */
  readonly typeOnly: boolean;
}

const STATIC = /(?<![.\w$#])(?:import|export)\s+(?:type\s+)?(?:[\w$*{][^;"'`]*?\sfrom\s*)?(["'])([^"'\n]+)\1/g;
const DYNAMIC = /(?<![.\w$#])import\s*\(\s*(["'])([^"'\n]+)\1/g;
const BUILTIN = /\b(?:getBuiltinModule|require)\s*\(\s*(["'])([^"'\n]+)\1/g;

function listSpecifiers(code: string, patterns: readonly RegExp[]): { specifier: string; line: number }[] {
  const clean = blank(code, "comments");
  // Matches inside a literal are no imports: the keyword must survive when literals are blanked, too.
  const bare = blank(code, "comments and literals");
  return patterns.flatMap((pattern) =>
    [...clean.matchAll(pattern)]
      .filter((match) => /\S/.test(bare.slice(match.index, match.index + 6)))
      .map((match) => ({ specifier: match[2] ?? "", line: clean.slice(0, match.index).split("\n").length })),
  );
}

/** Every module that a TypeScript source names in an import, an export from, or a dynamic import. */
export function listImports(code: string): Import[] {
  const atRunTime = new Map<string, number>();
  for (const { specifier } of listSpecifiers(stripTypeScriptTypes(code), [STATIC, DYNAMIC])) {
    atRunTime.set(specifier, (atRunTime.get(specifier) ?? 0) + 1);
  }
  return listSpecifiers(code, [STATIC, DYNAMIC]).map(({ specifier, line }) => ({ specifier, line, typeOnly: !atRunTime.has(specifier) }));
}

/** Modules that a source asks the runtime for when it runs, by `process.getBuiltinModule`. */
export function listBuiltinRequests(code: string): { specifier: string; line: number }[] {
  return listSpecifiers(stripTypeScriptTypes(code), [BUILTIN]);
}
