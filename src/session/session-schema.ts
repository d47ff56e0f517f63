import type { SessionValues } from "../codec/codec.ts";
import { ConfigurationError } from "../errors.ts";
import { isStandardSchema, type InferInput, type StandardSchemaV1 } from "./standard-schema.ts";

/** Makes the data of the next version from that of one version. Pure and synchronous: it runs again until the session is next saved. */
export type SessionUpgrade = (old: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** A schema with a version, and the way to it from each older one. */
export interface VersionedSchema<Schema extends StandardSchemaV1<unknown, unknown> = StandardSchemaV1<unknown, unknown>> {
  readonly version: number;
  readonly schema: Schema;
  readonly upgrades: Readonly<Record<number, SessionUpgrade>>;
}

/** What `session.schema` accepts. A schema without a version has version 1. */
export type SessionSchemaOption = StandardSchemaV1<unknown, unknown> | VersionedSchema;

/** The session's type as its schema says. */
export type InferSchema<Option extends SessionSchemaOption> = Extract<
  Option extends VersionedSchema<infer Schema> ? InferInput<Schema> : Option extends StandardSchemaV1<unknown, unknown> ? InferInput<Option> : never,
  object
>;

/**
 * Gives the shape of the session a version. Sessions that were saved with an older one run through the upgrades when they are next looked at.
 *
 * @param definition `version` 1 or more; `upgrades[n]` makes data of version n + 1 from data of version n, one for every n below `version`. Data that was saved
 *   before there was a schema counts as version 1.
 * @throws ConfigurationError when an upgrade is missing or has no place
 * @example
 * const schema = defineSessionSchema({
 *   version: 2,
 *   schema: z.object({ cart: z.array(z.object({ id: z.string(), count: z.number() })) }),
 *   upgrades: { 1: (old) => ({ ...old, cart: (old.cart as string[] | undefined)?.map((id) => ({ id, count: 1 })) }) },
 * });
 * const cloakroom = createCoatcheck({ session: { schema } });
 */
export function defineSessionSchema<Schema extends StandardSchemaV1<unknown, unknown>>(definition: {
  readonly version: number;
  readonly schema: Schema;
  readonly upgrades?: Readonly<Record<number, SessionUpgrade>>;
}): VersionedSchema<Schema> {
  const versioned = { version: definition.version, schema: definition.schema, upgrades: definition.upgrades ?? {} };
  checkVersions(versioned, "defineSessionSchema");
  return Object.freeze(versioned);
}

/** A schema that the session can work with: one question, answered at once. */
export interface SessionSchema {
  readonly version: number;
  /** What is wrong with these values, key by key: where, in dots and brackets. Keys that are not there are not missed. */
  judge(values: Readonly<SessionValues>): ReadonlyMap<string, readonly string[]>;
  /**
   * @returns values of this version; the same object when there is nothing to upgrade
   * @throws whatever an upgrade throws
   */
  upgrade(values: SessionValues, from: number): SessionValues;
}

/**
 * @param setting the option's name, for the error
 * @throws ConfigurationError for what is no schema, one that answers later (async), or versions with a gap
 */
export function resolveSessionSchema(option: unknown, setting: string): SessionSchema {
  const versioned = isStandardSchema(option) ? { version: 1, schema: option, upgrades: {} } : option;
  if (!isVersioned(versioned)) throw new ConfigurationError(setting, "expected a schema that speaks Standard Schema version 1 (zod 3.24, valibot 1, arktype 2, or later), or what defineSessionSchema() returns.");
  checkVersions(versioned, setting);
  const { version, upgrades, schema } = versioned;
  const judge = (values: Readonly<SessionValues>): ReadonlyMap<string, readonly string[]> => judgeValues(schema, values, setting);
  judge({});
  return {
    version,
    judge,
    upgrade: (values, from) => {
      let current = values;
      for (let at = from; at < version; at++) current = demandObject((upgrades[at] as SessionUpgrade)(current), at, setting);
      return current;
    },
  };
}

function isVersioned(value: unknown): value is VersionedSchema {
  const candidate = value as Partial<VersionedSchema> | null | undefined;
  return typeof candidate === "object" && candidate !== null && isStandardSchema(candidate.schema) && typeof candidate.upgrades === "object" && candidate.upgrades !== null;
}

function checkVersions({ version, upgrades }: VersionedSchema, setting: string): void {
  if (!Number.isSafeInteger(version) || version < 1) throw new ConfigurationError(setting, "the version is a whole number from 1 on.");
  for (let at = 1; at < version; at++) {
    if (typeof upgrades[at] !== "function") throw new ConfigurationError(setting, `there is no upgrade from version ${at} to ${at + 1}: add upgrades[${at}].`);
  }
  const stray = Object.keys(upgrades).find((at) => !(Number(at) >= 1 && Number(at) < version));
  if (stray !== undefined) throw new ConfigurationError(setting, `upgrades[${stray}] leads from no version below ${version}.`);
}

function demandObject(upgraded: unknown, at: number, setting: string): SessionValues {
  if (typeof upgraded === "object" && upgraded !== null && !Array.isArray(upgraded) && typeof (upgraded as { then?: unknown }).then !== "function") return upgraded as SessionValues;
  throw new ConfigurationError(setting, `upgrades[${at}] must return an object, at once.`);
}

/** The schema knows the whole session; a session never has to be whole. What is said about keys that are not there does not count. */
function judgeValues(schema: StandardSchemaV1<unknown, unknown>, values: Readonly<SessionValues>, setting: string): ReadonlyMap<string, readonly string[]> {
  const result = schema["~standard"].validate(values);
  if (result instanceof Promise || typeof (result as { then?: unknown }).then === "function") {
    (result as Promise<unknown>).then(undefined, () => undefined);
    throw new ConfigurationError(setting, "the schema answers later: it is asynchronous, or a check in it threw (zod then tries again that way). A session is read and written at once: leave asynchronous checks to the handler.");
  }
  const found = new Map<string, string[]>();
  for (const issue of (result as Exclude<typeof result, Promise<unknown>>).issues ?? []) {
    const path = (issue.path ?? []).map((part) => (typeof part === "object" ? part.key : part));
    // An unknown key is said of the whole object by some libraries, which then name it beside the path.
    const keys = path.length > 0 ? [String(path[0])] : listKeys(issue);
    for (const key of keys) {
      if (!Object.hasOwn(values, key)) continue;
      const places = found.get(key) ?? [];
      found.set(key, places);
      if (places.length < MOST_PLACES) places.push(showPath(path.length > 0 ? path : [key]));
    }
  }
  return found;
}

const MOST_PLACES = 10;

function listKeys(issue: object): string[] {
  const { keys } = issue as { keys?: unknown };
  return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
}

function showPath(path: readonly PropertyKey[]): string {
  return path.map((part, index) => (typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`)).join("");
}
