/**
 * Compares the exports map with the files, and with what the build made of them. Build first.
 * With `--publish`, nothing may be planned any more.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { listDoors, plannedCommands, plannedDoors, readManifest } from "./lib/doors.ts";
import type { Door } from "./lib/doors.ts";
import { blank } from "./lib/source.ts";

const manifest = readManifest();
const doors = listDoors(manifest);
const problems: string[] = [];
const isPlanned = (subpath: string): boolean => plannedDoors.includes(subpath);

for (const door of doors) checkDoor(door);
checkManifest();
checkDeclarations();
await checkPublished();

function checkDoor({ subpath, conditions, source, types, module }: Door): void {
  const order = Object.keys(conditions).join(", ");
  if (order !== "coatcheck-source, types, default") problems.push(`exports["${subpath}"]: the conditions are ${order}; they must be coatcheck-source, types, default, in this order`);
  const stem = source.replace(/^\.\/src\//, "").replace(/\.ts$/, "");
  if (types !== `./dist/${stem}.d.ts` || module !== `./dist/${stem}.js`) problems.push(`exports["${subpath}"]: types and default do not belong to ${source}`);
  // ./express is express.ts or express/index.ts somewhere; ./express/globals may be express/globals.ts or express-globals.ts.
  const name = basename(stem) === "index" ? basename(dirname(`./src/${stem}`)) : basename(stem);
  const wanted = subpath === "." ? "src" : basename(subpath);
  if (name !== wanted && name !== subpath.slice(2).replaceAll("/", "-")) problems.push(`exports["${subpath}"]: the file is called ${name}, the subpath ${wanted}`);

  if (isPlanned(subpath)) {
    if (existsSync(source)) problems.push(`${subpath} exists now: take it from plannedDoors in scripts/lib/doors.ts`);
    return;
  }
  for (const file of [source, types, module]) {
    if (!existsSync(file)) problems.push(`exports["${subpath}"]: ${file} is not there${file.startsWith("./dist/") ? ' (run "npm run build" first)' : ""}`);
  }
}

function checkManifest(): void {
  for (const subpath of plannedDoors) {
    if (!(subpath in manifest.exports)) problems.push(`plannedDoors names ${subpath}, which the exports map does not`);
  }
  const atRunTime = [...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.optionalDependencies ?? {})];
  if (atRunTime.length > 0) problems.push(`the package has run-time dependencies (${atRunTime.join(", ")}): drivers and frameworks are optional peers`);
  for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
    if (manifest.peerDependenciesMeta?.[peer]?.optional !== true) problems.push(`the peer ${peer} is not optional`);
  }
  if (manifest.sideEffects !== false) problems.push("sideEffects must be false: importing does nothing");
  for (const [name, file] of Object.entries(manifest.bin)) {
    const source = file.replace("./dist/", "./src/").replace(/\.js$/, ".ts");
    if (plannedCommands.includes(name)) {
      if (existsSync(source)) problems.push(`the command ${name} exists now: take it from plannedCommands in scripts/lib/doors.ts`);
    } else if (!existsSync(file)) problems.push(`bin ${name}: ${file} is not there (run "npm run build" first)`);
    else if (!readFileSync(file, "utf8").startsWith("#!/usr/bin/env node\n")) problems.push(`bin ${name}: ${file} does not begin with #!/usr/bin/env node`);
  }
}

/** What users compile against: no type that only Node has in place of a standard one, no package that they may not have. */
function checkDeclarations(): void {
  for (const file of globSync("dist/**/*.d.ts").sort()) {
    const code = readFileSync(file, "utf8");
    const bare = blank(code, "comments and literals");
    if (/\bBuffer\b/.test(bare)) problems.push(`${file}: Buffer is in a signature; say Uint8Array`);
    if (/(?<![.\w$])any\b(?!\s*\()/.test(bare)) problems.push(`${file}: any is in a signature`);
    for (const [, specifier = ""] of blank(code, "comments").matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["']([^"'\n]+)["']/g)) {
      if (!/^(\.|node:)/.test(specifier)) problems.push(`${file}: its types need the package ${specifier}, which users may not have`);
    }
  }
}

async function checkPublished(): Promise<void> {
  const { messages, pkg } = await publint({ pkgDir: ".", level: "suggestion", strict: true, pack: "npm" });
  for (const message of messages) {
    if (message.path[0] === "exports" && isPlanned(message.path[1] ?? "")) continue;
    if (message.path[0] === "bin" && plannedCommands.length > 0) continue;
    problems.push(`publint: ${formatMessage(message, pkg, { color: false })}`);
  }
}

if (process.argv.includes("--publish")) {
  for (const name of [...plannedDoors, ...plannedCommands]) problems.push(`${name} is only planned: finish it, or take it out of package.json`);
}
for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`Exports: ${doors.length - plannedDoors.length} doors hold${plannedDoors.length > 0 ? `, ${plannedDoors.length} are planned` : ""}.`);
process.exitCode = problems.length > 0 ? 1 : 0;
