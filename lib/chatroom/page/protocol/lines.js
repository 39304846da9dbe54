// Lines: what a log shows. makeLine makes each of a Message, live or from the history.
//
// kind: message, action, notice, join, part, quit, nick, kick, mode, topic, info. Times are in ms.

import { attachmentIn } from "./attachment.js";
import { isRoom } from "./names.js";

let made = 0;

/** Kinds that count as unread, and that the history has. */
export const SPOKEN = new Set(["message", "action", "notice"]);
/** Kinds that are folded into one row. */
export const COMINGS = new Set(["join", "part", "quit", "nick"]);

export function timeOf(message) {
  const time = Date.parse(message.tags.get("time") ?? "");
  return Number.isNaN(time) ? null : time;
}

/** A line with everything that all kinds have. `fields` override. */
export function makeLine(message, session, kind, fields) {
  const nick = message.source?.nick ?? "";
  return {
    key: `line-${++made}`,
    id: message.tags.get("msgid") ?? "",
    time: timeOf(message) ?? session.now(),
    kind,
    nick,
    account: message.tags.get("account") ?? "",
    text: "",
    target: "",
    isOwn: session.isMe(nick),
    isBot: message.tags.has("bot"),
    replyTo: message.tags.get("+reply") ?? message.tags.get("+draft/reply") ?? "",
    label: message.tags.get("label") ?? "",
    attachment: attachmentIn(message.tags),
    reactions: new Map(),
    ...fields,
  };
}

/** The Line of a PRIVMSG or NOTICE; null for one that is not shown (a CTCP query). */
export function spokenLine(message, session) {
  const [to = "", text = ""] = message.params;
  let kind = message.command === "NOTICE" ? "notice" : "message";
  let words = text;
  const ctcp = /^\x01(\S*) ?(.*?)\x01?$/s.exec(text);
  if (ctcp) {
    if (ctcp[1] !== "ACTION") return null;
    kind = "action";
    words = ctcp[2];
  }
  const target = conversation(message, session, to);
  return makeLine(message, session, kind, { text: words, target, isForFew: !!target && to.slice(1) === target });
}

/** The room or person in whose log a message belongs; "" if it is from the server itself. */
export function conversation(message, session, to) {
  const symbols = session.isupport.get("STATUSMSG") ?? "";
  const room = symbols.includes(to[0]) ? to.slice(1) : to;
  if (isRoom(session.isupport, room)) return room;
  const from = message.source;
  if (session.isMe(from?.nick ?? "")) return to;
  return from && (from.user || !from.nick.includes(".")) ? from.nick : "";
}

/** The event of a TAGMSG with a reaction, or null. Also for the history. */
export function reactionOf(message, session) {
  const tag = (name) => message.tags.get("+" + name) ?? message.tags.get("+draft/" + name);
  const added = tag("react"), emoji = added ?? tag("unreact"), id = tag("reply");
  if (!emoji || !id) return null;
  const nick = message.source?.nick ?? "";
  return {
    type: "reaction", id, emoji, nick, isOn: !!added, isOwn: session.isMe(nick),
    target: conversation(message, session, message.params[0] ?? ""),
  };
}
