/**
 * Reading a Cookie request header as RFC 6265bis describes it (sections 4.2 and 5.6): `;` divides the pairs, the first
 * `=` divides a pair, spaces and tabs around both halves do not count, and nothing else has a meaning: quotes, commas,
 * percent signs and backslashes are ordinary characters. Unicode spaces are too, so `String.prototype.trim` is never
 * used here: it would turn a name that is wrapped in no-break spaces into the name inside.
 */

/** Pairs after this many are not looked at: no browser keeps as many cookies for one site. */
const MOST_PAIRS = 1000;

/** A pair that does not end within so many characters is not looked at. */
const MOST_CHARACTERS = 65_536;

const TAB = 0x09;
const SPACE = 0x20;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/**
 * All cookies of a Cookie header with their raw, undecoded values. The first of several with one name wins. Text
 * without a name (`x`, `=x`) is left out. Never throws; looks at no more than 1000 pairs and 65,536 characters.
 *
 * @param header the header as received; several Cookie fields joined with `"; "`.
 * @see RFC 6265bis section 4.2
 * @example
 * parseCookies("theme=dark; lang=en").get("theme"); // "dark"
 */
export function parseCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  let start = 0;
  let equals = -1;
  for (let pairs = 0; pairs < MOST_PAIRS && start < header.length; pairs++) {
    const end = endOfPair(header, start);
    if (end > MOST_CHARACTERS) break;
    // The next equals sign may be many pairs away: searching for it again in each of them would take quadratic time.
    if (equals < start) equals = header.indexOf("=", start);
    if (equals === -1) break;
    if (equals < end) {
      const name = sliceTrimmed(header, start, equals);
      if (name !== "" && !cookies.has(name)) cookies.set(name, sliceTrimmed(header, equals + 1, end));
    }
    start = end + 1;
  }
  return cookies;
}

/**
 * The raw value of the first cookie that is called exactly `name`, or undefined. Gives what `parseCookies` would give,
 * by searching instead of parsing.
 *
 * @param header the header as received.
 * @param name compared byte for byte.
 * @see RFC 6265bis section 5.4
 * @example
 * findCookie("theme=dark; lang=en", "lang"); // "en"
 */
export function findCookie(header: string, name: string): string | undefined {
  const equals = nextEquals(header, name, 0);
  if (equals === -1) return undefined;
  const end = endOfPair(header, equals);
  return end > MOST_CHARACTERS ? undefined : sliceTrimmed(header, equals + 1, end);
}

/**
 * The raw values of all cookies that are called exactly `name`, in the order of the header. A browser sends several
 * when they were set for different paths or domains, and an attacker on a sibling domain can add one.
 *
 * @param header the header as received.
 * @param name compared byte for byte.
 * @param max how many the caller is willing to look at. One more is returned if there are more.
 * @see RFC 6265bis section 4.2.2
 * @example
 * findCookies("sid=a; x=1; sid=b; sid=c", "sid", 1); // ["a", "b"]: more than one
 */
export function findCookies(header: string, name: string, max: number): string[] {
  let values: string[] | null = null;
  let from = 0;
  while (values === null || values.length <= max) {
    const equals = nextEquals(header, name, from);
    if (equals === -1) break;
    const end = endOfPair(header, equals);
    if (end > MOST_CHARACTERS) break;
    const value = sliceTrimmed(header, equals + 1, end);
    // An empty array that is pushed to makes room for seventeen, and there is nearly always just one.
    if (values === null) values = [value];
    else values.push(value);
    from = end;
  }
  return values ?? [];
}

/** The index of the equals sign of the next pair called `name` that begins at `from` or later; -1 if there is none. */
function nextEquals(header: string, name: string, from: number): number {
  if (name === "" || isBlank(name.charCodeAt(0))) return -1;
  for (let at = header.indexOf(name, from); at !== -1; at = header.indexOf(name, at + 1)) {
    let before = at - 1;
    while (before >= 0 && isBlank(header.charCodeAt(before))) before--;
    if (before >= 0 && header.charCodeAt(before) !== SEMICOLON) continue;
    let after = at + name.length;
    while (after < header.length && isBlank(header.charCodeAt(after))) after++;
    if (header.charCodeAt(after) !== EQUALS) continue;
    if (!canBeName(name)) return -1;
    // So many pairs need at least as many characters, so a usual header is never counted.
    if (at >= MOST_PAIRS && countSemicolons(header, at) >= MOST_PAIRS) return -1;
    return after;
  }
  return -1;
}

/** Whether a parser could yield this name, which does not begin with a blank. Asked after a hit, so misses pay nothing. */
function canBeName(name: string): boolean {
  return !isBlank(name.charCodeAt(name.length - 1)) && name.indexOf("=") === -1 && name.indexOf(";") === -1;
}

function countSemicolons(header: string, before: number): number {
  let count = 0;
  for (let at = header.indexOf(";"); at !== -1 && at < before; at = header.indexOf(";", at + 1)) count++;
  return count;
}

function endOfPair(header: string, from: number): number {
  const end = header.indexOf(";", from);
  return end === -1 ? header.length : end;
}

function sliceTrimmed(header: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(header.charCodeAt(start))) start++;
  while (end > start && isBlank(header.charCodeAt(end - 1))) end--;
  return header.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
