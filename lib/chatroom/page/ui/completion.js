// Tab completion of nicknames, of rooms behind #, of emoji behind a colon, and of commands. No DOM.

/**
 * Completes the word before `at`, or takes the next match if `before` is the last result. Returns
 * {text, at, start, matches, index}, or null if nothing matches. sources: {names, emoji(start), rooms, commands};
 * commands are {name, usage}.
 */
export function complete(text, at, sources, before, step) {
  const state = before?.text === text && before.at === at ? { ...before } : first(text, at, sources);
  if (!state?.matches.length) return null;
  const { matches, start, tail } = state;
  const index = state.index === null ? (step > 0 ? 0 : matches.length - 1) : (state.index + step + matches.length) % matches.length;
  const word = matches[index] + (start === 0 && !/^[:/#]/.test(matches[index]) ? ": " : " ");
  return { ...state, index, text: state.head + word + tail, at: start + word.length };
}

function first(text, at, sources) {
  const head = text.slice(0, at);
  const [word] = /\S*$/.exec(head);
  const start = at - word.length;
  const matches = word.replace(/^[@:#/]/, "") ? matchesOf(word, text.slice(0, start), sources) : [];
  return { matches, start, head: text.slice(0, start), tail: text.slice(at), index: null };
}

function matchesOf(word, before, { names, emoji, rooms = [], commands = [] }) {
  if (word.startsWith(":")) return emoji(word.slice(1).toLowerCase());
  if (word.startsWith("#")) return like(rooms, word.slice(1)).map((name) => `#${name}`);
  if (word.startsWith("/") && !before) return like(commands.map(({ name }) => name), word.slice(1)).map((name) => `/${name}`);
  const command = commands.find(({ name }) => before === `/${name} `);
  return like(/^\[?ROOM/.test(command?.usage) ? rooms : names, word.replace(/^@/, ""));
}

const like = (names, start) => names.filter((name) => name.toLowerCase().startsWith(start.toLowerCase())).sort((one, other) => one.localeCompare(other));
