import { checkCloakroom, type Finding } from "../../coat/check-cloakroom.ts";
import { CHECK_RULES } from "../../coat/deployment-rules.ts";
import { demandPositionals, listOption, type Command, type CommandContext } from "../command.ts";
import { EXIT, tellError, usageFailure } from "../failure.ts";

const NOT_STARTING = "coat.E001";

/** Settings that are unsafe or contradict each other. Django: `check --deploy`. */
export const check: Command = {
  name: "check",
  summary: "finds settings that are unsafe or contradict each other",
  synopsis: "[--deploy] [--silence ID]…",
  options: { deploy: { type: "boolean" }, silence: { type: "string", multiple: true } },
  help: [
    ["--deploy", "also what matters only where the application meets the world"],
    ["--silence ID", "leaves a finding out; may be repeated, and the configuration may export silencedChecks: string[]"],
  ],
  run: async (context) => {
    const { values, positionals, show } = context;
    demandPositionals("check", positionals);
    const given = listOption(values, "silence");
    const { found, exported } = await find(context, values["deploy"] === true);
    const silenced = new Set([...given, ...exported]);
    const unknown = [...silenced].find((id) => !CHECK_RULES.some((rule) => rule.id === id));
    if (unknown !== undefined) throw usageFailure(`${given.includes(unknown) ? "--silence" : "silencedChecks"}: no check that can be silenced is called ${JSON.stringify(unknown)}; docs/cli.md lists them.`);
    const findings = found.filter(({ id }) => !silenced.has(id));
    const left = found.length - findings.length;
    const summary = `${count(findings, "error")}, ${count(findings, "warning")}, ${count(findings, "note")}${left === 0 ? "" : `, ${left} silenced`}.`;
    show({ findings, silenced: left }, [...findings.flatMap(toLines), summary]);
    return findings.some(({ level }) => level !== "note") ? EXIT.failed : EXIT.ok;
  },
};

/** A cloakroom that cannot be made is a finding, too: the error names the setting and the cure. */
async function find({ open }: CommandContext, deploy: boolean): Promise<{ found: Finding[]; exported: string[] }> {
  try {
    const { cloakroom, exports } = await open({ application: true, looks: true });
    return { found: checkCloakroom(cloakroom, { deploy }), exported: readSilenced(exports["silencedChecks"]) };
  } catch (error) {
    const { setting } = error as { setting?: unknown };
    const { code, message } = tellError(error);
    if (!code.startsWith("COAT_")) throw error;
    return { found: [{ id: NOT_STARTING, level: "error", setting: typeof setting === "string" ? setting : "createCoatcheck", reason: message, cure: "The application does not start with this." }], exported: [] };
  }
}

function readSilenced(exported: unknown): string[] {
  if (exported === undefined) return [];
  if (!Array.isArray(exported) || !exported.every((id) => typeof id === "string")) throw usageFailure('silencedChecks: export a list of ids, for instance ["coat.N001"].');
  return exported;
}

function toLines({ id, level, setting, reason, cure }: Finding): string[] {
  return [`${id} (${level}) ${setting}`, `  ${reason}`, `  ${cure}`, ""];
}

function count(findings: readonly Finding[], level: Finding["level"]): string {
  const number = findings.filter((finding) => finding.level === level).length;
  return `${number} ${level}${number === 1 ? "" : "s"}`;
}
