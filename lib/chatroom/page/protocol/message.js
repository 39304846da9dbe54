// One IRC line <-> a Message. Sans I/O (Modern IRC, "Message Format"; IRCv3 message-tags).
//
//   { tags: Map, source: {nick, user, host, text} | null, command, params: [] }

const ESCAPES = { ";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n" };
const UNESCAPES = { ":": ";", s: " ", "\\": "\\", r: "\r", n: "\n" };

/** The Message in a line without its line break; null if the line holds no command. */
export function parse(line) {
  let rest = line.replace(/[\r\n\0]+/g, "");
  const tags = new Map();
  if (rest.startsWith("@")) {
    const [word, after] = cut(rest.slice(1));
    for (const tag of word.split(";")) {
      const at = tag.indexOf("=");
      const name = at < 0 ? tag : tag.slice(0, at);
      if (name) tags.set(name, at < 0 ? "" : unescapeValue(tag.slice(at + 1)));
    }
    rest = after;
  }
  let source = null;
  if (rest.startsWith(":")) {
    const [word, after] = cut(rest.slice(1));
    source = parseSource(word);
    rest = after;
  }
  const [command, after] = cut(rest);
  if (!command) return null;
  return { tags, source, command: command.toUpperCase(), params: parseParams(after) };
}

/** The line for a command. Throws a RangeError if a parameter could not be one. */
export function serialise(command, params = [], tags = null) {
  const words = params.map(String);
  words.forEach((word, index) => {
    const isLast = index === words.length - 1;
    if (/[\r\n\0]/.test(word)) throw new RangeError("A parameter cannot hold a line break");
    if (!isLast && (word === "" || word.includes(" ") || word.startsWith(":"))) {
      throw new RangeError("Only the last parameter may be empty, hold spaces or begin with a colon");
    }
  });
  if (words.length) words.push(trailing(words.pop()));
  const head = tags && Object.keys(tags).length ? [`@${serialiseTags(tags)}`] : [];
  return [...head, command, ...words].join(" ");
}

function trailing(word) {
  return word === "" || word.includes(" ") || word.startsWith(":") ? `:${word}` : word;
}

function serialiseTags(tags) {
  return Object.entries(tags)
    .map(([name, value]) => (value === "" ? name : `${name}=${escapeValue(value)}`))
    .join(";");
}

const escapeValue = (value) => String(value).replace(/[; \\\r\n]/g, (each) => ESCAPES[each]);

// A lone backslash at the end is dropped, and an unknown escape is its own letter.
const unescapeValue = (value) => value.replace(/\\(.?)/gs, (_, each) => UNESCAPES[each] ?? each);

function cut(text) {
  const at = text.indexOf(" ");
  if (at < 0) return [text, ""];
  return [text.slice(0, at), text.slice(at).replace(/^ +/, "")];
}

function parseParams(text) {
  const params = [];
  let rest = text;
  while (rest) {
    if (rest.startsWith(":")) {
      params.push(rest.slice(1));
      break;
    }
    const [word, after] = cut(rest);
    params.push(word);
    rest = after;
  }
  return params;
}

function parseSource(text) {
  const [, nick, , user = "", , host = ""] = /^([^!@]*)(!([^@]*))?(@(.*))?$/.exec(text) ?? [, text];
  return { nick, user, host, text };
}
