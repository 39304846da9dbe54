// The rooms and talks of this person, and which is open. Session events come in by `handle`; the ui calls
// the other methods, and learns of changes by the Emitter's topics:
//
//   rooms           the list, or its counts       open(room)      another room is shown
//   lines(room)     its log                       people(room)    its members
//   topic(room)     typing(room)                  me              nickname or account
//   said(room, line)  something new, for the announcer and notifications
//   monitored(nicks)  who came or went, whom MONITOR watches
//   note(text, isAlarm)  a sentence for the person

import { isOfServer } from "../protocol/attachment.js";
import { conversationsBetween, markRead, pagesOf } from "../protocol/chathistory.js";
import { unformatted } from "../protocol/formatting.js";
import { SPOKEN } from "../protocol/lines.js";
import { mentions } from "../protocol/mention.js";
import { Emitter } from "./emitter.js";
import { Room } from "./room.js";
import { StoredNames, storage } from "./storage.js";
import { keepUnsent, keptUnsent, unsentLine } from "./unsent.js";

const MARK_PAUSE = 2000; // ms between two markers of one room
const TALKS_SINCE = 7 * 24 * 3600 * 1000; // talks of this time are listed on login

export class Chat extends Emitter {
  session = null;
  nick = ""; // the person's, also while there is no connection
  current = null;
  isFollowing = true; // the log shows its end
  isAttentive = () => document.visibilityState === "visible" && document.hasFocus();
  #rooms = new Map();
  #marking = new Map();
  #read = storage.get("read", {});
  #ignored = new StoredNames("ignored");

  // Rooms

  get rooms() {
    return [...this.#rooms.values()];
  }

  get isConnected() {
    return Boolean(this.session?.isRegistered);
  }

  fold(name) {
    return this.session ? this.session.fold(name) : name.toLowerCase();
  }

  find(name) {
    return this.#rooms.get(this.fold(name));
  }

  /** The room or talk of that name, made if needed. */
  room(name) {
    const key = this.fold(name);
    const known = this.#rooms.get(key);
    if (known) return known;
    const room = new Room({
      name,
      isTalk: !(this.session ? this.session.isRoom(name) : name.startsWith("#")),
      ask: pagesOf(() => this.session, name),
      isShown: (each) => each === this.current && this.isFollowing,
      changed: (each) => this.#pageCame(each),
      readTime: this.#read[key] ?? 0,
    });
    room.unsent = keptUnsent(room);
    this.#rooms.set(key, room);
    this.tell("rooms");
    return room;
  }

  channel(room) {
    return room && this.session?.channel(room.name);
  }

  open(room, { id = "" } = {}) {
    if (this.current !== room || !room) {
      this.current = room;
      this.isFollowing = true;
      if (room) room.newFrom = room.readTime;
      this.tell("open", room);
    }
    if (!room) return;
    if (!room.history.isLoaded && this.isConnected && !id) this.#load(room);
    this.seen();
    this.tell("rooms");
  }

  /** Opens the room at a message. */
  async openAt(room, id) {
    const isThere = await room.history.around(id).catch(() => false);
    if (isThere) this.isFollowing = false;
    this.open(room, { id });
    if (!isThere) this.tell("note", "That message does not exist, or you may not read it.", true);
    this.tell("lines", room);
    return isThere;
  }

  close(room) {
    if (!room.isTalk && room.isJoined) this.session?.send("PART", [room.name]);
    this.#rooms.delete(this.fold(room.name));
    if (this.current === room) this.open(this.rooms.find((each) => each.isJoined) ?? null);
    this.#remember();
    this.tell("rooms");
  }

  join(name, key = "") {
    this.#wanted = this.fold(name);
    this.session?.send("JOIN", key ? [name, key] : [name]);
  }

  #wanted = ""; // to open when its JOIN comes

  /** Whether an address is of this page's server, by one of the names that it goes by. */
  isOwnAddress(address) {
    const filehost = this.session?.isupport.get("draft/FILEHOST") ?? "";
    return isOfServer(address, [location.origin, filehost.replace(/\/files$/, "")]);
  }

  /** The names of the rooms to join after a loss or a reload. */
  get remembered() {
    return storage.get("rooms", []);
  }

  #remember() {
    storage.set("rooms", this.rooms.filter((room) => !room.isTalk && room.isJoined).map((room) => room.name));
  }

  // Saying

  say(room, text, { kind = "message", replyTo = "", tags = {} } = {}) {
    const { session } = this;
    const line = unsentLine(room, { nick: this.nick, text, kind, replyTo, tags });
    if (this.isConnected) {
      line.label = session.say(room.name, text, { kind, replyTo, tags });
      line.state = "sending";
    }
    if (!this.isConnected || session.has("echo-message")) this.#setUnsent(room, [...room.unsent, line]);
    else room.history.append({ ...line, isUnsent: false, state: "" });
    this.tell("lines", room);
  }

