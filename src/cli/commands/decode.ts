import { jsonCodec } from "../../codec/json.ts";
import { demandPositionals, listOption, textOption, type Command } from "../command.ts";
import { CommandFailure, EXIT } from "../failure.ts";
import { findConfig } from "../load-config.ts";
import { readAll } from "../terminal.ts";
import { showValues, valueDocument, valueLines } from "../values.ts";

/** Reads the text of a record's `data` column. Django: `Session.get_decoded`. */
export const decode: Command = {
  name: "decode",
  summary: "reads the data text of a record",
  synopsis: "TEXT | - [--reveal KEY]…",
  options: { reveal: { type: "string", multiple: true } },
  help: [
    ["-", "reads the text from standard input, which keeps it out of the shell's history"],
    ["--reveal KEY", "the value under this key, which is hidden otherwise; may be repeated"],
  ],
  run: async ({ terminal, values, positionals, open, show }) => {
    const [given = ""] = demandPositionals("decode", positionals, "a TEXT (or -)");
    const reveal = listOption(values, "reveal");
    showValues({}, reveal);
    const config = textOption(values, "config");
    const { codec } = config === undefined && findConfig(terminal.cwd, undefined) === null ? { codec: jsonCodec } : (await open({ application: true })).cloakroom.settings;
    const text = given === "-" ? (await readAll(terminal.input)).replace(/\r?\n$/, "") : given;
    let decoded: Readonly<Record<string, unknown>>;
    try {
      decoded = codec.decode(text).values;
    } catch (cause) {
      throw new CommandFailure(EXIT.failed, `The text is not what the codec ${codec.name} writes.`, { cause });
    }
    const shown = showValues(decoded, reveal);
    show({ codec: codec.name, values: valueDocument(shown) }, Object.keys(shown).length === 0 ? ["The application keeps nothing in it."] : valueLines(shown).map((line) => line.trimStart()));
    return EXIT.ok;
  },
};
