// Who is in which room: JOIN, PART, KICK, QUIT, NICK, names, topics and modes. Handlers of Session.

import { makeLine } from "./lines.js";
import { modeChanges, ranks } from "./names.js";

/** A room that the user is in: members by folded nickname. */
export class Channel {
  constructor(name) {
    this.name = name;
    this.topic = "";
    this.modes = new Map();
    this.members = new Map();
  }
}

const memberOf = (nick, symbols = "") => ({ nick, symbols, account: "", isAway: false });

function changed(session, channel) {
  session.emit({ type: "members", target: channel.name });
}

function tell(session, message, kind, target, fields = {}) {
  session.emit({ type: "line", line: makeLine(message, session, kind, { target, ...fields }) });
}

/** The handler of a message about the room that its parameter `at` names; nothing if one is not in it. */
const inChannel = (at, act) => (session, message) => {
  const channel = session.channel(message.params[at]);
  if (channel) act(session, channel, message);
};

function onJoin(session, message) {
  const [name, account = ""] = message.params;
  const { nick, user, host } = message.source;
  let channel = session.channel(name);
  if (session.isMe(nick)) {
    Object.assign(session, { user, host });
    channel = session.addChannel(new Channel(name));
    session.emit({ type: "joined", target: name });
  }
  if (!channel) return;
  const member = memberOf(nick);
  member.account = account === "*" ? "" : account;
  channel.members.set(session.fold(nick), member);
  changed(session, channel);
  if (!session.isMe(nick)) tell(session, message, "join", name);
}

function leave(session, channel, nick, kind, message, text = "", detail = "") {
  if (session.isMe(nick)) {
    session.removeChannel(channel);
    session.emit({ type: "left", target: channel.name, kind, by: message.source?.nick ?? "", text });
  } else if (channel.members.delete(session.fold(nick))) {
    changed(session, channel);
    tell(session, message, kind, channel.name, { text, detail });
  }
}

function onQuit(session, message) {
  const { nick } = message.source;
  for (const channel of session.channels()) leave(session, channel, nick, "quit", message, message.params[0]);
  session.emit({ type: "quit", nick });
}

function onNick(session, message) {
  const before = message.source.nick;
  const [after] = message.params;
  const isOwn = session.isMe(before);
  if (isOwn) session.nick = after;
  for (const channel of session.channels()) {
    const member = channel.members.get(session.fold(before));
    if (!member) continue;
    channel.members.delete(session.fold(before));
    channel.members.set(session.fold(after), { ...member, nick: after });
    changed(session, channel);
    tell(session, message, "nick", channel.name, { detail: after, isOwn });
  }
  session.emit({ type: "nick", before, after, isOwn });
}

/** 353: names with the symbols of their ranks. */
function onNames(session, channel, { params }) {
  const symbols = ranks(session.isupport).map(([, symbol]) => symbol).join("");
  for (const word of params[3].split(" ").filter(Boolean)) {
    let at = 0;
    while (symbols.includes(word[at] ?? " ")) at += 1;
    const nick = word.slice(at).split("!")[0];
    const known = channel.members.get(session.fold(nick)) ?? memberOf(nick);
    channel.members.set(session.fold(nick), { ...known, nick, symbols: word.slice(0, at) });
  }
}

function setTopic(session, channel, text = "") {
  channel.topic = text;
  session.emit({ type: "topic", target: channel.name });
}

function onTopic(session, channel, message) {
  const [name, text = ""] = message.params;
  setTopic(session, channel, text);
  tell(session, message, "topic", name, { text });
}

function onMode(session, channel, message) {
  const [name, letters = "", ...parameters] = message.params;
  const changes = modeChanges(session.isupport, letters, parameters);
  applyModes(session, channel, changes);
  changed(session, channel);
  tell(session, message, "mode", name, { detail: changes });
}

function applyModes(session, channel, changes) {
  const symbolOf = new Map(ranks(session.isupport));
  for (const { letter, isSet, parameter } of changes) {
    if (symbolOf.has(letter)) rank(session, channel, parameter, symbolOf.get(letter), isSet);
    else if (isSet) channel.modes.set(letter, parameter);
    else channel.modes.delete(letter);
  }
}

function rank(session, channel, nick, symbol, isSet) {
  const member = channel.members.get(session.fold(nick));
  if (!member) return;
  const order = ranks(session.isupport).map(([, each]) => each);
  member.symbols = order.filter((each) => (each === symbol ? isSet : member.symbols.includes(each))).join("");
}

/** Changes the member in all rooms; for AWAY and ACCOUNT. */
function update(session, nick, change) {
  for (const channel of session.channels()) {
    const member = channel.members.get(session.fold(nick));
    if (!member) continue;
    Object.assign(member, change);
    changed(session, channel);
  }
}

/** 354, the answer to WHO with `%cnfa`: name of the room, nickname, flags, account. */
function onWho(session, channel, { params: [, , nick, flags = "", account = "0"] }) {
  const member = channel.members.get(session.fold(nick ?? ""));
  if (member) Object.assign(member, { isAway: flags.startsWith("G"), account: account === "0" ? "" : account });
}

function onRename(session, channel, { params: [before, after] }) {
  session.removeChannel(channel);
  channel.name = after;
  session.addChannel(channel);
  session.emit({ type: "renamed", before, after });
}

export const MEMBERSHIP = {
  "JOIN": onJoin, "QUIT": onQuit, "NICK": onNick,
  "PART": inChannel(0, (session, channel, message) => leave(session, channel, message.source.nick, "part", message, message.params[1])),
  "KICK": inChannel(0, (session, channel, message) => leave(session, channel, message.params[1], "kick", message, message.params[2], message.params[1])),
  "TOPIC": inChannel(0, onTopic), "MODE": inChannel(0, onMode), "RENAME": inChannel(0, onRename),
  "AWAY": (session, { source, params }) => update(session, source.nick, { isAway: Boolean(params[0]) }),
  "ACCOUNT": (session, { source, params }) => update(session, source.nick, { account: params[0] === "*" ? "" : params[0] }),
  "324": inChannel(1, (session, channel, { params: [, , letters = "", ...parameters] }) =>
    applyModes(session, channel, modeChanges(session.isupport, letters, parameters))),
  "315": inChannel(1, changed), "366": inChannel(1, changed), "354": inChannel(1, onWho), "353": inChannel(2, onNames),
  "331": inChannel(1, (session, channel) => setTopic(session, channel)),
  "332": inChannel(1, (session, channel, { params }) => setTopic(session, channel, params[2])),
};
