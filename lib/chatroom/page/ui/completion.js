// Fills the text field: Tab completes nicknames, rooms behind #, emoji behind a colon and commands, and the
// arrow keys bring back what was sent. No DOM.

import { unformatted } from "../protocol/formatting.js";

const MOST = 50;

/** What one has sent in a room, to take it back into the text field. */
export class Recall {
  #sent = new Map(); // room -> texts, the newest first
  #at = -1; // which of them is in the field
  #shown = "";

  add(room, text) {
    this.#at = -1;
    this.#sent.set(room, [text, ...this.#texts(room).filter((each) => each !== text)].slice(0, MOST));
  }

  /**
   * The text that is `step` older than what the field has; null where the arrow key only moves the cursor,
   * because something else has been typed.
   */
  step(room, step, typed) {
    if (!typed) this.#at = -1;
    else if (typed !== this.#shown || this.#at < 0) return null;
    const texts = this.#texts(room);
    const at = this.#at + step;
    if (at < -1 || at >= texts.length) return null;
    this.#at = at;
    this.#shown = texts[at] ?? "";
    return this.#shown;
  }

  // After a reload only the log knows.
  #texts(room) {
    return this.#sent.get(room) ?? room.history.lines
      .filter((line) => line.isOwn && line.kind === "message" && line.text)
      .map((line) => unformatted(line.text)).reverse().slice(0, MOST);
  }
}

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
