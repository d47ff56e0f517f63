/** Longer headers and lists are no browser's: the rest is not looked at. */
const MOST_CHARACTERS = 1000;
const MOST_RANGES = 32;

/** RFC 4647 section 2.1, and a quality of RFC 9110 section 12.4.2. */
const RANGE = /^(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8}){0,7})(?:[ \t]*;[ \t]*[qQ]=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/;

interface LanguageRange {
  /** Lower-case. */
  readonly range: string;
  readonly quality: number;
}

/**
 * The language that the browser likes best among those that there are: lookup as in RFC 4647 section 3.4 (`de-CH` finds `de`), by
 * quality and then by order. What lookup does not find is sought once more by its first part, so that `en-GB` finds `en-US` before
 * everything fails. A language with `q=0` is not chosen.
 *
 * @param header Accept-Language as received; malformed parts are skipped
 * @param values language tags as the application writes them
 * @returns one of `values`, or null when nothing fits
 * @example
 * negotiateLanguage("fr-CH, de;q=0.8, *;q=0.1", ["en", "de"]); // "de"
 */
export function negotiateLanguage<Value extends string>(header: string | undefined, values: readonly Value[]): Value | null {
  if (header === undefined) return null;
  const ranges = parseRanges(header);
  const refused = ranges.filter(({ quality }) => quality === 0);
  const wanted = ranges.filter(({ quality }) => quality > 0).sort((a, b) => b.quality - a.quality);
  const allowed = values.filter((value) => !isRefused(value.toLowerCase(), refused, wanted));
  return lookup(wanted, allowed) ?? findRelated(wanted, allowed);
}

function parseRanges(header: string): LanguageRange[] {
  const ranges: LanguageRange[] = [];
  for (const part of header.slice(0, MOST_CHARACTERS).split(",", MOST_RANGES)) {
    const [, range, quality] = RANGE.exec(part.replace(/^[ \t]+|[ \t]+$/g, "")) ?? [];
    if (range !== undefined) ranges.push({ range: range.toLowerCase(), quality: quality === undefined ? 1 : Number(quality) });
  }
  return ranges;
}

/** A refusal of `en` covers `en-GB`, unless that was asked for by name. A refused star covers what nobody named. */
function isRefused(tag: string, refused: readonly LanguageRange[], wanted: readonly LanguageRange[]): boolean {
  if (refused.some(({ range }) => range === tag)) return true;
  if (wanted.some(({ range }) => covers(range, tag))) return false;
  return refused.some(({ range }) => range === "*" || covers(range, tag));
}

function covers(range: string, tag: string): boolean {
  return tag === range || tag.startsWith(`${range}-`);
}

/** Each range is cut from its end until a tag is found; a single letter that begins an extension goes with what follows it. */
function lookup<Value extends string>(wanted: readonly LanguageRange[], values: readonly Value[]): Value | null {
  for (const { range } of wanted) {
    // The star stands for the application's own default.
    if (range === "*") continue;
    let parts = range.split("-");
    while (parts.length > 0) {
      const candidate = parts.join("-");
      const found = values.find((value) => value.toLowerCase() === candidate);
      if (found !== undefined) return found;
      parts = parts.slice(0, -1);
      if (parts.length > 1 && parts.at(-1)?.length === 1) parts = parts.slice(0, -1);
    }
  }
  return null;
}

function findRelated<Value extends string>(wanted: readonly LanguageRange[], values: readonly Value[]): Value | null {
  for (const { range } of wanted) {
    const language = range.split("-", 1)[0] as string;
    const found = values.find((value) => value.toLowerCase().split("-", 1)[0] === language);
    if (found !== undefined) return found;
  }
  return null;
}
