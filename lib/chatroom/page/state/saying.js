// What the person says and does to messages. Own lines that the server has not confirmed are unsent: they
// survive a reload of the tab, and count as not sent then.

import { attachmentIn } from "../protocol/attachment.js";
import { tabStorage } from "./storage.js";

/** Like a Line of the log, with a state: "sending" or "failed". */
const unsentLine = (room, { nick, text, kind, replyTo, tags = {}, time = Date.now() }) => ({
  key: `unsent-${time}-${Math.random()}`, id: "", time, kind, nick, text, target: room.name, isOwn: true, replyTo,
  label: "", reactions: new Map(), state: "failed", isUnsent: true, tags,
  attachment: attachmentIn(new Map(Object.entries(tags))),
});

export class Saying {
  constructor(chat) {
    this.#chat = chat;
  }

  #chat;

  say(room, text, { kind = "message", replyTo = "", tags = {} } = {}) {
    const { session, isConnected, nick } = this.#chat;
    const line = unsentLine(room, { nick, text, kind, replyTo, tags });
    if (isConnected) {
      line.label = session.say(room.name, text, { kind, replyTo, tags });
      line.state = "sending";
    }
    if (!isConnected || session.has("echo-message")) this.#setUnsent(room, [...room.unsent, line]);
    else room.history.append({ ...line, isUnsent: false, state: "" });
    this.#chat.tell("lines", room);
  }

  again(room, line) {
    this.discard(room, line);
    this.say(room, line.text, line);
  }

  discard(room, line) {
    this.#setUnsent(room, room.unsent.filter((each) => each !== line));
    this.#chat.tell("lines", room);
  }

  /** The server has said the line of that label: it is sent. */
  confirm(room, label) {
    if (label && room.unsent.length) this.#setUnsent(room, room.unsent.filter((line) => line.label !== label));
  }

  /** Forgets unsent lines that are in the history after all. */
  confirmBy(room) {
    if (room.dropSaid()) this.#setUnsent(room, room.unsent);
  }

  /** Marks what the server has refused. Returns whether it was something said. */
  refuse(label, why) {
    const room = this.#chat.rooms.find((each) => label && each.unsent.some((line) => line.label === label));
    if (!room) return false;
    room.unsent.filter((line) => line.label === label).forEach((line) => Object.assign(line, { state: "failed", why }));
    this.#chat.tell("lines", room);
    return true;
  }

  #setUnsent(room, lines) {
    room.unsent = lines;
    const kept = lines.map(({ nick, text, kind, replyTo, tags, time }) => ({ nick, text, kind, replyTo, tags, time }));
    tabStorage.set("unsent", { ...tabStorage.get("unsent", {}), [room.name]: kept.length ? kept : undefined });
  }

  /** Takes from the tab what was unsent before a reload. */
  restore(room) {
    room.unsent = (tabStorage.get("unsent", {})[room.name] ?? []).map((fields) => unsentLine(room, fields));
  }

  /** `isOn`: whether the reaction is given or taken back; by default it is turned over. */
  react(room, line, emoji, isOn = !line.reactions.get(emoji)?.has(this.#chat.nick)) {
    const name = isOn ? "draft/react" : "draft/unreact";
    if (!this.#mayTag(name)) return this.#chat.tell("note", "This server does not pass reactions on.", true);
    this.#send("TAGMSG", [room.name], { [`+${name}`]: emoji, "+reply": line.id, "+draft/reply": line.id });
  }

  get mayReact() {
    return this.#mayTag("draft/react");
  }

  get mayReply() {
    return this.#mayTag("reply") || this.#mayTag("draft/reply");
  }

  /** Whether others get the tag; true without a connection, because then nobody knows. */
  #mayTag(name) {
    return !this.#chat.isConnected || this.#chat.session.relays(name);
  }

  redact(room, line) {
    this.#send("REDACT", [room.name, line.id]);
  }

  #send(...what) {
    if (this.#chat.isConnected) this.#chat.session.send(...what);
    else this.#chat.tell("note", "You are not connected.", true);
  }

  typing(room, state) {
    if (this.#chat.session?.relays("typing")) this.#chat.session.send("TAGMSG", [room.name], { "+typing": state });
  }
}
