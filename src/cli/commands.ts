import type { Command } from "./command.ts";
import { changepassword } from "./commands/changepassword.ts";
import { check } from "./commands/check.ts";
import { clearsessions } from "./commands/clearsessions.ts";
import { createuser } from "./commands/createuser.ts";
import { decode } from "./commands/decode.ts";
import { doctor } from "./commands/doctor.ts";
import { migrate } from "./commands/migrate.ts";
import { secret } from "./commands/secret.ts";
import { sessions } from "./commands/sessions.ts";
import { shell } from "./commands/shell.ts";
import { store } from "./commands/store.ts";

/** Every command, in the order of the help. */
export const COMMANDS: readonly Command[] = [secret, migrate, check, doctor, clearsessions, sessions, decode, store, createuser, changepassword, shell];
