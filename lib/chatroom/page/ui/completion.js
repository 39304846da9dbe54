// Tab completion of nicknames. No DOM.

/**
 * Completes the word before `at`, or takes the next match if `before` is the last result. Returns
 * {text, at, start, word, matches, index}, or null if nothing matches.
 */
export function complete(text, at, names, before, step) {
  const state = before?.text === text && before.at === at ? { ...before } : first(text, at, names);
  if (!state?.matches.length) return null;
  const { matches, start, tail } = state;
  const index = state.index === null ? (step > 0 ? 0 : matches.length - 1) : (state.index + step + matches.length) % matches.length;
  const word = matches[index] + (start === 0 ? ": " : " ");
  return { ...state, index, text: state.head + word + tail, at: start + word.length };
}

function first(text, at, names) {
  const head = text.slice(0, at);
  const typed = /\S*$/.exec(head)[0].replace(/^@/, "");
  const start = at - /\S*$/.exec(head)[0].length;
  if (!typed) return null;
  const wanted = typed.toLowerCase();
  const matches = names.filter((name) => name.toLowerCase().startsWith(wanted)).sort((one, other) => one.localeCompare(other));
  return { matches, start, head: text.slice(0, start), tail: text.slice(at), index: null };
}
