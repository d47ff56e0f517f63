import { demandPositionals, textOption, type Command } from "../command.ts";
import { EXIT } from "../failure.ts";
import { readNewPassword } from "../password-input.ts";
import { printable } from "../terminal.ts";

/** Makes a user who can log in. Django: `createsuperuser`. */
export const createuser: Command = {
  name: "createuser",
  summary: "makes a user who can log in; the password is asked for, or read from standard input",
  synopsis: "USERNAME [--email ADDRESS] [--staff] [--superuser] [--no-password]",
  options: { email: { type: "string" }, staff: { type: "boolean" }, superuser: { type: "boolean" }, "no-password": { type: "boolean" } },
  help: [
    ["--email ADDRESS", "where to reach the user"],
    ["--staff", "may enter pages for staff"],
    ["--superuser", "has every permission, and is staff"],
    ["--no-password", "logs in some other way, or sets one by a link"],
  ],
  run: async ({ terminal, values, positionals, open, show }) => {
    const [username = ""] = demandPositionals("createuser", positionals, "a USERNAME");
    const { cloakroom } = await open({ application: true });
    const { auth } = cloakroom;
    const email = textOption(values, "email");
    const isSuperuser = values["superuser"] === true;
    const password = values["no-password"] === true ? null : await readNewPassword(terminal);
    const user = await auth.createUser({ username, password, ...(email === undefined ? {} : { email }), isStaff: isSuperuser || values["staff"] === true, isSuperuser });
    show({ user: { id: user.id, username: user.username } }, [`User ${printable(user.username)} was made, with the id ${printable(user.id)}.`]);
    return EXIT.ok;
  },
};
