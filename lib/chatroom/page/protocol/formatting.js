// IRC's formatting codes (modern.ircdocs.horse/formatting) and links, as runs of text. Sans I/O.
//
//   { text, bold, italic, underline, strike, mono, reverse, fore, back, spoiler, link }
//
// fore and back are 0 to 15, or null.

const CODE = /\x03(\d{1,2})?(?:(?<=\d),(\d{1,2}))?|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d\x1e\x1f]/g;
const SWITCHES = { "\x02": "bold", "\x1d": "italic", "\x1f": "underline", "\x1e": "strike", "\x11": "mono", "\x16": "reverse" };
const PLAIN = { bold: false, italic: false, underline: false, strike: false, mono: false, reverse: false, fore: null, back: null };

// The colours 16 to 98 are rows of twelve hues, and a row of greys.
const HUES = [4, 7, 8, 9, 3, 10, 11, 12, 2, 6, 13, 13];
function basic(code) {
  if (code === undefined || Number(code) === 99) return null;
  const number = Number(code);
  if (number < 16) return number;
  if (number >= 88) return number < 94 ? 14 : 15;
  return HUES[(number - 16) % 12];
}

/** The text without its codes. */
export const unformatted = (text) => text.replace(CODE, "");

/** The text in short, for quotes and notifications, and aloud: without codes, and with spoilers hidden. */
export const plain = (text) => styled(text).map((run) => (run.spoiler ? "(spoiler)" : run.text)).join("").replaceAll("```", "");

export const runs = (text) => styled(text).flatMap(withLinks);

