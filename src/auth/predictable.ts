import { commonWords } from "./common-passwords.ts";

/** Rows, columns and alphabets that fingers run along. */
const PATHS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "!@#$%^&*()", "qazwsxedcrfvtgbyhnujm", "147258369", "159357", "1470", "2580", "741852963"];
const WALKS: readonly string[] = PATHS.flatMap((path) => [path, [...path].reverse().join("")]);
const SHORTEST_WALK = 3;

/** Figures and signs that stand for letters. A one is an i or an l. */
const LEET: Readonly<Record<string, string>> = { "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", $: "s", "!": "i", "+": "t" };

/** Longer ones are no entry of any list. */
const LONGEST_LISTED = 32;
const LONGEST_UNIT = 5;
const SHORTEST_WORD = 4;
const MOST_FIGURES = 6;
const MOST_SIGNS = 3;
const MOST_BESIDE_A_RUN = 2;

/**
 * Whether a password is among the first that anybody would try: only figures, a short text said over and over, a run along the keyboard, or a
 * common word or name with a few figures and signs around it, however it is written.
 */
export function isPredictable(password: string): boolean {
  const text = password.normalize("NFKC").toLowerCase();
  if (/^\p{Nd}*$/u.test(text) || isRepetition(text)) return true;
  if (text.length > LONGEST_LISTED) return false;
  return stripWalks(text).length <= MOST_BESIDE_A_RUN || isPadding(text, 0) || isInterleaved(text) || hasWord(text);
}

function isRepetition(text: string): boolean {
  // Said at least once more, though it may be cut off: ou812ou8.
  for (let unit = 1; unit <= LONGEST_UNIT && unit + SHORTEST_WALK <= text.length; unit++) {
    const head = text.slice(0, unit);
    if (head.repeat(Math.ceil(text.length / unit)).startsWith(text)) return true;
  }
  return false;
}

/** `q1w2e3r4`: two runs that take turns. */
function isInterleaved(text: string): boolean {
  const [even, odd] = [0, 1].map((parity) => [...text].filter((_, at) => at % 2 === parity).join("")) as [string, string];
  return stripWalks(even) === "" && stripWalks(odd) === "";
}

/** A common word, forwards or backwards, once or twice, between paddings. */
function hasWord(text: string): boolean {
  const words = commonWords();
  for (let start = 0; start < text.length; start++) {
    for (let end = text.length; end - start >= SHORTEST_WALK; end--) {
      if (!spellings(text.slice(start, end)).some((word) => words.has(word))) continue;
      const letters = end - start >= SHORTEST_WORD ? 1 : 0;
      if (isPadding(text.slice(0, start) + text.slice(end), letters)) return true;
    }
  }
  return false;
}

/** What a text may be meant to say. */
function spellings(text: string): string[] {
  const plain = [...text].map((sign) => LEET[sign] ?? sign).join("");
  const other = text.replaceAll("1", "l").replaceAll(/[^l]/g, (sign) => LEET[sign] ?? sign);
  const half = text.length % 2 === 0 && text.slice(0, text.length / 2) === text.slice(text.length / 2) ? text.slice(0, text.length / 2) : text;
  return [text, plain, other, half, [...text].reverse().join("")];
}

/** Nothing but runs, a few figures, a few signs, and so many letters. */
function isPadding(text: string, mostLetters: number): boolean {
  const rest = stripWalks(text);
  const figures = rest.replaceAll(/\P{Nd}/gu, "").length;
  const letters = rest.replaceAll(/\P{L}/gu, "").length;
  const years = rest.match(/(?:19|20)\p{Nd}{2}/u)?.[0].length ?? 0;
  return letters <= mostLetters && figures - years <= MOST_FIGURES && rest.length - figures - letters <= MOST_SIGNS;
}

/** The text without its runs of three and more. */
function stripWalks(text: string): string {
  let rest = "";
  for (let at = 0; at < text.length; ) {
    const run = longestWalk(text, at);
    if (run >= SHORTEST_WALK) at += run;
    else rest += text[at++] ?? "";
  }
  return rest;
}

function longestWalk(text: string, at: number): number {
  let longest = 1;
  while (text[at + longest] === text[at] && at + longest < text.length) longest++;
  for (const walk of WALKS) {
    let length = longest + 1;
    while (at + length <= text.length && walk.includes(text.slice(at, at + length))) length++;
    longest = Math.max(longest, length - 1);
  }
  return longest;
}
