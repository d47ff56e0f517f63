import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { leavesOpen, listExamples, listExportedNames } from "../../scripts/lib/examples.ts";
import { listAnchors, listBlocks, listLinks } from "../../scripts/lib/markdown.ts";

describe("code blocks of a document", () => {
  it("come with language, marks, first line and hidden set-up", () => {
    const markdown = ["text", "<!-- setup: const a = 1; -->", "", "```ts run", "f(a);", "g();", "```", "  ```sh", "  npm test", "  ```"].join("\n");
    assert.deepEqual(listBlocks(markdown), [
      { language: "ts", marks: ["run"], text: "f(a);\ng();", line: 5, setup: "const a = 1;" },
      { language: "sh", marks: [], text: "npm test", line: 9, setup: "" },
    ]);
  });

  it("do not take a set-up that belongs to something else", () => {
    assert.equal(listBlocks("<!-- setup: a(); -->\nwords\n```ts\nb();\n```")[0]?.setup, "");
  });
});

describe("links and anchors of a document", () => {
  it("finds links outside of code, images and HTML among them", () => {
    const markdown = "[a](one.md) `[b](no.md)`\n![c](two.png \"t\") <img src=\"three.png\">\n```\n[d](no.md)\n```\n[e]: four.md";
    assert.deepEqual(
      listLinks(markdown).map(({ target, line }) => `${line} ${target}`),
      ["1 one.md", "2 two.png", "2 three.png", "6 four.md"],
    );
  });

  it("makes anchors as forges do", () => {
    assert.deepEqual([...listAnchors("# Two commands\n## `get(key)`, and more\n## Two commands\n```\n# no\n```")], ["two-commands", "getkey-and-more", "two-commands-1"]);
  });
});

describe("examples in doc comments", () => {
  const source = ["/**", " * Adds.", " *", " * @param a one", " * @example", " * add(1, 2); // 3", " * @see other", " */", "export function add() {}", "/** @example", " * ```ts", " * sub();", " * ```", " */"].join("\n");

  it("are found, bare or fenced, with their lines", () => {
    assert.deepEqual(listExamples(source), [
      { text: "add(1, 2); // 3", line: 6 },
      { text: "sub();", line: 12 },
    ]);
  });

  it("may use what their file exports", () => {
    assert.deepEqual(listExportedNames(`${source}\nexport const b = 1;\nexport { c, type D, e as f } from "./x.ts";\nconst g = 1;`), ["add", "b", "c", "D", "f"]);
    assert.equal(leavesOpen("add(1, 2);", "add"), true);
    assert.equal(leavesOpen('import { add } from "coatcheck";\nadd(1, 2);', "add"), false);
    assert.equal(leavesOpen("const add = 1; add;", "add"), false);
    assert.equal(leavesOpen("calculator.add(1); // add", "add"), false);
  });
});

describe("examples with a client of a database", () => {
  it("listen for its errors, else a restart of the database ends the process that copied them", () => {
    const root = new URL("../../", import.meta.url).pathname;
    const texts = [...globSync("{README,docs/**/*}.md", { cwd: root }).map((file) => ({ file, blocks: listBlocks(readFileSync(root + file, "utf8")) })), ...globSync("src/**/*.ts", { cwd: root }).map((file) => ({ file, blocks: listExamples(readFileSync(root + file, "utf8")) }))];
    let clients = 0;
    for (const { file, blocks } of texts) {
      for (const { text, line } of blocks) {
        if (!/\bnew (pg\.)?Pool\(|\bnew (Redis|Cluster)\b|\bcreate(Client|ClientPool|Cluster|Sentinel)\(/.test(text)) continue;
        clients++;
        assert.match(text, /\.on\("error",/, `${file}:${line}`);
      }
    }
    assert.ok(clients >= 4, `only ${clients} examples make a client`);
  });
});
