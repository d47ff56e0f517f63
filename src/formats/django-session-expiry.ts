import { UnsupportedValue } from "../errors.ts";
import { type DjangoRelease, isAtLeast } from "./django-release.ts";
import { PythonFloat, type PythonValue } from "./python-values.ts";

/** The key in the session's data that holds its own expiry. */
export const DJANGO_EXPIRY_KEY = "_session_expiry";

/** The settings that decide how {@link DJANGO_EXPIRY_KEY} is read. */
export interface DjangoExpirySettings {
  readonly release: DjangoRelease;
  /** SESSION_COOKIE_AGE. */
  readonly cookieAgeSeconds: number;
  /** SESSION_EXPIRE_AT_BROWSER_CLOSE. */
  readonly expiresAtBrowserClose: boolean;
  /** USE_TZ: dates carry an offset if and only if it is on. */
  readonly usesTimeZones: boolean;
}

/** How long a session lives. */
export interface DjangoExpiry {
  /** Seconds from now; negative when it is over. */
  readonly ageSeconds: number;
  /** Milliseconds since 1970. With USE_TZ off, of the wall clock taken as UTC. */
  readonly expiresAt: number;
  readonly endsWithBrowser: boolean;
}

/**
 * What a stored `_session_expiry` means at an instant.
 *
 * @param stored the value, undefined when the key is absent
 * @param now milliseconds since 1970 (with USE_TZ off, of the wall clock taken as UTC)
 * @returns null where Django fails with an error: text before 4.1, a text that is no date, or a date with or without offset against USE_TZ
 */
export function readDjangoExpiry(stored: PythonValue | undefined, now: number, settings: DjangoExpirySettings): DjangoExpiry | null {
  const value = stored instanceof PythonFloat ? stored.value : stored;
  if (typeof value === "string" && value !== "") {
    const expiresAt = isAtLeast(settings.release, "4.2") ? parseIsoDate(value, settings.usesTimeZones) : null;
    return expiresAt === null ? null : { ageSeconds: Math.floor((expiresAt - now) / 1000), expiresAt, endsWithBrowser: false };
  }
  if (value === undefined || value === null) return fromSeconds(settings.cookieAgeSeconds, now, settings.expiresAtBrowserClose);
  if (typeof value !== "number" && typeof value !== "boolean") return null;
  const seconds = Number(value);
  return fromSeconds(seconds === 0 ? settings.cookieAgeSeconds : seconds, now, seconds === 0);
}

function fromSeconds(ageSeconds: number, now: number, endsWithBrowser: boolean): DjangoExpiry | null {
  return Number.isFinite(ageSeconds) ? { ageSeconds, expiresAt: now + ageSeconds * 1000, endsWithBrowser } : null;
}

const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[^](\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?)?$/;

/** As Python's `datetime.fromisoformat` (3.11) reads dates with hyphens, to the millisecond. */
function parseIsoDate(text: string, wantsOffset: boolean): number | null {
  const match = ISO_DATE.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offset] = match;
  if ((offset !== undefined) !== wantsOffset) return null;
  const parts = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const at = new Date(0);
  at.setUTCFullYear(parts[0], parts[1], parts[2]);
  at.setUTCHours(parts[3], parts[4], parts[5], Number(fraction.padEnd(3, "0").slice(0, 3)));
  const isSame = at.getUTCMonth() === parts[1] && at.getUTCDate() === parts[2] && at.getUTCHours() === parts[3] && at.getUTCMinutes() === parts[4] && at.getUTCSeconds() === parts[5];
  return isSame && parts[0] > 0 ? at.getTime() - offsetMs(offset ?? "Z") : null;
}

function offsetMs(offset: string): number {
  if (offset === "Z") return 0;
  const [hours = 0, minutes = 0, seconds = 0] = (offset.match(/\d{2}/g) ?? []).map(Number);
  return (offset.startsWith("-") ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/**
 * The value to store for an expiry: seconds of inactivity as a number, an instant as the ISO text that every Python reads.
 *
 * @param expiry seconds, 0 for "until the browser closes", an instant, or null for the default
 * @returns undefined when the key has to be removed
 * @throws UnsupportedValue for an instant before Django 4.1, which cannot store one
 */
export function writeDjangoExpiry(expiry: number | Date | null, settings: Pick<DjangoExpirySettings, "release" | "usesTimeZones">): PythonValue | undefined {
  if (expiry === null) return undefined;
  if (typeof expiry === "number") return expiry;
  if (!isAtLeast(settings.release, "4.2")) throw new UnsupportedValue(DJANGO_EXPIRY_KEY, "Django before 4.1 cannot keep an instant here. Give seconds.");
  return formatDjangoDate(expiry, settings.usesTimeZones);
}

/** Python's `datetime.isoformat()` in UTC: no fraction, or six digits of it; `+00:00`, never `Z`. */
export function formatDjangoDate(at: Date, hasOffset: boolean): string {
  const [seconds = "", milliseconds = ""] = at.toISOString().replace("Z", "").split(".");
  return `${seconds}${milliseconds === "000" ? "" : `.${milliseconds}000`}${hasOffset ? "+00:00" : ""}`;
}
