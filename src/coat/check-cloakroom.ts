import { CHECK_RULES, type CheckedCloakroom, type FindingLevel } from "./deployment-rules.ts";

export type { CheckedCloakroom, FindingLevel } from "./deployment-rules.ts";

/** A setting that is unsafe, or that contradicts another one. */
export interface Finding {
  /** Stable: `coat.W004`. Silence it by this. */
  readonly id: string;
  readonly level: FindingLevel;
  /** The option as one writes it: `session.cookie.secure`. */
  readonly setting: string;
  readonly reason: string;
  readonly cure: string;
}

export interface CheckOptions {
  /** Also what matters only where the application meets the world. Default: false. */
  readonly deploy?: boolean;
}

/**
 * Looks at the settings and the store of a cloakroom, and asks nobody anything: no I/O, no clock. `npx coatcheck check` shows the same.
 *
 * @returns what is unsafe or contradictory, errors and warnings before notes; empty when nothing is
 * @example
 * const findings = checkCloakroom(createCoatcheck({ production: false, session: { absoluteTimeout: null } }));
 * findings[0]?.id; // "coat.W009"
 */
export function checkCloakroom(cloakroom: CheckedCloakroom, options: CheckOptions = {}): Finding[] {
  const { settings, store } = cloakroom;
  return CHECK_RULES.filter((rule) => (options.deploy === true || !rule.deployOnly) && rule.applies({ settings, store })).map(({ id, level, setting, reason, cure }) => ({ id, level, setting, reason, cure }));
}