// Text in backquotes is code, also where a client has sent the backquotes, as netcat does.
const QUOTED = /(?<=^|[\s([{"'“])`([^`\n]+)`(?=$|[\s.,:;!?)\]}"'”…])/;

function styled(text) {
  const found = [];
  let style = PLAIN;
  let at = 0;
  const push = (part) => {
    const spoiler = style.fore !== null && style.fore === style.back;
    part.split(QUOTED).forEach((each, index) => each && found.push({ ...style, spoiler, text: each, mono: style.mono || index % 2 === 1 }));
  };
  for (const match of text.matchAll(CODE)) {
    push(text.slice(at, match.index));
    style = after(style, match);
    at = match.index + match[0].length;
  }
  push(text.slice(at));
  return found;
}

function after(style, [code, fore, back]) {
  if (code[0] === "\x0f") return PLAIN;
  if (code[0] === "\x04") return style;
  if (code[0] !== "\x03") return { ...style, [SWITCHES[code]]: !style[SWITCHES[code]] };
  if (fore === undefined) return { ...style, fore: null, back: null };
  return { ...style, fore: basic(fore), back: back === undefined ? style.back : basic(back) };
}

// Only these schemes become links. What follows a link in a sentence does not belong to it; nor do characters that
// turn the direction of text, and so could hide where it leads.
const LINK = /\b(?:https?:\/\/|mailto:|ircs?:\/\/)[^\s<>"`\x00-\x1f\p{Bidi_C}]+/giu;
const MOST_LINKS = 50;

function withLinks(run) {
  if (run.mono || !/[:]/.test(run.text)) return [run];
  const parts = [];
  let at = 0;
  for (const match of run.text.matchAll(LINK)) {
    const url = trimmed(match[0]);
    if (parts.length > 2 * MOST_LINKS || !isUrl(url)) continue;
    if (match.index > at) parts.push({ ...run, text: run.text.slice(at, match.index) });
    parts.push({ ...run, text: url, link: url });
    at = match.index + url.length;
  }
  if (at < run.text.length) parts.push({ ...run, text: run.text.slice(at) });
  return parts;
}

function trimmed(url) {
  let end = url.length;
  while (end > 0 && /[.,:;!?'*_~»”’]/.test(url[end - 1])) end -= 1;
  const text = url.slice(0, end);
  const isOpen = text.endsWith(")") && text.split("(").length < text.split(")").length;
  return isOpen ? trimmed(text.slice(0, -1)) : text;
}

function isUrl(text) {
  try {
    return ["http:", "https:", "mailto:", "irc:", "ircs:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

// What people type, as in the terminal client (client/ui/markup.py has the reasons): *bold*, _italic_, `code`;
// and **bold** and ||spoiler||, as on other pages. Marks count only in pairs around words, because people
// also type globs, paths and faces. A backslash in front keeps a pair.

const STOPS = "、。，！？：；"; // they end a word where there are no spaces
export const BEGINS = `(?:^|(?<=[\\s${STOPS}]))[(（「『【“‘«„¿¡]*`;
export const ENDS = `(?=[.,:;!?…)）」』】”’»]*(?:\\s|$)|[${STOPS}（）「」『』【】])`;
const PAIR = new RegExp(`(${BEGINS})(\\\\?)(?:(\`)([^\`\\n]+)\`|(\\*\\*?)([^*\\n]+)\\5|(_)([^\\s_${STOPS}][^\\s${STOPS}]*?|[^_\\n]+)_|(\\|\\|)([^|\\n]+)\\|\\|)${ENDS}`, "g");
const CODES = { "`": "\x11", "*": "\x02", "**": "\x02", "_": "\x1d" };
const LETTER = "[\\p{L}\\p{N}]|(?![\\0-\\x7f])[\\p{So}\\p{Sk}\\p{M}\\p{Cf}\\u{1f300}-\\u{1faff}]"; // or an emoji
const MOST_NESTED = 3;

/** The typed text with formatting codes for its marks. */
export function marked(text, nested = 0) {
  if (nested === MOST_NESTED) return text;
  const pairs = new RegExp(PAIR);
  let done = "";
  let at = 0;
  for (let pair = pairs.exec(text); pair; pair = pairs.exec(text)) {
    const [all, before, kept, ...groups] = pair;
    const [mark, inside] = groups.filter(Boolean);
    const words = coded(mark, kept ? inside.replace(/\\$/, "") : inside, nested);
    if (words === null) {
      pairs.lastIndex = pair.index + before.length + kept.length + mark.length;
      continue;
    }
    done += text.slice(at, pair.index) + before + (kept ? mark + words + mark : mark === "||" ? `\x0301,01${words}\x03` : CODES[mark] + words + CODES[mark]);
    at = pair.index + all.length;
  }
  return done + text.slice(at);
}

/** What is between two marks; null if it is no words, but a pattern, a path or a face. */
function coded(mark, inside, nested) {
  if (mark === "||") return inside;
  if (mark === "`") return inside === inside.trim() ? inside : null;
  const words = marked(inside, nested + 1);
  const isPattern = inside.includes(" ") && words.includes("*");
  return isWords(words) && !isPattern && !/\s(?:[/~.]\S*|\S*(?::\/\/|\\)\S*)$/.test(inside) ? words : null;
}

const BEGINS_WORDS = new RegExp(`^(?:[“‘«„¿¡\x02\x03\x11\x1d]|${LETTER})`, "u");
const ENDS_WORDS = new RegExp(`(?:[!?…)%”’»\x02\x03\x11\x1d]|${LETTER})$`, "u");
const ANY_LETTER = new RegExp(LETTER, "u");

// A single word is not followed by a full stop: *foo.* is a pattern, *It works.* a sentence.
const isWords = (text) => ANY_LETTER.test(text) && BEGINS_WORDS.test(text) && ENDS_WORDS.test(text.includes(" ") ? text.replace(/[.,:;]$/, "!") : text);

/** The typed text with codes; in a block of code nothing is a mark. `named` replaces names of emoji. */
export const fromTyped = (text, named = (part) => part) =>
  text.split(/(```[^]*?```)/).map((part, index) => (index % 2 ? part : marked(named(part)))).join("");
