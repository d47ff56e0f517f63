/** Compiles `src/` to `dist/`: one JavaScript file and one declaration for each source. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, globSync, rmSync } from "node:fs";
import { join } from "node:path";

rmSync("dist", { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [join("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], { stdio: "inherit" });
if (existsSync("dist/cli/main.js")) chmodSync("dist/cli/main.js", 0o755);
if (status === 0) console.log(`Built ${globSync("dist/**/*.js").length} modules.`);
process.exitCode = status ?? 1;
