import { ConfigurationError, InvalidCookie } from "../errors.ts";
import type { Residence } from "./residence.ts";
import type { Settings } from "./settings.ts";
import { makeSessionCookieFace } from "./token-residence.ts";

/** Cookies that Coatcheck itself sends under names of one setting. */
export interface OwnCookies {
  /** What decides the names, as the user writes it. */
  readonly setting: string;
  /** The names, on every kind of connection; none where only a prefix is fixed. */
  readonly names: readonly string[];
  /** Whether a cookie of that name is one of these. */
  owns(name: string): boolean;
}

/** Cookies with a few fixed names. */
export function ownNames(setting: string, names: readonly string[]): OwnCookies {
  return { setting, names, owns: (name) => names.includes(name) };
}

/**
 * Every cookie name that is Coatcheck's: the session's and those of the features. The application can use none of them, and no two of
 * them can be the same, because a response sends one cookie of a name.
 */
export class OwnCookieNames {
  readonly #all: readonly OwnCookies[];

  /** @throws ConfigurationError when two settings give one name */
  constructor(settings: Settings, residence: Residence, features: readonly { readonly ownCookies?: readonly OwnCookies[] }[]) {
    const faces = (["secure", "loopback", "insecure"] as const).map((kind) => makeSessionCookieFace(settings, kind));
    const session: OwnCookies = { setting: "session.cookie.name", names: faces.flatMap((face) => face?.name ?? []), owns: (name) => residence.isOwnName(name) };
    this.#all = [session, ...features.flatMap(({ ownCookies }) => ownCookies ?? [])];
    for (const [at, later] of this.#all.entries()) for (const earlier of this.#all.slice(0, at)) refuseShared(earlier, later);
  }

  /** @throws InvalidCookie for a name that the application cannot have */
  refuse(name: string): void {
    for (const own of this.#all) if (own.owns(name)) throw new InvalidCookie(`${name} is Coatcheck's own cookie: choose another name.`);
  }
}

function refuseShared(earlier: OwnCookies, later: OwnCookies): void {
  const shared = earlier.names.find((name) => later.owns(name)) ?? later.names.find((name) => earlier.owns(name));
  if (shared === undefined) return;
  throw new ConfigurationError(later.setting, `gives a cookie the name ${JSON.stringify(shared)}, and so does ${earlier.setting}: a browser keeps only one of them. Choose another name for one of the two.`);
}
