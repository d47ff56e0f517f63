import { appendFileSync } from "node:fs";
import type { TestEvent as NodeTestEvent } from "node:test/reporters";
import { inspect } from "node:util";
import { EVENTS_VARIABLE } from "./events.ts";
import type { TestEvent } from "./events.ts";

const file = process.env[EVENTS_VARIABLE];

function write(event: TestEvent): void {
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(event)}\n`);
}

/** `skip: true` has no reason, `skip: "why"` has one. */
function textOf(mark: string | boolean | undefined): string | undefined {
  if (mark === undefined || mark === false) return undefined;
  return mark === true ? "" : mark;
}

function describeError(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (!(cause instanceof Error)) return typeof cause === "string" ? cause : inspect(cause, { depth: 6 });
  return inspect(cause, { depth: 4, breakLength: 120 });
}

/** A reporter of Node's test runner (`--test-reporter`) that prints nothing and appends events to a file. */
export default async function* report(source: AsyncIterable<NodeTestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type === "test:dequeue") {
      write({ type: "start", name: event.data.name, nesting: event.data.nesting });
    } else if (event.type === "test:pass" || event.type === "test:fail") {
      const { data } = event;
      const skip = textOf(data.skip);
      const todo = textOf(data.todo);
      const shared = { name: data.name, nesting: data.nesting, suite: data.details.type === "suite", milliseconds: data.details.duration_ms };
      if (event.type === "test:pass") {
        write({ type: "pass", ...shared, ...(skip === undefined ? {} : { skip }), ...(todo === undefined ? {} : { todo }) });
      } else {
        const error = event.data.details.error as Error & { failureType?: string };
        write({ type: "fail", ...shared, kind: error.failureType ?? "", error: describeError(error), ...(todo === undefined ? {} : { todo }) });
      }
    } else if (event.type === "test:diagnostic") {
      write({ type: "diagnostic", message: event.data.message });
    }
  }
}
