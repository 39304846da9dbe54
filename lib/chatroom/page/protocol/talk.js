// What is said: PRIVMSG, NOTICE, TAGMSG, REDACT, MARKREAD, and refusals. Handlers of Session.

import { conversation, reactionOf, spokenLine } from "./lines.js";
import { bare } from "./names.js";

function onSpoken(session, message) {
  const line = spokenLine(message, session);
  if (!line) return;
  if (line.target) session.emit({ type: "line", line });
  else session.emit({ type: "info", text: line.text, target: "" });
}

function onTags(session, message) {
  const reaction = reactionOf(message, session);
  if (reaction) session.emit(reaction);
  const typing = message.tags.get("+typing") ?? message.tags.get("+draft/typing");
  const nick = message.source?.nick ?? "";
  if (typing && !session.isMe(nick)) {
    session.emit({ type: "typing", target: conversation(message, session, message.params[0]), nick,
      isTyping: typing === "active" });
  }
}

function onRedact(session, message) {
  const [to, id, text = ""] = message.params;
  session.emit({ type: "redacted", target: conversation(message, session, to), id, text,
    by: message.source?.nick ?? "" });
}

function onMarker(session, { params }) {
  const time = Date.parse((params[1] ?? "").replace("timestamp=", ""));
  if (!Number.isNaN(time)) session.emit({ type: "marker", target: params[0], time });
}

function onInvite(session, { source, params: [nick, target] }) {
  const by = source?.nick ?? "";
  if (session.isMe(nick)) session.emit({ type: "invited", by, target });
  else session.emit({ type: "info", target: "", text: `${by} invites ${nick} to ${bare(target)}.` });
}

/** FAIL, WARN, NOTE (standard-replies): the command, a code, context, and a text. */
function onStandardReply(session, { command, params, tags }) {
  const type = command === "FAIL" ? "refused" : "info";
  session.emit({ type, command: params[0], code: params[1], context: params.slice(2, -1),
    target: params[2] ?? "", text: params.at(-1), label: tags.get("label") ?? "" });
  if (params[0] === "REGISTER" && command === "FAIL") {
    session.emit({ type: "login-refused", reason: "refused", text: params.at(-1) });
  }
}

/** Every other numeric that is a REFUSAL: its context, and a text. */
export function onRefusal(session, { command, params, tags }) {
  session.emit({ type: "refused", command: "", code: command, context: params.slice(1, -1),
    target: params[1] ?? "", text: params.at(-1) ?? "", label: tags.get("label") ?? "" });
}

function onPing(session, { params }) {
  session.send("PONG", params.slice(-1));
}

function onError(session, { params }) {
  session.emit({ type: "closing", text: params.at(-1) ?? "" });
}

/** Asks NickServ or ChanServ, and resolves with the sentences that it says. */
export async function askService(session, service, text) {
  const { messages } = await session.ask("PRIVMSG", [service, text], { isQuiet: true });
  return messages.filter(({ command }) => command === "NOTICE").map(({ params }) => params[1]);
}

function onDone(session, { params }) {
  session.emit({ type: "info", target: "", text: `${params.at(-1)}.` });
}

function onInviting(session, { params: [, nick, room] }) {
  session.emit({ type: "info", target: "", text: `${nick} is invited to ${bare(room)}.` });
}

function onKnock(session, { params: [, room, source, text] }) {
  const [nick] = source.split("!");
  session.emit({ type: "info", target: room, text: `${bare(room)}: ${nick} ${text} (/invite ${nick} ${bare(room)} does that)` });
}

function onSetName(session, { source, params }) {
  if (session.isMe(source.nick)) session.emit({ type: "info", target: "", text: `Your real name is ${params[0]} now.` });
}

function onAwayIs(session, { params }) {
  session.emit({ type: "info", target: params[1], text: `${params[1]} is away: ${params.at(-1)}` });
}

// MONITOR: nicknames, or nick!user@host.
function onMonitored(session, { params }) {
  session.emit({ type: "monitored", nicks: params.at(-1).split(",").map((each) => each.split("!")[0]) });
}

export const TALK = {
  "PRIVMSG": onSpoken, "NOTICE": onSpoken, "TAGMSG": onTags, "REDACT": onRedact, "MARKREAD": onMarker,
  "INVITE": onInvite, "PING": onPing, "ERROR": onError, "301": onAwayIs, "305": onDone, "306": onDone, "710": onKnock, "711": onDone, "341": onInviting, "SETNAME": onSetName, "730": onMonitored, "731": onMonitored,
  "FAIL": onStandardReply, "WARN": onStandardReply, "NOTE": onStandardReply,
};
