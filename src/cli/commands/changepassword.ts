import { normalizeUsername } from "../../auth/username.ts";
import { demandPositionals, type Command, type CommandContext } from "../command.ts";
import { CommandFailure, EXIT } from "../failure.ts";
import { readNewPassword } from "../password-input.ts";
import { printable } from "../terminal.ts";

/** Gives a user a new password, which ends every session of theirs. Django: `changepassword`. */
export const changepassword: Command = {
  name: "changepassword",
  summary: "gives a user a new password and ends their sessions; asks for it, or reads standard input",
  synopsis: "USERNAME",
  options: {},
  help: [],
  run: async ({ terminal, positionals, open, show }: CommandContext) => {
    const [given = ""] = demandPositionals("changepassword", positionals, "a USERNAME");
    const { auth } = (await open({ application: true })).cloakroom;
    const username = normalizeUsername(given);
    const account = username === null ? null : await auth.users.findByUsername(username);
    if (account === null) throw new CommandFailure(EXIT.failed, "There is no user of that name; names are compared exactly.");
    if (!(await auth.setPassword(account.user.id, await readNewPassword(terminal)))) throw new CommandFailure(EXIT.failed, "Somebody else changed this password at the same moment: try again.");
    show({ user: { id: account.user.id, username: account.user.username } }, [`User ${printable(account.user.username)} has a new password, and their sessions are over.`]);
    return EXIT.ok;
  },
};
