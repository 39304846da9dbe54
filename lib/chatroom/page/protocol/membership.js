// Who is in which room: JOIN, PART, KICK, QUIT, NICK, names, topics and modes. Handlers of Session.

import { makeLine } from "./lines.js";
import { modeKinds, ranks } from "./names.js";

/** A room that the user is in: members by folded nickname. */
export class Channel {
  constructor(name) {
    this.name = name;
    this.topic = "";
    this.topicBy = "";
    this.modes = new Map();
    this.members = new Map();
    this.isListed = false; // the end of NAMES has come
  }
}

const memberOf = (nick, symbols = "") => ({ nick, symbols, account: "", isAway: false });

function changed(session, channel) {
  session.emit({ type: "members", target: channel.name });
}

function tell(session, message, kind, target, fields = {}) {
  session.emit({ type: "line", line: makeLine(message, session, kind, { target, ...fields }) });
}

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

function leave(session, channel, nick, kind, message, fields) {
  if (session.isMe(nick)) {
    session.removeChannel(channel);
    session.emit({ type: "left", target: channel.name, kind, by: message.source?.nick ?? "", text: fields.text });
    return;
  }
  if (!channel.members.delete(session.fold(nick))) return;
  changed(session, channel);
  tell(session, message, kind, channel.name, fields);
}

function onPart(session, message) {
  const channel = session.channel(message.params[0]);
  if (channel) leave(session, channel, message.source.nick, "part", message, { text: message.params[1] ?? "" });
}

function onKick(session, message) {
  const [name, nick, text = ""] = message.params;
  const channel = session.channel(name);
  if (channel) leave(session, channel, nick, "kick", message, { text, detail: nick });
}

function onQuit(session, message) {
  const { nick } = message.source;
  for (const channel of session.channels()) leave(session, channel, nick, "quit", message, { text: message.params[0] ?? "" });
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
function onNames(session, { params }) {
  const channel = session.channel(params[2]);
  if (!channel) return;
  const symbols = ranks(session.isupport).map(([, symbol]) => symbol).join("");
  for (const word of params[3].split(" ").filter(Boolean)) {
    let at = 0;
    while (symbols.includes(word[at] ?? " ")) at += 1;
    const nick = word.slice(at).split("!")[0];
    const known = channel.members.get(session.fold(nick)) ?? memberOf(nick);
    channel.members.set(session.fold(nick), { ...known, nick, symbols: word.slice(0, at) });
  }
}

function onNamesEnd(session, { params }) {
  const channel = session.channel(params[1]);
  if (!channel) return;
  channel.isListed = true;
  changed(session, channel);
}

function setTopic(session, channel, text, by) {
  channel.topic = text;
  channel.topicBy = by;
  session.emit({ type: "topic", target: channel.name });
}

function onTopic(session, message) {
  const [name, text = ""] = message.params;
  const channel = session.channel(name);
  if (!channel) return;
  setTopic(session, channel, text, message.source?.nick ?? "");
  tell(session, message, "topic", name, { text });
}

function onTopicIs(session, { params }) {
  const channel = session.channel(params[1]);
  if (channel) setTopic(session, channel, params[2] ?? "", "");
}

function onNoTopic(session, { params }) {
  const channel = session.channel(params[1]);
  if (channel) setTopic(session, channel, "", "");
}

function onMode(session, message) {
  const [name, letters = "", ...parameters] = message.params;
  const channel = session.channel(name);
  if (!channel) return;
  applyModes(session, channel, letters, parameters);
  changed(session, channel);
  tell(session, message, "mode", name, { text: [letters, ...parameters].join(" ") });
}

function onModesAre(session, { params }) {
  const channel = session.channel(params[1]);
  if (channel) applyModes(session, channel, params[2] ?? "", params.slice(3));
}

function applyModes(session, channel, letters, parameters) {
  const kinds = modeKinds(session.isupport);
  const symbolOf = new Map(ranks(session.isupport));
  const left = [...parameters];
  let isSet = true;
  for (const letter of letters) {
    if (letter === "+" || letter === "-") isSet = letter === "+";
    else {
      const takes = kinds.always.includes(letter) || (isSet && kinds.set.includes(letter));
      const parameter = takes ? left.shift() ?? "" : "";
      if (symbolOf.has(letter)) rank(session, channel, parameter, symbolOf.get(letter), isSet);
      else if (isSet) channel.modes.set(letter, parameter);
      else channel.modes.delete(letter);
    }
  }
}

function rank(session, channel, nick, symbol, isSet) {
  const member = channel.members.get(session.fold(nick));
  if (!member) return;
  const order = ranks(session.isupport).map(([, each]) => each);
  const held = new Set(member.symbols);
  if (isSet) held.add(symbol);
  else held.delete(symbol);
  member.symbols = order.filter((each) => held.has(each)).join("");
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

const onAway = (session, { source, params }) => update(session, source.nick, { isAway: Boolean(params[0]) });
const onAccount = (session, { source, params }) =>
  update(session, source.nick, { account: params[0] === "*" ? "" : params[0] });

/** 354, the answer to WHO with `%cnfa`: name of the room, nickname, flags, account. */
function onWho(session, { params: [, name, nick, flags = "", account = "0"] }) {
  const member = session.channel(name)?.members.get(session.fold(nick ?? ""));
  if (member) Object.assign(member, { isAway: flags.startsWith("G"), account: account === "0" ? "" : account });
}

function onWhoEnd(session, { params }) {
  const channel = session.channel(params[1]);
  if (channel) changed(session, channel);
}

function onRename(session, { params }) {
  const [before, after] = params;
  const channel = session.channel(before);
  if (!channel) return;
  session.removeChannel(channel);
  channel.name = after;
  session.addChannel(channel);
  session.emit({ type: "renamed", before, after });
}

export const MEMBERSHIP = {
  "JOIN": onJoin, "PART": onPart, "KICK": onKick, "QUIT": onQuit, "NICK": onNick, "TOPIC": onTopic,
  "MODE": onMode, "AWAY": onAway, "ACCOUNT": onAccount, "RENAME": onRename,
  "324": onModesAre, "315": onWhoEnd, "354": onWho, "331": onNoTopic, "332": onTopicIs, "353": onNames, "366": onNamesEnd,
};
