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
    const { codec, namespace } = config === undefined && findConfig(terminal.cwd, undefined) === null ? { codec: jsonCodec, namespace: null } : (await open({ application: true })).cloakroom.settings;
    const whole = given === "-" ? (await readAll(terminal.input)).replace(/\r?\n$/, "") : given;
    const text = withoutNamespace(whole, namespace);
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

/** The text behind the application's namespace; where there is no application to say it, behind anything that looks like one. */
function withoutNamespace(text: string, namespace: string | null): string {
  if (namespace === null) return text.replace(/^[A-Za-z0-9_.-]{1,64}\/(?=\{)/, "");
  return namespace !== "" && text.startsWith(`${namespace}/`) ? text.slice(namespace.length + 1) : text;
}
