import type { SessionView } from "../../coat/session-administration.ts";
import { demandPositionals, listOption, numberOption, textOption, type Command, type CommandContext } from "../command.ts";
import { EXIT, usageFailure, type ExitCode } from "../failure.ts";
import { demandStore } from "../open.ts";
import { layOut, printable, showInstant, writeLine } from "../terminal.ts";
import { showValues, valueDocument, valueLines } from "../values.ts";

const LISTED = 100;
const MOST_LISTED = 100_000;

/** Looking at sessions and ending them. Ids are digests, so nothing that is shown opens a session. */
export const sessions: Command = {
  name: "sessions",
  summary: "lists sessions, shows one, ends one or all of a user",
  synopsis: "list [--owner USER] [--limit COUNT] | show ID [--reveal KEY]… | revoke ID | revoke --owner USER",
  options: { owner: { type: "string" }, limit: { type: "string" }, reveal: { type: "string", multiple: true } },
  help: [
    ["--owner USER", "the sessions of this user id"],
    ["--limit COUNT", `list: at most so many; default ${LISTED}`],
    ["--reveal KEY", "show: the value under this key, which is hidden otherwise; may be repeated"],
  ],
  run: async (context) => {
    const [action, ...rest] = context.positionals;
    if (action === "list") return list(context, rest);
    if (action === "show") return show(context, rest);
    if (action === "revoke") return revoke(context, rest);
    throw usageFailure("`coatcheck sessions` wants list, show or revoke.");
  },
};

async function list({ values, open, show: tell }: CommandContext, rest: string[]): Promise<ExitCode> {
  demandPositionals("sessions list", rest);
  const owner = textOption(values, "owner");
  const limit = numberOption(values, "limit", LISTED, MOST_LISTED);
  const { cloakroom } = await open();
  demandStore(cloakroom);
  const found = await cloakroom.sessions.list({ limit: limit + 1, ...(owner === undefined ? {} : { owner }) });
  const views = found.slice(0, limit);
  const more = found.length > limit;
  const rows = views.map((view) => [view.id, showInstant(view.lastSeenAt), showInstant(view.expiresAt), String(view.bytes), view.owner === null ? "–" : printable(view.owner)]);
  const lines = views.length === 0 ? ["There are no live sessions."] : layOut([["id", "last seen", "expires", "bytes", "owner"], ...rows]);
  tell({ sessions: views.map(describe), more }, more ? [...lines, `There are more: --limit COUNT shows them.`] : lines);
  return EXIT.ok;
}

async function show({ values, open, show: tell, terminal, json }: CommandContext, rest: string[]): Promise<ExitCode> {
  const [id = ""] = demandPositionals("sessions show", rest, "an ID");
  const { cloakroom } = await open();
  demandStore(cloakroom);
  const reveal = listOption(values, "reveal");
  showValues({}, reveal);
  const view = await cloakroom.sessions.get(id);
  if (view === null) return tellGone(tell);
  const decoded = view.values as Readonly<Record<string, unknown>> | null;
  const shown = decoded === null ? null : showValues(decoded, reveal);
  if (!json) for (const key of reveal) if (shown?.[key] === undefined) writeLine(terminal.errors, `coatcheck: the session has no key ${printable(JSON.stringify(key))}.`);
  const facts = Object.entries({ ...describe(view), createdAt: showInstant(view.createdAt), lastSeenAt: showInstant(view.lastSeenAt), expiresAt: showInstant(view.expiresAt) });
  tell({ session: { ...describe(view), values: shown === null ? null : valueDocument(shown) } }, [
    ...facts.map(([name, value]) => `${name}: ${printable(String(value ?? "–"))}`),
    ...(shown === null ? ["values: the stored text cannot be read"] : ["values:", ...valueLines(shown)]),
  ]);
  return EXIT.ok;
}

async function revoke({ values, open, show: tell }: CommandContext, rest: string[]): Promise<ExitCode> {
  const owner = textOption(values, "owner");
  if (owner !== undefined) demandPositionals("sessions revoke --owner USER", rest);
  const [id = ""] = owner === undefined ? demandPositionals("sessions revoke", rest, "an ID (or --owner USER)") : [];
  const { cloakroom } = await open();
  demandStore(cloakroom);
  if (owner !== undefined) {
    const revoked = await cloakroom.sessions.revokeAll(owner);
    tell({ revoked }, [`${revoked} ${revoked === 1 ? "session was" : "sessions were"} ended.`]);
    return EXIT.ok;
  }
  if (!(await cloakroom.sessions.revoke(id))) return tellGone(tell);
  tell({ revoked: 1 }, ["The session was ended."]);
  return EXIT.ok;
}

/** What was given is not repeated: it may be a token. */
function tellGone(tell: CommandContext["show"]): ExitCode {
  tell({ session: null, revoked: 0 }, ["No live session has this id. An id is the digest that `coatcheck sessions list` shows, never the value of the cookie."]);
  return EXIT.failed;
}

function describe(view: SessionView): Record<string, unknown> {
  const { id, owner, createdAt, lastSeenAt, expiresAt, endsBecause, persistent, bytes } = view;
  return { id, owner, createdAt, lastSeenAt, expiresAt, endsBecause, persistent, bytes };
}
