import { listBlocks } from "./markdown.ts";

export interface Example {
  readonly text: string;
  /** Line of the first line of code in the source. */
  readonly line: number;
}

/** The code behind each `@example` of a source's doc comments, fenced or bare. */
export function listExamples(source: string): Example[] {
  const examples: Example[] = [];
  for (const { index, 0: comment } of source.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const firstLine = source.slice(0, index).split("\n").length;
    const lines = comment
      .replace(/\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*\/?\*{1,2} ?/, ""));
    for (let i = 0; i < lines.length; i += 1) {
      if (!/^@example\b/.test(lines[i] ?? "")) continue;
      const first = i + 1;
      let last = first;
      while (last < lines.length && !/^@[a-z]+\b/.test(lines[last] ?? "")) last += 1;
      const text = lines.slice(first, last).join("\n");
      const blocks = listBlocks(text).filter(({ language }) => language === "ts" || language === "");
      if (blocks.length > 0) examples.push(...blocks.map((block) => ({ text: block.text, line: firstLine + first + block.line - 1 })));
      else if (text.trim() !== "") examples.push({ text, line: firstLine + first });
      i = last - 1;
    }
  }
  return examples;
}

/** The names that a module exports by declaration or in an export list. */
export function listExportedNames(source: string): string[] {
  const names = new Set<string>();
  for (const [, name = ""] of source.matchAll(/^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|interface|type)\s+([\w$]+)/gm)) names.add(name);
  for (const [, list = ""] of source.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}/gm)) {
    for (const entry of list.split(",")) {
      const name = entry.trim().split(/\s+as\s+/).at(-1)?.replace(/^type\s+/, "");
      if (name) names.add(name);
    }
  }
  return [...names];
}

/** Whether a text uses a name that it does not declare itself. */
export function leavesOpen(text: string, name: string): boolean {
  const used = new RegExp(String.raw`(?<![.\w$"'\x60/-])${name}(?![\w$]|["'\x60-])`).test(text.replaceAll(/\/\/.*$/gm, ""));
  const declared = new RegExp(String.raw`\b(?:const|let|var|function|class|interface|type)\s+(?:[{[][^=;]*)?\b${name}\b|\bimport\b[^;]*?\b${name}\b[^;]*?\bfrom\b`).test(text);
  return used && !declared;
}
