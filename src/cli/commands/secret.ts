import { createRandom } from "../../crypto/random.ts";
import { checkSecret } from "../../crypto/secret-rules.ts";
import { demandPositionals, type Command } from "../command.ts";
import { EXIT } from "../failure.ts";

/** Prints 256 fresh random bits. The one secret that is ever printed: it is in use nowhere yet. */
export const secret: Command = {
  name: "secret",
  summary: "prints a fresh secret for the `secrets` option",
  synopsis: "",
  options: {},
  help: [],
  run: async ({ positionals, show }) => {
    demandPositionals("secret", positionals);
    const made = createRandom().token();
    checkSecret(made, "secret", true);
    show({ secret: made }, [made]);
    return EXIT.ok;
  },
};
