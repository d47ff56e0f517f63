export interface CodeBlock {
  /** The first word behind the fence: `ts`, `sh`, … */
  readonly language: string;
  /** The other words, for instance `run`. */
  readonly marks: readonly string[];
  readonly text: string;
  /** Line of the first line of code. */
  readonly line: number;
  /** Code from a comment `<!-- setup: … -->` right before the block, which readers do not see. */
  readonly setup: string;
}

/** The fenced code blocks of a Markdown text. */
export function listBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split("\n");
  let setup = "";
  for (let i = 0; i < lines.length; i += 1) {
    const comment = /^\s*<!--\s*setup:\s*(.*)$/.exec(lines[i] ?? "");
    if (comment !== null) {
      setup = comment[1] ?? "";
      while (!setup.includes("-->") && i + 1 < lines.length) setup += ` ${lines[(i += 1)] ?? ""}`;
      setup = setup.slice(0, setup.indexOf("-->")).trim();
      continue;
    }
    const fence = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(lines[i] ?? "");
    if (fence === null) {
      if ((lines[i] ?? "").trim() !== "") setup = "";
      continue;
    }
    const [, indent = "", mark = "", info = ""] = fence;
    const [language = "", ...marks] = info.trim().split(/\s+/);
    const body: string[] = [];
    const line = i + 2;
    for (i += 1; i < lines.length && !(lines[i] ?? "").trim().startsWith(mark); i += 1) {
      body.push((lines[i] ?? "").startsWith(indent) ? (lines[i] ?? "").slice(indent.length) : (lines[i] ?? ""));
    }
    blocks.push({ language, marks, text: body.join("\n"), line, setup });
    setup = "";
  }
  return blocks;
}

/** The text with fenced blocks emptied, line by line. */
function withoutBlocks(markdown: string): string {
  let fence: string | undefined;
  return markdown
    .split("\n")
    .map((line) => {
      const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
      if (fence === undefined && mark !== undefined) {
        fence = mark;
        return "";
      }
      if (fence !== undefined) {
        if (mark?.startsWith(fence)) fence = undefined;
        return "";
      }
      return line;
    })
    .join("\n");
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

/** Targets of links and images, in Markdown and in HTML, outside of code. */
export function listLinks(markdown: string): Link[] {
  const text = withoutBlocks(markdown).replaceAll(/`[^`\n]*`/g, (code) => " ".repeat(code.length));
  const pattern = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)|\b(?:src|href)="([^"]+)"/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    target: match[1] ?? match[2] ?? match[3] ?? "",
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** The anchors that headings make, in the way of the usual forges. */
export function listAnchors(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of withoutBlocks(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const base = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-");
    let anchor = base;
    for (let i = 1; anchors.has(anchor); i += 1) anchor = `${base}-${i}`;
    anchors.add(anchor);
  }
  for (const [, id = ""] of markdown.matchAll(/\b(?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}
