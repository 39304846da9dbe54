// Names: folding, mentions, the server's announced features, and what a room is called in front of people.

/** Returns a function that folds names, so that names of the same room or person are equal. */
export function folding(isupport) {
  const mapping = isupport.get("CASEMAPPING") ?? "rfc1459";
  const unicode = isupport.has("UTF8MAPPING");
  return (name) => {
    const text = unicode ? name.normalize("NFC").toLowerCase() : asciiLower(name);
    return mapping.startsWith("rfc1459") ? text.replace(/[[\]\\~]/g, (each) => RFC1459[each]) : text;
  };
}

const RFC1459 = { "[": "{", "]": "}", "\\": "|", "~": "^" };
const asciiLower = (name) => name.replace(/[A-Z]/g, (each) => each.toLowerCase());

/** Adds the tokens of one 005 line to the Map; `-NAME` takes one away. */
export function addTokens(isupport, tokens) {
  for (const token of tokens) {
    if (token.startsWith("-")) {
      isupport.delete(token.slice(1));
      continue;
    }
    const [name, ...value] = token.split("=");
    const text = value.join("=").replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex) =>
      String.fromCharCode(parseInt(hex, 16)));
    isupport.set(name, text);
  }
}

/** [["q", "~"], ["o", "@"], …]: mode letter and symbol of each rank, the highest first. */
export function ranks(isupport) {
  const [, letters, symbols] = /^\(([^)]*)\)(.*)$/.exec(isupport.get("PREFIX") ?? "(ov)@+") ?? [, "", ""];
  return [...letters].map((letter, index) => [letter, symbols[index]]);
}

export const isRoom = (isupport, name) => (isupport.get("CHANTYPES") ?? "#").includes(name[0] ?? " ");

/** Whether the server relays a client-only tag, named without its `+` (ISUPPORT CLIENTTAGDENY). */
export function relays(isupport, tag) {
  const denied = (isupport.get("CLIENTTAGDENY") ?? "").split(",");
  return denied.includes("*") ? denied.includes(`-${tag}`) : !denied.includes(tag);
}

/** Parts of the server with whom one can talk. */
export const isService = (nick) => /^(nick|chan)serv$/i.test(nick);

/** `#general` is `general` in front of people. */
export const bare = (name) => (name.startsWith("#") ? name.slice(1) : name);
export const onWire = (name) => (name.startsWith("#") && !name.startsWith("##") ? name : `#${name}`);

/** The single changes of a MODE: [{letter, isSet, parameter}]. */
export function modeChanges(isupport, letters, parameters) {
  const [lists = "", always = "", whenSet = ""] = (isupport.get("CHANMODES") ?? "b,k,l,").split(",");
  const taking = lists + always + ranks(isupport).map(([letter]) => letter).join("");
  const left = [...parameters];
  const found = [];
  let isSet = true;
  for (const letter of letters) {
    if (letter === "+" || letter === "-") isSet = letter === "+";
    else found.push({ letter, isSet, parameter: taking.includes(letter) || (isSet && whenSet.includes(letter)) ? left.shift() ?? "" : "" });
  }
  return found;
}

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Hangul}]/u;
const WORD = /[\p{L}\p{N}\p{M}_]/u;

/** Whether a text mentions a name as a word of its own; both folded in the same way. */
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
