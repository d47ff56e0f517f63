import { isMigratable, type Migratable } from "../../store/capabilities.ts";
import { demandPositionals, type Command } from "../command.ts";
import { EXIT } from "../failure.ts";
import type { Opened } from "../open.ts";

/** Makes and upgrades the tables of the store, and of the users where the application has logins. */
export const migrate: Command = {
  name: "migrate",
  summary: "makes and upgrades the store's tables",
  synopsis: "[--check]",
  options: { check: { type: "boolean" } },
  help: [["--check", "changes nothing; exit code 1 when something is pending"]],
  run: async ({ values, positionals, open, show }) => {
    demandPositionals("migrate", positionals);
    const checks = values["check"] === true;
    const opened = await open(checks ? { looks: true } : { creates: true });
    const parts = listMigratable(opened);
    const steps: string[] = [];
    for (const part of parts) steps.push(...(checks ? await part.pendingMigrations() : await part.migrate()));
    const nothing = parts.length === 0 ? describeNone(opened) : checks ? "Nothing is pending." : "Nothing was pending.";
    show({ [checks ? "pending" : "done"]: steps }, steps.length === 0 ? [nothing] : steps.map((step) => `${checks ? "pending" : "done"}: ${step}`));
    return checks && steps.length > 0 ? EXIT.failed : EXIT.ok;
  },
};

function listMigratable({ cloakroom: { store }, users }: Opened): Migratable[] {
  const parts: Migratable[] = store !== null && isMigratable(store) ? [store] : [];
  const candidate = users as Partial<Migratable> | null;
  if (typeof candidate?.migrate === "function" && typeof candidate.pendingMigrations === "function") parts.push(candidate as Migratable);
  return parts;
}

function describeNone({ cloakroom: { store } }: Opened): string {
  return store === null ? "Sessions live in the cookie: there are no tables." : `The ${store.name} store has no tables.`;
}
