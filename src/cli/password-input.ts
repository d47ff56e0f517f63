import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { usageFailure } from "./failure.ts";
import { readAll, type Terminal } from "./terminal.ts";

/**
 * A new password: asked for twice, without showing it, where somebody sits at the keyboard; else the first line of standard input. Never an
 * argument, since other users of the machine see those.
 *
 * @throws CommandFailure when the two differ, or there is none
 */
export async function readNewPassword(terminal: Terminal): Promise<string> {
  if (!(terminal.input as { isTTY?: boolean }).isTTY) {
    const [line = ""] = (await readAll(terminal.input)).split(/\r?\n/, 1);
    if (line === "") throw usageFailure("Standard input holds no password: write it there on a line of its own.");
    return line;
  }
  const first = await askHidden(terminal, "Password: ");
  if (first !== (await askHidden(terminal, "Password again: "))) throw usageFailure("The two passwords differ; nothing was changed.");
  return first;
}

async function askHidden(terminal: Terminal, question: string): Promise<string> {
  terminal.errors.write(question);
  const nowhere = new Writable({ write: (_part, _encoding, done) => done() });
  const lines = createInterface({ input: terminal.input, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("close", () => reject(usageFailure("No password was given; nothing was changed.")));
      lines.once("SIGINT", () => lines.close());
    });
  } finally {
    lines.close();
    terminal.errors.write("\n");
  }
}
