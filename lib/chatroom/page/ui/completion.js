// Tab completion of nicknames, and of emoji behind a colon. No DOM.

/**
 * Completes the word before `at`, or takes the next match if `before` is the last result. Returns
 * {text, at, start, word, matches, index}, or null if nothing matches. sources: {names, emoji(start)}.
 */
export function complete(text, at, sources, before, step) {
  const state = before?.text === text && before.at === at ? { ...before } : first(text, at, sources);
  if (!state?.matches.length) return null;
  const { matches, start, tail } = state;
  const index = state.index === null ? (step > 0 ? 0 : matches.length - 1) : (state.index + step + matches.length) % matches.length;
  const word = matches[index] + (start === 0 && !matches[index].startsWith(":") ? ": " : " ");
  return { ...state, index, text: state.head + word + tail, at: start + word.length };
}

function first(text, at, { names, emoji }) {
  const head = text.slice(0, at);
  const [word] = /\S*$/.exec(head);
  const start = at - word.length;
  const wanted = word.replace(/^[@:]/, "").toLowerCase();
  if (!wanted) return null;
  const matches = word.startsWith(":") ? emoji(wanted) : names.filter((name) => name.toLowerCase().startsWith(wanted)).sort((one, other) => one.localeCompare(other));
  return { matches, start, head: text.slice(0, start), tail: text.slice(at), index: null };
}
