// The history of one conversation: a window of consecutive lines, which grows at both ends by pages
// (IRCv3 chathistory) and at the end by what is said now. Sans I/O: `ask` requests a page.
//
// The window never has a gap and no line twice. If something is missing between the window and now (after
// a connection was lost, or because the person reads far above), `isLive` is false, and lines that are said
// meanwhile only count as `unseen` until `newer` or `latest` has reached the end.

import { SPOKEN } from "./lines.js";

export const PAGE = 60; // lines of a page
export const MOST_LINES = 400; // lines of a window
const MOST_UNPLACED = 200; // reactions to lines that are not in the window

export class History {
  /**
   * ask(subcommand, references, limit) -> Promise of {entries, isEnd}; entries are lines and reactions,
   * oldest first. isFollowing() tells whether the person sees the end of the window.
   */
  constructor({ ask, isFollowing = () => true, changed = () => {} }) {
    this.lines = [];
    this.isLive = true;
    this.isAtStart = false;
    this.isLoading = false;
    this.isLoaded = false;
    this.unseen = 0;
    this.#ask = ask;
    this.#isFollowing = isFollowing;
    this.#changed = changed;
  }

  #ask;
  #isFollowing;
  #changed;
  #known = new Map(); // msgid -> line
  #waiting = []; // lines that were said while a page is on its way
  #unplaced = new Map(); // msgid -> reactions

  find(id) {
    return this.#known.get(id);
  }

  /** Something was said now. Returns whether it is in the window. */
  append(line) {
    if (this.isLoading) {
      this.#waiting.push(line);
      return false;
    }
    return this.#appendNow(line);
  }

  #appendNow(line) {
    if (line.id && this.#known.has(line.id)) return true;
    const isFull = this.lines.length >= MOST_LINES && !this.#isFollowing();
    if (!this.isLive || isFull) {
      this.isLive = false;
      if (SPOKEN.has(line.kind)) this.unseen += 1;
      return false;
    }
    this.#insert(this.lines.length, [line]);
    this.#trimTop();
    return true;
  }

  /** The newest page; joined to the window if they overlap, instead of it otherwise. */
  latest(limit = PAGE) {
    return this.#page("LATEST", ["*"], limit, ({ lines, isEnd }) => {
      const isOverlapping = lines.some((line) => this.#known.has(line.id));
      const isReadingAbove = this.lines.length > 0 && !this.#isFollowing();
      if (isReadingAbove && !(isOverlapping && this.isLive)) {
        this.isLive = false; // what they read stays; `newer` leads on from there
        return;
      }
      if (isOverlapping && this.isLive) this.#merge(lines);
      else this.#replace(lines, isEnd);
      this.#reachNow();
    });
  }

  #reachNow() {
    this.isLive = true;
    this.unseen = 0;
  }

  /** Goes to the newest page, whatever the window shows now. */
  async jump(limit = PAGE) {
    if (this.isLive) return;
    await this.#page("LATEST", ["*"], limit, ({ lines, isEnd }) => {
      this.#replace(lines, isEnd);
      this.#reachNow();
    });
  }

  older(limit = PAGE) {
    const first = this.#firstKept();
    if (this.isAtStart || !first) return Promise.resolve();
    return this.#page("BEFORE", [reference(first)], limit, ({ lines, isEnd }) => {
      this.#insert(0, this.#new(lines));
      this.isAtStart = isEnd;
      this.#trimBottom();
    });
  }

  newer(limit = PAGE) {
    const last = this.lines.findLast((line) => line.id);
    if (this.isLive || !last) return Promise.resolve();
    return this.#page("AFTER", [reference(last)], limit, ({ lines, isEnd }) => {
      this.#insert(this.lines.length, this.#new(lines));
      if (isEnd) this.#reachNow();
      this.#trimTop();
    });
  }

  /** A window around a message. Resolves with whether the message is in it. */
  async around(id, limit = PAGE) {
    if (this.#known.has(id)) return true;
    await this.#page("AROUND", [`msgid=${id}`], limit, ({ lines }) => {
      if (!lines.some((line) => line.id === id)) return;
      this.#replace(lines, false);
      this.isLive = false;
    });
    return this.#known.has(id);
  }

  react(reaction) {
    const line = this.#known.get(reaction.id);
    if (line) applyReaction(line, reaction);
    else this.#keep(reaction);
    return Boolean(line);
  }

  /** Takes a message out. Returns its line. */
  redact(id) {
    const line = this.#known.get(id);
    if (!line) return null;
    Object.assign(line, { isRedacted: true, text: "", reactions: new Map() });
    return line;
  }

  async #page(subcommand, references, limit, place) {
    if (this.isLoading) return;
    this.isLoading = true;
    try {
      const { entries, isEnd } = await this.#ask(subcommand, references, limit);
      const lines = entries.filter((entry) => entry.kind);
      place({ lines, isEnd: isEnd || !lines.length });
      entries.filter((entry) => !entry.kind).forEach((reaction) => this.react(reaction));
      this.isLoaded = true;
    } finally {
      this.isLoading = false;
      this.#waiting.splice(0).forEach((line) => this.#appendNow(line));
      this.#changed();
    }
  }

  #firstKept() {
    return this.lines.find((line) => line.id && SPOKEN.has(line.kind));
  }

  #new(lines) {
    return lines.filter((line) => !line.id || !this.#known.has(line.id));
  }

  #replace(lines, isAtStart) {
    this.lines = [];
    this.#known.clear();
    this.isAtStart = isAtStart;
    this.#insert(0, lines);
  }

  /** Joins the newest page to a window that it overlaps: what was redacted meanwhile is not in the page. */
  #merge(page) {
    const ids = new Set(page.map((line) => line.id));
    const from = this.lines.findIndex((line) => ids.has(line.id));
    const kept = this.lines.filter((line, index) =>
      index <= from || ids.has(line.id) || !line.id || !SPOKEN.has(line.kind));
    this.lines.filter((line) => !kept.includes(line)).forEach((line) => this.#known.delete(line.id));
    this.lines = kept;
    this.#insert(this.lines.length, this.#new(page));
    this.#trimTop();
  }

  #insert(at, lines) {
    this.lines.splice(at, 0, ...lines);
    for (const line of lines) {
      if (!line.id) continue;
      this.#known.set(line.id, line);
      const waiting = this.#unplaced.get(line.id) ?? [];
      this.#unplaced.delete(line.id);
      waiting.forEach((reaction) => applyReaction(line, reaction));
    }
  }

  #trimTop() {
    const gone = this.lines.splice(0, Math.max(0, this.lines.length - MOST_LINES));
    if (gone.length) this.isAtStart = false;
    this.#forget(gone);
  }

  #trimBottom() {
    const gone = this.lines.splice(MOST_LINES);
    if (gone.length) this.isLive = false;
    this.#forget(gone);
  }

  #forget(lines) {
    lines.forEach((line) => this.#known.delete(line.id));
  }

  #keep(reaction) {
    const waiting = this.#unplaced.get(reaction.id) ?? [];
    this.#unplaced.delete(reaction.id);
    this.#unplaced.set(reaction.id, [...waiting, reaction]);
    if (this.#unplaced.size > MOST_UNPLACED) this.#unplaced.delete(this.#unplaced.keys().next().value);
  }
}

const reference = (line) => `msgid=${line.id}`;

function applyReaction(line, { emoji, nick, isOn }) {
  const people = line.reactions.get(emoji) ?? new Set();
  if (isOn) people.add(nick);
  else people.delete(nick);
  if (people.size) line.reactions.set(emoji, people);
  else line.reactions.delete(emoji);
}
