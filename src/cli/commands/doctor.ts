import { Browser } from "../browse.ts";
import { demandPositionals, type Command } from "../command.ts";
import { diagnose, type Symptom } from "../diagnose.ts";
import { EXIT, usageFailure } from "../failure.ts";
import { printable } from "../terminal.ts";

/** Visits a page twice as a browser does, and says why a session does not stick. */
export const doctor: Command = {
  name: "doctor",
  summary: "visits a page as a browser and says why a session does not stick",
  synopsis: "URL",
  options: {},
  help: [["URL", "a page that keeps something in a session; it is visited twice, by GET"]],
  run: async ({ terminal, positionals, show }) => {
    const [url = ""] = demandPositionals("doctor", positionals, "a URL");
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw usageFailure("`coatcheck doctor` wants a URL that begins with http:// or https://.");
    const browser = new Browser(fetch, () => terminal.clock.now());
    const first = await browser.visit(url);
    const second = await browser.visit(url);
    const symptoms = diagnose(browser, first, second);
    const cookies = browser.kept.map(({ name, path, domain, hostOnly, secure, httpOnly, sameSite, expiresAt }) => ({ name, path, domain, hostOnly, secure, httpOnly, sameSite, persistent: expiresAt !== null }));
    const ill = symptoms.some(({ level }) => level !== "note");
    show({ visits: [...first, ...second].map((answer) => ({ url: withoutSecrets(answer.url), status: answer.status })), cookies, symptoms }, [
      ...[...first, ...second].map((answer) => `${answer.status} ${printable(withoutSecrets(answer.url))}`),
      ...cookies.map((cookie) => `cookie ${printable(cookie.name)}: kept${cookie.secure ? ", Secure" : ""}${cookie.httpOnly ? ", HttpOnly" : ""}, SameSite ${cookie.sameSite}, ${cookie.persistent ? "persistent" : "until the browser closes"}`),
      ...symptoms.flatMap(toLines),
      ill ? "" : "A browser keeps what this site sends.",
    ].filter((line) => line !== ""));
    return ill ? EXIT.failed : EXIT.ok;
  },
};

function toLines({ level, cookie, reason, cure }: Symptom): string[] {
  return [`${level}${cookie === null ? "" : ` ${printable(cookie)}`}: ${printable(reason)}`, `  ${cure}`];
}

/** Passwords and queries may hold what is nobody's business. */
function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
