/** A process of the benchmark: `child.ts <name> <settings as JSON>`, run by `main.ts`. Prints its result if nobody listens. */

import { RUNNERS } from "./sections.ts";
import type { ChildName, SectionSettings } from "./sections.ts";

const [name = "", settings = "{}"] = process.argv.slice(2);
const runner = RUNNERS[name as ChildName] as ((settings: SectionSettings) => Promise<unknown>) | undefined;
if (runner === undefined) throw new Error(`There is no part called ${name}.`);
const result = await runner(JSON.parse(settings) as SectionSettings);
if (process.send === undefined) console.log(JSON.stringify(result, null, 2));
else process.send(result as object);
