/** Reads the imports of every source file and fails on what the floors forbid (see scripts/lib/floors.ts). */
import { existsSync, globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { posix, sep } from "node:path";
import { clockRooms, floors, nodeRooms, portableModules, roomOf, rowOf } from "./lib/floors.ts";
import { blank, listImports } from "./lib/source.ts";
import type { Import } from "./lib/source.ts";

const root = process.argv[2] ?? "src";
const files = globSync("**/*.ts", { cwd: root }).map((file) => file.replaceAll(sep, "/")).sort();
const problems: string[] = [];
const importsOf = new Map<string, readonly Import[]>();

const isNodeModule = (specifier: string): boolean => specifier.startsWith("node:") || builtinModules.includes(specifier);

for (const file of files) {
  const code = readFileSync(posix.join(root, file), "utf8");
  const imports = listImports(code);
  importsOf.set(file, imports);
  for (const found of imports) checkImport(file, found);
  if (!clockRooms.includes(roomOf(file))) checkTime(file, code);
}

function report(file: string, line: number, problem: string): void {
  problems.push(`${posix.join(root, file)}:${line}: ${problem}`);
}

function checkImport(file: string, { specifier, line, typeOnly }: Import): void {
  const room = roomOf(file);
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(file), specifier);
    if (target.startsWith("..")) return report(file, line, `imports ${specifier}, which is outside ${root}/`);
    if (!existsSync(posix.join(root, target))) return report(file, line, `imports ${specifier}, which is not there (relative imports name the .ts file)`);
    const targetRoom = roomOf(target);
    if (targetRoom === room) return undefined;
    const [row, targetRow] = [rowOf(room), rowOf(targetRoom)];
    if (row < 0) return report(file, line, `${room} has no floor: give it one in scripts/lib/floors.ts`);
    if (targetRow < 0) return report(file, line, `${targetRoom} has no floor: give it one in scripts/lib/floors.ts`);
    if (targetRow > row) return report(file, line, `${room} (floor ${floors[row]?.floor}) imports upward from ${targetRoom} (floor ${floors[targetRow]?.floor})`);
    if (targetRow === row) return report(file, line, `${room} imports sideways from ${targetRoom}, both on floor ${floors[row]?.floor}`);
    return undefined;
  }
  if (isNodeModule(specifier)) {
    if (!specifier.startsWith("node:")) return report(file, line, `import "node:${specifier}", not "${specifier}"`);
    if (!typeOnly && !portableModules.includes(specifier) && !nodeRooms.includes(room)) {
      return report(file, line, `${room} imports ${specifier}: only ${nodeRooms.join("/, ")}/ may use modules that only Node has`);
    }
    return undefined;
  }
  return report(
    file,
    line,
    `imports the package ${specifier}${typeOnly ? " for its types" : ""}: drivers and frameworks are passed in by the caller and typed by the few methods used`,
  );
}

function checkTime(file: string, code: string): void {
  const bare = blank(code, "comments and literals");
  for (const { index, 0: text } of bare.matchAll(/\bnew\s+Date\s*(?:\(\s*\)|(?![\w\s(]))|\bDate\s*\.\s*now\b|(?<!new\s)(?<![.\w])Date\s*\(\s*\)|\bperformance\s*\.|\bhrtime\b|\bMath\s*\.\s*random\b/g)) {
    report(file, bare.slice(0, index).split("\n").length, `${text.trim()}: time comes from the clock, randomness from crypto/random.ts`);
  }
}

/** What the main door leads to at run time must run wherever JavaScript does. */
function checkMainDoor(): void {
  const seen = new Map<string, string>([["index.ts", "index.ts"]]);
  for (const [file, way] of seen) {
    for (const { specifier, line, typeOnly } of importsOf.get(file) ?? []) {
      if (typeOnly) continue;
      if (specifier.startsWith(".")) {
        const target = posix.join(posix.dirname(file), specifier);
        if (!seen.has(target)) seen.set(target, `${way} > ${target}`);
      } else if (isNodeModule(specifier) && !portableModules.includes(specifier)) {
        report(file, line, `imports ${specifier}, and the main door leads here (${way}): ask for it with process.getBuiltinModule when it is needed`);
      }
    }
  }
}
checkMainDoor();

for (const problem of problems) console.error(problem);
if (files.length === 0) console.error(`No source file was found in ${root}.`);
else if (problems.length === 0) console.log(`Floors: ${files.length} files keep to them.`);
process.exitCode = problems.length > 0 || files.length === 0 ? 1 : 0;
