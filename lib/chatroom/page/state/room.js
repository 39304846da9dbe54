// A conversation: a room or a private talk, with its history, unsent lines and counts.

import { History } from "../protocol/history.js";
import { SPOKEN } from "../protocol/lines.js";
import { bare } from "../protocol/names.js";

const CLOCKS_DIFFER = 60000; // ms between the browser's clock and the server's, at most
const TYPING_LASTS = 6000; // ms (client-tag typing)

export class Room {
  /** ask: see History. isShown(room): whether the person sees the end of its log now. */
  constructor({ name, isTalk, ask, isShown, changed, readTime }) {
    Object.assign(this, { name, isTalk, readTime });
    this.title = isTalk ? name : bare(name);
    this.isJoined = isTalk;
    this.unread = 0;
    this.mentions = 0;
    this.newFrom = readTime; // where the "new" line was when the room was opened
    this.unsent = []; // own lines that the server has not confirmed: state is "sending" or "failed"
    this.typing = new Map(); // nick -> time of its end
    this.history = new History({ ask, isFollowing: () => isShown(this), changed: () => changed(this) });
  }

  /** The part of the address behind `#`. */
  get hash() {
    return `#${encodeURIComponent(this.isTalk ? `@${this.name}` : this.title)}`;
  }

  setTyping(nick, isTyping, now) {
    if (isTyping) this.typing.set(nick, now + TYPING_LASTS);
    else this.typing.delete(nick);
  }

  typingNow(now) {
    for (const [nick, end] of this.typing) if (end <= now) this.typing.delete(nick);
    return [...this.typing.keys()];
  }

  /** Counts anew what is unread, from the lines of the window. */
  recount() {
    const unread = this.history.lines.filter((line) => this.isUnread(line));
    this.unread = unread.length + (this.history.isLive ? 0 : this.history.unseen);
    this.mentions = this.isTalk ? this.unread : unread.filter((line) => line.isMention).length;
  }

  isUnread(line) {
    return SPOKEN.has(line.kind) && !line.isOwn && !line.isRedacted && line.time > this.readTime;
  }

  /** Forgets unsent lines that are in the history after all: their confirmation was lost with the connection. Returns whether there were any. */
  dropSaid() {
    const before = this.unsent.length;
    const isSaid = (unsent) => unsent.state === "failed" && !unsent.why && this.history.lines.some((line) =>
      line.isOwn && line.text === unsent.text && line.time >= unsent.time - CLOCKS_DIFFER);
    this.unsent = this.unsent.filter((line) => !isSaid(line));
    return this.unsent.length < before;
  }

  get newestTime() {
    return this.history.lines.reduce((latest, line) => Math.max(latest, SPOKEN.has(line.kind) ? line.time : 0), 0);
  }
}
