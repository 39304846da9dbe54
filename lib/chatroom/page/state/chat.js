// The rooms and talks of this person, and which is open. The ui calls the methods, and learns of changes by
// the Emitter's topics. Its parts:
//
//   events.js   what the session tells          saying.js   what the person says, and what is unsent
//   reading.js  what is read and unread, and of what one is notified
//
//   rooms           the list, or its counts       open(room)      another room is shown
//   lines(room)     its log                       people(room)    its members
//   topic(room)     typing(room)                  me              nickname or account
//   said(room, line)  something new, for the announcer and notifications
//   monitored(nicks)  who came or went, whom MONITOR watches
//   note(text, isAlarm)  a sentence for the person     invited(by, room)

import { isOfServer } from "../protocol/attachment.js";
import { pagesOf } from "../protocol/chathistory.js";
import { bare } from "../protocol/names.js";
import { Emitter } from "./emitter.js";
import { EVENTS } from "./events.js";
import { Reading } from "./reading.js";
import { Room } from "./room.js";
import { Saying } from "./saying.js";
import { StoredNames, storage } from "./storage.js";

export class Chat extends Emitter {
  session = null;
  nick = ""; // the person's, also while there is no connection
  current = null;
  isFollowing = true; // the log shows its end
  reading = new Reading(this);
  saying = new Saying(this);
  highlights = new StoredNames("highlights"); // words that count as the person's name
  #rooms = new Map();
  #ignored = new StoredNames("ignored");
  #wanted = ""; // to open when its JOIN comes

  handle(event) {
    EVENTS[event.type]?.(this, event);
  }

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
      readTime: this.reading.timeOf(key),
    });
    this.saying.restore(room);
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
    if (!room.history.isLoaded && this.isConnected && !id) this.load(room);
    this.reading.seen();
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

  join(name, key = "") {
    this.#wanted = this.fold(name);
    this.session?.send("JOIN", key ? [name, key] : [name]);
  }

  /** The person has come into the room, by `join` or after a loss. */
  entered(room) {
    room.isJoined = true;
    this.remember();
    this.load(room);
    if (this.#wanted === this.fold(room.name) || !this.current) this.open(room);
    else if (room === this.current) this.tell("open", room);
    this.tell("rooms");
  }

  close(room) {
    if (!room.isTalk && room.isJoined) this.session?.send("PART", [room.name]);
    this.#rooms.delete(this.fold(room.name));
    if (this.current === room) this.open(this.rooms.find((each) => each.isJoined) ?? null);
    this.remember();
    this.tell("rooms");
  }

  rename(room, name) {
    this.#rooms.delete(this.fold(room.name));
    Object.assign(room, { name, title: bare(name) });
    this.#rooms.set(this.fold(name), room);
    this.tell("rooms");
    this.tell("topic", room);
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

  /** Whether an address is of this page's server, by one of the names that it goes by. */
  isOwnAddress(address) {
    const filehost = this.session?.isupport.get("draft/FILEHOST") ?? "";
    return isOfServer(address, [location.origin, filehost.replace(/\/files$/, "")]);
  }

  /** The names of the rooms to join after a loss or a reload. */
  get remembered() {
    return storage.get("rooms", []);
  }

  remember() {
    storage.set("rooms", this.rooms.filter((room) => !room.isTalk && room.isJoined).map((room) => room.name));
  }

  isIgnored(nick) {
    return this.#ignored.has(this.fold(nick));
  }

  setIgnored(nick, isIgnored) {
    this.#ignored.set(this.fold(nick), isIgnored);
    this.rooms.forEach((room) => this.tell("lines", room));
  }

  async load(room) {
    try {
      await room.history.latest();
    } catch {
      room.history.isLoaded = true; // refused, as in a room that keeps none
      this.tell("lines", room);
    }
  }

  #pageCame(room) {
    room.history.lines.forEach((line) => this.reading.look(line));
    this.saying.confirmBy(room);
    room.recount();
    this.reading.seen();
    this.tell("lines", room);
    this.tell("rooms");
  }
}
