import { describe, test } from "node:test";
import { runStoreCases } from "../../src/conformance/index.ts";
import { memoryStore } from "../../src/stores/memory.ts";

runStoreCases(() => ({ store: memoryStore() }), { name: "store contract: memory", test, describe });
