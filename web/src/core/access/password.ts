/** Which passwords an account may have: mirrors `core/access/password.py`. The page shows what the server will say. */

export const SHORTEST = 12;
export const LONGEST = 128;
export const LEAST_STRENGTH = 2;

const BITS = [30, 45, 60, 80];
const ROWS = ["qwertyuiop", "azertyuiop", "qwertzuiop", "asdfghjkl", "qsdfghjklm", "zxcvbnm", "wxcvbn", "yxcvbnm"];
const LEAST_WORD = 3;
const FEW = 0.6;

export type Flaw = "too-short" | "too-long" | "too-weak" | "repeats" | "sequence" | "contains-name";

/** Strength from 0 (guessed at once) to 4, what lowers it, and whether it may be used. */
export interface Verdict {
  readonly strength: 0 | 1 | 2 | 3 | 4;
  readonly flaws: readonly Flaw[];
  readonly accepted: boolean;
}

/** Judges a password; `known` are the login and the name of its account. Characters are code points. */
export function judge(password: string, ...known: readonly string[]): Verdict {
  const text = [...password.normalize("NFC")];
  if (text.length > LONGEST) return { strength: 0, flaws: ["too-long"], accepted: false };
  const whole = folded(text.join(""));
  const rest = without(whole, known);
  const { fresh, flaws } = freshOf([...rest]);
  let strength = BITS.filter((bound) => bitsOf(text, [...rest], fresh) >= bound).length as Verdict["strength"];
  if (rest !== whole) flaws.unshift("contains-name");
  if (strength < LEAST_STRENGTH) flaws.unshift("too-weak");
  if (text.length < SHORTEST) {
    strength = strength > 1 ? 1 : strength;
    flaws.unshift("too-short");
  }
  return { strength, flaws, accepted: strength >= LEAST_STRENGTH };
}

/** Small letters, as Python's casefold gives them for what people type; rarer foldings differ, and the server decides. */
function folded(text: string): string {
  return text.toLowerCase().replaceAll("ß", "ss");
}

/** The text with each word that everybody knows of the person as one character. */
function without(text: string, known: readonly string[]): string {
  const words = known.flatMap(
    (one) =>
      folded(one)
        .normalize("NFC")
        .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
  const long = [...new Set(words)].filter((word) => [...word].length >= LEAST_WORD);
  long.sort((one, other) => [...other].length - [...one].length);
  return long.reduce((rest, word) => rest.replaceAll(word, [...word][0] ?? ""), text);
}

/** How many characters do not follow from those before them, and what the others do. */
function freshOf(text: readonly string[]): { fresh: number; flaws: Flaw[] } {
  const seen = new Set<string>();
  let [fresh, repeated, follows] = [0, 0, 0];
  text.forEach((character, at) => {
    const three = text.slice(Math.max(0, at - 2), at + 1);
    const key = three.join("");
    const isThree = three.length === 3;
    if ((at > 0 && character === text[at - 1]) || (isThree && seen.has(key))) repeated += 1;
    else if (isThree && isSequence(three)) follows += 1;
    else fresh += 1;
    seen.add(key);
  });
  const many = text.length * (1 - FEW);
  const flaws: Flaw[] = [];
  if (repeated > many) flaws.push("repeats");
  if (follows > many) flaws.push("sequence");
  return { fresh, flaws };
}

function isSequence(three: readonly string[]): boolean {
  const [first = 0, second = 0, third = 0] = three.map((character) => character.codePointAt(0));
  const step = second - first;
  if (Math.abs(step) === 1 && third - second === step) return true;
  const text = three.join("");
  const back = [...three].reverse().join("");
  return ROWS.some((row) => row.includes(text) || row.includes(back));
}

/** An estimate from above: each fresh character is one of its kinds, or of twice as many as there are. */
function bitsOf(text: readonly string[], rest: readonly string[], fresh: number): number {
  if (rest.length === 0) return 0;
  const kinds: [RegExp, number][] = [
    [/[a-z]/, 26],
    [/[A-Z]/, 26],
    [/[0-9]/, 10],
    [/[\0-/:-@[-`{-\x7f]/, 33],
    [/[^\0-\x7f]/, 100],
  ];
  const whole = text.join("");
  const pool = kinds.reduce((sum, [kind, size]) => sum + (kind.test(whole) ? size : 0), 0);
  return fresh * Math.log2(Math.min(pool, 2 * new Set(rest).size));
}
