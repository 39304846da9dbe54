// What the person has read, on this device and the others; and of what they are notified.

import { markRead } from "../protocol/chathistory.js";
import { unformatted } from "../protocol/formatting.js";
import { SPOKEN } from "../protocol/lines.js";
import { mentions } from "../protocol/names.js";
import { storage } from "./storage.js";

const MARK_PAUSE = 2000; // ms between two markers of one room

export class Reading {
  constructor(chat) {
    this.#chat = chat;
  }

  #chat;
  #marking = new Map(); // room -> timer
  #times = storage.get("read", {});

  isAttentive = () => document.visibilityState === "visible" && document.hasFocus();

  /** Until when the room of that folded name was read; 0 if never. */
  timeOf(key) {
    return this.#times[key] ?? 0;
  }

  /** The person sees the end of the current log: everything in it is read. */
  seen() {
    const { current: room, isFollowing } = this.#chat;
    if (!room || !isFollowing || !this.isAttentive() || !room.history.isLive) return;
    const time = room.newestTime;
    if (time > room.readTime) {
      this.setTime(room, time);
      this.#mark(room);
    }
    if (room.unread || room.mentions) {
      room.recount();
      this.#chat.tell("rooms");
    }
  }

  setTime(room, time) {
    room.readTime = time;
    this.#times = { ...storage.get("read", this.#times), [this.#chat.fold(room.name)]: time }; // other tabs write it, too
    storage.set("read", this.#times);
  }

  #mark(room) {
    const { session } = this.#chat;
    if (!session?.has("draft/read-marker") || !session.account || this.#marking.has(room)) return;
    this.#marking.set(room, setTimeout(() => {
      this.#marking.delete(room);
      if (this.#chat.isConnected) markRead(this.#chat.session, room.name, room.readTime);
    }, MARK_PAUSE));
  }

  /** Finds out whether the line mentions the person. */
  look(line) {
    const { nick, highlights } = this.#chat;
    line.isMention ??= !line.isOwn && SPOKEN.has(line.kind)
      && [nick, ...highlights].some((word) => mentions(this.#chat.fold(unformatted(line.text)), this.#chat.fold(word)));
  }

  nextUnread() {
    const { rooms, current } = this.#chat;
    const at = rooms.indexOf(current);
    const turned = [...rooms.slice(at + 1), ...rooms.slice(0, Math.max(at, 0))];
    return turned.find((room) => room.mentions) ?? turned.find((room) => room.unread && !this.isMuted(room));
  }

  /** Of what in the room the person is notified: "all", "mentions", "nothing". */
  levelOf(room) {
    return storage.get("levels", {})[this.#chat.fold(room.name)] ?? "mentions";
  }

  setLevel(room, level) {
    storage.set("levels", { ...storage.get("levels", {}), [this.#chat.fold(room.name)]: level });
    this.#chat.tell("rooms");
  }

  isMuted(room) {
    return this.levelOf(room) === "nothing";
  }
}
