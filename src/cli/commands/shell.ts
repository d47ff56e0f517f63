import { start } from "node:repl";
import { demandPositionals, type Command } from "../command.ts";
import { EXIT } from "../failure.ts";

/** A JavaScript prompt with the application's cloakroom. Django: `shell`. */
export const shell: Command = {
  name: "shell",
  summary: "a JavaScript prompt with your cloakroom",
  synopsis: "",
  options: {},
  help: [],
  run: async ({ terminal, positionals, open }) => {
    demandPositionals("shell", positionals);
    const { cloakroom } = await open();
    terminal.output.write("cloakroom, sessions, store and settings are at hand; await works; .exit leaves.\n");
    const prompt = start({ prompt: "coatcheck> ", input: terminal.input, output: terminal.output, terminal: terminal.isInteractive });
    Object.assign(prompt.context, { cloakroom, sessions: cloakroom.sessions, store: cloakroom.store, settings: cloakroom.settings });
    await new Promise<void>((resolve) => prompt.once("exit", resolve));
    return EXIT.ok;
  },
};
