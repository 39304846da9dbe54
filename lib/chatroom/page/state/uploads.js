// Files that the person sends: staged until they send the message, then on their way, at most a few at once.
// Topics: changed(room), progress(item), failed(item), terms.
//
//   item: { room, file, look, state: staged | waiting | sending | stored | failed, part, why, words, replyTo, smaller, clean }
//
// look: what shrink.js says of a picture, or null; smaller and clean: whether to send that copy.

import { sizeInWords, tagsFor, textFor } from "../protocol/attachment.js";
import { ticket, transfer, uploadTerms } from "../http.js";
import { Emitter } from "./emitter.js";

const AT_ONCE = 3;
const MOST = 20; // files of one room that wait
const LONG = 160; // characters of a text that is said in a message of its own

export class Uploads extends Emitter {
  /** lookAt: of shrink.js. restore(room, words): a text whose file was given up. */
  constructor({ chat, lookAt, restore }) {
    super();
    this.#chat = chat;
    this.#lookAt = lookAt;
    this.#restore = restore;
    this.terms = null;
  }

  #chat;
  #lookAt;
  #restore;
  #items = [];

  /** A connection was made: what the server takes may have changed. */
  async welcomed() {
    this.terms = await uploadTerms().catch(() => this.terms);
    this.tell("terms");
  }

  /** Why this person cannot send files; "" if they can. */
  get refusal() {
    if (!this.terms) return "This server takes no files.";
    const isGuest = this.#chat.session && !this.#chat.session.account;
    return isGuest && !this.terms.guests ? "Here only people with an account may send files." : "";
  }

  of(room) {
    return this.#items.filter((item) => item.room === room);
  }

  isStaged(room) {
    return this.of(room).some(({ state }) => state === "staged");
  }

  get isBusy() {
    return this.#items.some(({ state }) => state === "waiting" || state === "sending");
  }

  /** Stages files. Returns a sentence about those that cannot be sent, or "". */
  add(room, files) {
    if (this.refusal) return this.refusal;
    const { limit } = this.terms;
    const isFitting = ({ size, type }) => size <= limit || (/^image\//.test(type) && size <= limit * 20); // it can be made smaller
    const fitting = files.filter(isFitting);
    const taken = fitting.slice(0, Math.max(0, MOST - this.of(room).length));
    for (const file of taken) this.#stage(room, file);
    this.tell("changed", room);
    if (taken.length < fitting.length) return `At most ${MOST} files wait at a time.`;
    const large = files.find((file) => !isFitting(file));
    return large ? `${large.name} is too large: a file may have ${sizeInWords(limit)}.` : "";
  }

  async #stage(room, file) {
    const item = { room, file, look: null, state: "staged", part: 0, why: "", words: "", replyTo: "", smaller: false, clean: false };
    this.#items.push(item);
    item.looking = this.#lookAt(file).catch(() => null);
    item.look = await item.looking;
    item.smaller = Boolean(item.look?.smaller) && file.type === "image/jpeg";
    item.clean = Boolean(item.look?.clean);
    if (item.look) this.tell("changed", room);
  }

  /** Sends what is staged for a room, with a text or without. */
  send(room, words, replyTo) {
    const staged = this.of(room).filter(({ state }) => state === "staged");
    const isLong = words.length > LONG || words.includes("\n");
    if (isLong) this.#chat.saying.say(room, words, { replyTo });
    else Object.assign(staged[0], { words, replyTo });
    for (const item of staged) Object.assign(item, { state: "waiting", group: staged });
    this.tell("changed", room);
    this.#pump();
  }

  retry(item) {
    Object.assign(item, { state: "waiting", why: "", part: 0 });
    this.tell("changed", item.room);
    this.#pump();
  }

  /** Takes a file back, wherever it is. Its text goes with the next file, or back to where it was written. */
  remove(item) {
    const rest = this.of(item.room).filter((each) => each !== item && each.state !== "staged");
    if (item.words && rest[0] && !rest[0].words) Object.assign(rest[0], { words: item.words, replyTo: item.replyTo });
    else if (item.words) this.#restore(item.room, item.words);
    this.#drop(item);
    item.abort?.abort();
    if (item.group) this.#sayInOrder(item.group);
    this.#pump();
  }

  #drop(item) {
    this.#items = this.#items.filter((each) => each !== item);
    this.tell("changed", item.room);
  }

  #pump() {
    const running = this.#items.filter(({ state }) => state === "sending").length;
    const waiting = this.#items.filter(({ state }) => state === "waiting");
    waiting.slice(0, Math.max(0, AT_ONCE - running)).forEach((item) => this.#start(item));
  }

  async #start(item) {
    item.state = "sending";
    item.abort = new AbortController();
    this.tell("changed", item.room);
    try {
      await item.looking;
      const chosen = chosenOf(item);
      this.#checkSize(chosen.file);
      this.#stored(item, chosen, await this.#transfer(item, chosen.file));
    } catch (error) {
      if (this.#items.includes(item)) this.#failed(item, error);
    }
    this.#pump();
  }

  /** Sends the file, and once more if the server asks for that: it may be about to continue in another process. */
  async #transfer(item, file, isAgain = false) {
    const { signal } = item.abort;
    try {
      return await transfer(file, item.file.name, { ticket: await this.#ticket(), signal, progress: (part) => this.#progress(item, part) });
    } catch (error) {
      if (isAgain || error.retryAfter == null) throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfter * 1000));
      if (signal.aborted) throw error;
      return this.#transfer(item, file, true);
    }
  }

  #checkSize({ size }) {
    if (this.terms && size > this.terms.limit) throw new Error(`The file is larger than ${sizeInWords(this.terms.limit)}.`);
  }

  // The connection knows best who this is; without one the browser's cookie says it.
  async #ticket() {
    const { session } = this.#chat;
    return session?.account ? ticket(session, "FILEHOST").catch(() => "") : "";
  }

  #progress(item, part) {
    item.part = part;
    this.tell("progress", item);
  }

  #stored(item, { width, height }, stored) {
    if (!this.#items.includes(item)) return;
    Object.assign(item, { state: "stored", part: 1, about: { ...stored, width, height } });
    this.#sayInOrder(item.group);
  }

  /** Says which files are on the server, in the order in which they were chosen. Without a connection
   * these messages wait like all others. */
  #sayInOrder(group) {
    for (const item of group) {
      if (item.state === "failed" || !this.#items.includes(item)) continue;
      if (item.state !== "stored") return;
      this.#drop(item);
      this.#chat.saying.say(item.room, textFor(item.about, item.words), { replyTo: item.replyTo, tags: tagsFor(item.about) });
    }
  }

  #failed(item, error) {
    Object.assign(item, { state: "failed", why: error.message });
    this.tell("changed", item.room);
    this.tell("failed", item);
    this.#sayInOrder(item.group);
  }
}

/** {file, width, height}: what is sent of an item. */
export function chosenOf({ file, look, smaller, clean }) {
  return (smaller && look.smaller) || (clean && look.clean) || { file, width: look?.width, height: look?.height };
}