  sayAgain(room, line) {
    this.discard(room, line);
    this.say(room, line.text, line);
  }

  discard(room, line) {
    this.#setUnsent(room, room.unsent.filter((each) => each !== line));
    this.tell("lines", room);
  }

  #setUnsent(room, lines) {
    room.unsent = lines;
    keepUnsent(room);
  }

  /** The connection has ended: what was not confirmed is unsent. */
  lost() {
    this.session?.end();
    this.session = null;
    for (const room of this.rooms) {
      room.isJoined = room.isTalk;
      room.unsent.forEach((line) => (line.state = "failed"));
      this.tell("lines", room);
    }
    this.tell("rooms");
    this.tell("people", this.current);
  }

  /** `isOn`: whether the reaction is given or taken back; by default it is turned over. */
  react(room, line, emoji, isOn = !line.reactions.get(emoji)?.has(this.nick)) {
    if (!this.#isAble()) return;
    const tag = isOn ? "+draft/react" : "+draft/unreact";
    this.session.send("TAGMSG", [room.name], { [tag]: emoji, "+reply": line.id, "+draft/reply": line.id });
  }

  redact(room, line) {
    if (!this.#isAble()) return;
    this.session.send("REDACT", [room.name, line.id]);
  }

  #isAble() {
    if (!this.isConnected) this.tell("note", "You are not connected.", true);
    return this.isConnected;
  }

  typing(room, state) {
    if (this.session?.has("message-tags")) this.session.send("TAGMSG", [room.name], { "+typing": state });
  }

  // Ignoring and muting

  isIgnored(nick) {
    return this.#ignored.has(this.fold(nick));
  }

  setIgnored(nick, isIgnored) {
    this.#ignored.set(this.fold(nick), isIgnored);
    this.rooms.forEach((room) => this.tell("lines", room));
  }

  /** Of what in the room the person is notified: "all", "mentions", "nothing". */
  levelOf(room) {
    return storage.get("levels", {})[this.fold(room.name)] ?? "mentions";
  }

  setLevel(room, level) {
    storage.set("levels", { ...storage.get("levels", {}), [this.fold(room.name)]: level });
    this.tell("rooms");
  }

  isMuted(room) {
    return this.levelOf(room) === "nothing";
  }

  // Reading

  /** The person sees the end of the current log: everything in it is read. */
  seen() {
    const room = this.current;
    if (!room || !this.isFollowing || !this.isAttentive() || !room.history.isLive) return;
    const time = room.newestTime;
    if (time > room.readTime) this.#setRead(room, time, true);
    if (room.unread || room.mentions) {
      room.recount();
      this.tell("rooms");
    }
  }

  #setRead(room, time, isOurs) {
    room.readTime = time;
    this.#read = { ...storage.get("read", this.#read), [this.fold(room.name)]: time }; // other tabs write it, too
    storage.set("read", this.#read);
    if (!isOurs || !this.session?.has("draft/read-marker") || !this.session.account) return;
    if (this.#marking.has(room)) return;
    this.#marking.set(room, setTimeout(() => {
      this.#marking.delete(room);
      if (this.isConnected) markRead(this.session, room.name, room.readTime);
    }, MARK_PAUSE));
  }

  nextUnread() {
    const { rooms } = this;
    const at = rooms.indexOf(this.current);
    const turned = [...rooms.slice(at + 1), ...rooms.slice(0, Math.max(at, 0))];
    return turned.find((room) => room.mentions) ?? turned.find((room) => room.unread && !this.isMuted(room));
  }

  // Pages

  async #load(room) {
    try {
      await room.history.latest();
    } catch {
      room.history.isLoaded = true; // refused, as in a room that keeps none
      this.tell("lines", room);
    }
  }

  #pageCame(room) {
    for (const line of room.history.lines) this.#look(line);
    if (room.dropSaid()) keepUnsent(room);
    room.recount();
    this.seen();
    this.tell("lines", room);
    this.tell("rooms");
  }

  #look(line) {
    line.isMention ??= !line.isOwn && SPOKEN.has(line.kind)
      && mentions(this.fold(unformatted(line.text)), this.fold(this.nick));
  }

  // Events of the session

  handle(event) {
    EVENTS[event.type]?.call(this, event);
  }

  async welcomed({ nick }) {
    const { session } = this;
    this.nick = nick;
    this.tell("me");
    const since = storage.get("left", Date.now() - TALKS_SINCE);
    const talks = session.account ? await conversationsBetween(session, Math.min(since, Date.now() - TALKS_SINCE), Date.now()).catch(() => []) : [];
    for (const { name } of talks) {
      if (!session.isRoom(name) && !session.isMe(name)) this.#load(this.room(name));
    }
    this.rooms.filter((room) => room.isTalk && room.history.isLoaded).forEach((room) => this.#load(room));
  }

  lineCame({ line }) {
    if (this.isIgnored(line.nick)) return;
    this.#look(line);
    const room = this.room(line.target);
    if (line.label && room.unsent.length) this.#setUnsent(room, room.unsent.filter((each) => each.label !== line.label));
    room.typing.delete(line.nick);
    const isIn = room.history.append(line);
    room.lastTime = line.time;
    if (SPOKEN.has(line.kind) && !line.isOwn) {
      if (!isIn || room.isUnread(line)) {
        room.unread += 1;
        room.mentions += line.isMention || room.isTalk ? 1 : 0;
      }
      this.tell("said", room, line);
      this.tell("rooms");
    }
    if (room === this.current) this.seen();
    this.tell("lines", room);
  }

  joined({ target }) {
    const room = this.room(target);
    room.isJoined = true;
    this.#remember();
    this.#load(room);
    if (this.#wanted === this.fold(target) || !this.current) this.open(room);
    else if (room === this.current) this.tell("open", room);
    this.tell("rooms");
  }

  leftRoom({ target, kind, by, text }) {
    const room = this.find(target);
    if (!room) return;
    room.isJoined = false;
    if (kind === "kick") this.tell("note", `${by} removed you from ${room.title}${text ? `: ${text}` : "."}`, true);
    this.#remember();
    this.tell("rooms");
    this.tell("people", room);
  }

  renamed({ before, after }) {
    const room = this.find(before);
    if (!room) return;
    this.#rooms.delete(this.fold(before));
    room.name = after;
    room.title = after.replace(/^#/, "");
    this.#rooms.set(this.fold(after), room);
    this.tell("rooms");
    this.tell("topic", room);
  }

  nickChanged({ before, after, isOwn }) {
    const talk = this.find(before);
    if (talk?.isTalk && !this.find(after)) this.renamed({ before, after });
    if (!isOwn) return;
    this.nick = after;
    this.tell("me");
  }

  reactionCame(event) {
    const room = this.find(event.target);
    if (!room) return;
    room.history.react(event);
    this.tell("lines", room);
  }

  redactionCame({ target, id, by }) {
    const room = this.find(target);
    const line = room?.history.redact(id);
    if (!line) return;
    line.redactedBy = by;
    room.recount();
    this.tell("lines", room);
    this.tell("rooms");
  }

  typingCame({ target, nick, isTyping }) {
    const room = this.find(target);
    if (!room || this.isIgnored(nick)) return;
    room.setTyping(nick, isTyping, Date.now());
    this.tell("typing", room);
  }

  markerCame({ target, time }) {
    const room = this.find(target);
    if (!room || time <= room.readTime) return;
    this.#setRead(room, time, false);
    room.recount();
    this.tell("rooms");
  }

  refusedSomething({ label, target, text, command }) {
    const room = this.rooms.find((each) => label && each.unsent.some((line) => line.label === label));
    if (room) {
      room.unsent.filter((line) => line.label === label).forEach((line) => Object.assign(line, { state: "failed", why: text }));
      this.tell("lines", room);
      return;
    }
    if (command === "CHATHISTORY" || command === "REGISTER") return;
    const about = target && this.session?.isRoom(target) ? `${target.replace(/^#/, "")}: ` : "";
    this.tell("note", about + text, true);
  }

  /** A handler that tells of the event's room by that topic. */
  passOn(topic) {
    return function tell({ target }) {
      const room = this.find(target);
      if (room) this.tell(topic, room);
    };
  }

  invited({ by, target }) {
    this.tell("invited", by, target);
  }
}

const EVENTS = {
  "welcome": Chat.prototype.welcomed,
  "line": Chat.prototype.lineCame,
  "joined": Chat.prototype.joined,
  "left": Chat.prototype.leftRoom,
  "renamed": Chat.prototype.renamed,
  "nick": Chat.prototype.nickChanged,
  "reaction": Chat.prototype.reactionCame,
  "redacted": Chat.prototype.redactionCame,
  "typing": Chat.prototype.typingCame,
  "marker": Chat.prototype.markerCame,
  "refused": Chat.prototype.refusedSomething,
  "invited": Chat.prototype.invited,
  "members": Chat.prototype.passOn("people"),
  "topic": Chat.prototype.passOn("topic"),
  "monitored"({ nicks }) {
    this.tell("monitored", nicks);
  },
  "account"() {
    this.tell("me");
  },
  "info"({ text, target }) {
    this.tell("note", text, false, target);
  },
};
