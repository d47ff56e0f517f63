/** What a test process tells the runner, one JSON text a line, written synchronously so that a crash loses nothing. */
export type TestEvent =
  | { readonly type: "start"; readonly name: string; readonly nesting: number }
  | { readonly type: "pass"; readonly name: string; readonly nesting: number; readonly suite: boolean; readonly milliseconds: number; readonly skip?: string; readonly todo?: string }
  | { readonly type: "fail"; readonly name: string; readonly nesting: number; readonly suite: boolean; readonly milliseconds: number; readonly kind: string; readonly error: string; readonly todo?: string }
  | { readonly type: "diagnostic"; readonly message: string }
  | { readonly type: "warning"; readonly message: string };

/** Names the file that the events are appended to. */
export const EVENTS_VARIABLE = "COATCHECK_TEST_EVENTS";

export function readEvents(text: string): TestEvent[] {
  const events: TestEvent[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      events.push(JSON.parse(line) as TestEvent);
    } catch {
      // The process was ended in the middle of a line.
    }
  }
  return events;
}
