// What the events of the session change in the rooms: a handler for each type of event.

import { conversationsBetween } from "../protocol/chathistory.js";
import { SPOKEN } from "../protocol/lines.js";
import { bare } from "../protocol/names.js";

const TALKS_SINCE = 7 * 24 * 3600 * 1000; // talks of this time are listed on login

export const EVENTS = {
  async welcome(chat, { nick }) {
    const { session } = chat;
    chat.nick = nick;
    chat.tell("me");
    const since = Date.now() - TALKS_SINCE;
    const talks = session.account ? await conversationsBetween(session, since, Date.now()).catch(() => []) : [];
    for (const { name } of talks) {
      if (!session.isRoom(name) && !session.isMe(name)) chat.load(chat.room(name));
    }
    chat.rooms.filter((room) => room.isTalk && room.history.isLoaded).forEach((room) => chat.load(room));
  },

  line(chat, { line }) {
    if (chat.isIgnored(line.nick)) return;
    chat.reading.look(line);
    const room = chat.room(line.target);
    chat.saying.confirm(room, line.label);
    room.typing.delete(line.nick);
    const isIn = room.history.append(line);
    if (SPOKEN.has(line.kind) && !line.isOwn) {
      if (!isIn || room.isUnread(line)) {
        room.unread += 1;
        room.mentions += line.isMention || room.isTalk ? 1 : 0;
      }
      chat.tell("said", room, line);
      chat.tell("rooms");
    }
    if (room === chat.current) chat.reading.seen();
    chat.tell("lines", room);
  },

  joined: (chat, { target }) => chat.entered(chat.room(target)),

  left: inRoom((chat, room, { kind, by, text }) => {
    room.isJoined = false;
    if (kind === "kick") chat.tell("note", `${by} removed you from ${room.title}${text ? `: ${text}` : "."}`, true);
    chat.remember();
    chat.tell("rooms");
    chat.tell("people", room);
  }),

  renamed(chat, { before, after }) {
    const room = chat.find(before);
    if (room) chat.rename(room, after);
  },

  nick(chat, { before, after, isOwn }) {
    const talk = chat.find(before);
    if (talk?.isTalk && !chat.find(after)) chat.rename(talk, after);
    if (!isOwn) return;
    chat.nick = after;
    chat.tell("me");
  },

  reaction: inRoom((chat, room, event) => {
    room.history.react(event);
    chat.tell("lines", room);
  }),

  redacted: inRoom((chat, room, { id, by }) => {
    const line = room.history.redact(id);
    if (!line) return;
    line.redactedBy = by;
    room.recount();
    chat.tell("lines", room);
    chat.tell("rooms");
  }),

  typing: inRoom((chat, room, { nick, isTyping }) => {
    if (chat.isIgnored(nick)) return;
    room.setTyping(nick, isTyping, Date.now());
    chat.tell("typing", room);
  }),

  marker: inRoom((chat, room, { time }) => {
    if (time <= room.readTime) return;
    chat.reading.setTime(room, time);
    room.recount();
    chat.tell("rooms");
  }),

  refused(chat, { label, target, text, command }) {
    if (chat.saying.refuse(label, text) || command === "CHATHISTORY" || command === "REGISTER") return;
    const about = target && chat.session?.isRoom(target) ? `${bare(target)}: ` : "";
    chat.tell("note", about + text, true);
  },

  members: inRoom((chat, room) => chat.tell("people", room)),
  topic: inRoom((chat, room) => chat.tell("topic", room)),
  invited: (chat, { by, target }) => chat.tell("invited", by, target),
  monitored: (chat, { nicks }) => chat.tell("monitored", nicks),
  account: (chat) => chat.tell("me"),
  info: (chat, { text }) => chat.tell("note", text),
};

/** The handler of an event of a room or talk; nothing if that is not known. */
function inRoom(act) {
  return (chat, event) => {
    const room = chat.find(event.target);
    if (room) act(chat, room, event);
  };
}
