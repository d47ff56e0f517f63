/** A process of the benchmark, driven by `processes.ts`: it does what it is asked, one request at a time, and leaves when nobody asks any more. */

import type { Match } from "./compare.ts";
import type { Question } from "./processes.ts";
import { measureStoreMemory, openMatch, timeCrypto } from "./sections.ts";

let match: Match | undefined;

function opened(): Match {
  if (match === undefined) throw new Error("Nothing is open yet.");
  return match;
}

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case "open":
      match = await openMatch(question.section, question.index, question.settings);
      return null;
    case "run":
      await opened().run(question.rounds, question.keep);
      return null;
    case "finish":
      return await opened().finish();
    case "memory":
      return await measureStoreMemory(question.store, question.settings);
    case "crypto":
      return await timeCrypto(question.settings);
  }
}

process.on("message", (question: Question) => {
  answer(question).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
