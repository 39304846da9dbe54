// Whether a text mentions a name as a word of its own.

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Hangul}]/u;
const WORD = /[\p{L}\p{N}\p{M}_]/u;

/** Both folded in the same way. */
export function mentions(text, name) {
  if (!name) return false;
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? "";
    const after = [...text.slice(at + name.length, at + name.length + 2)][0] ?? "";
    if (ends(before) && ends(after)) return true;
  }
  return false;
}

const ends = (character) => !WORD.test(character) || UNSPACED.test(character);
