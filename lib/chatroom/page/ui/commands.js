// Slash commands. Their names, usage and help are the terminal client's (command_table.js); here is what
// they do on the page: a handler gets the words, the open room, and the actions of the page.

import { ban, lift, timeAndReason } from "../protocol/moderation.js";
import { SPOKEN } from "../protocol/lines.js";
import { bare, onWire } from "../protocol/names.js";
import { ALIASES, TABLE } from "./command_table.js";
import { oneEmoji } from "./emoji.js";

const inRoom = (act) => (words, room, actions) => {
  if (!room) throw new Error("You are not in a room. Type /join ROOM.");
  if (room.isTalk) throw new Error(`This is a private conversation with ${room.title}. Choose a room first.`);
  act(words, room, actions);
};

const named = (name, room) => {
  if (!name && (!room || room.isTalk)) throw new Error("Which room? You are not in one.");
  return name ? onWire(name) : room.name;
};
const askChanServ = (word) => ([name], room, { service }) => service("ChanServ", `${word} ${named(name, room)}`);

const rank = (change) => inRoom(([nick], room, { send }) => send("MODE", [room.name, change, nick]));

const banning = (isMute) => inRoom(([who, more], room, { act }) => {
  const [time, reason] = timeAndReason(more);
  act((session) => ban(session, room.name, who, { time, reason, isMute }));
});
const lifting = (isMute) => inRoom(([who], room, { act }) => act((session) => lift(session, room.name, who, isMute)));
const shown = (part) => inRoom((words, room, { about }) => about(part));

/** The line that `[N|NICK] TEXT` is about, by default the last of somebody else, and the text. */
function lineAndText(text, room, chat) {
  const lines = spoken(room);
  const [, word, rest] = /^(\S+)\s*(.*)$/s.exec(text);
  if (rest && /^\d+$/.test(word)) return [numbered(lines, Number(word)), rest];
  const nick = chat.fold(word.replace(/^@/, "").replace(/[:,]$/, ""));
  const line = rest && lines.findLast((each) => chat.fold(each.nick) === nick);
  if (rest && !line && (word.startsWith("@") || chat.channel(room)?.members.has(nick))) throw new Error(`${word} has no recent line here.`);
  return line ? [line, rest] : [last(lines, false), text];
}

function spoken(room) {
  if (!room) throw new Error("You are not in a room. Type /join ROOM.");
  return room.history.lines.filter((line) => SPOKEN.has(line.kind) && line.id && !line.isRedacted);
}

function numbered(lines, number) {
  if (!lines.at(-number) || number < 1) throw new Error(`There ${lines.length === 1 ? "is only 1 line" : `are only ${lines.length} lines`} to choose from; 1 is the latest.`);
  return lines.at(-number);
}

function last(lines, isOwn) {
  const line = lines.findLast((each) => each.isOwn === isOwn);
  if (!line) throw new Error(`${isOwn ? "You have said nothing" : "Nobody else has said anything"} here yet.`);
  return line;
}

const reacting = (isOn) => ([text], room, { chat }) => {
  const [line, emoji] = lineAndText(text, room, chat);
  chat.saying.react(room, line, oneEmoji(emoji), isOn);
};

const optional = (text) => (text ? [text] : []);

const HANDLERS = {
  "help": ([name = ""], room, { help, note }) => {
    const row = rowOf(name.replace("/", ""));
    if (row) note(`/${row.name} ${row.usage}: ${row.instead ?? row.help}`);
    else help();
  },
  "join": ([name, key], room, { join }) => join(name, key),
  "leave": ([name], room, { leave }) => leave(name ? onWire(name.split(" ")[0]) : room?.name),
  "close": (words, room, { leave }) => leave(room?.name),
  "rooms": ([pattern], room, { browse }) => browse(pattern),
  "who": (words, room, { people }) => people(),
  "query": ([nick, text], room, { talk }) => talk(nick, text),
  "msg": ([nick, text], room, { talk }) => talk(nick, text),
  "switch": ([name], room, { switcher }) => switcher(name),
  "me"([text], room, { say }) {
    if (!room) throw new Error("You are not in a room. Type /join ROOM.");
    say(room, text, { kind: "action" });
  },
  "search": ([words], room, { search }) => search(words ?? ""),
  "topic": inRoom(([text], room, { send, about }) => (text ? send("TOPIC", [room.name, text]) : about())),
  "nick": ([nick], room, { send }) => send("NICK", [nick]),
  "setname": ([text], room, { send }) => send("SETNAME", [text]),
  "away": ([text], room, { send }) => send("AWAY", optional(text)),
  "whois": ([nick], room, { person }) => person(nick),
  "invite": ([nick, name], room, { send }) => send("INVITE", [nick, named(name, room)]),
  "knock": ([name, text], room, { send }) => send("KNOCK", [onWire(name), ...optional(text)]),
  "invite-link"([text = ""], room, { invite }) {
    const name = text.replace(/(^|\s)qr$/i, "");
    invite(name ? bare(name) : room && !room.isTalk ? room.title : "");
  },
  "kick": inRoom(([nick, text], room, { send }) => send("KICK", [room.name, nick, ...optional(text)])),
  "mode": inRoom(([words], room, { send, about }) => (words ? send("MODE", [room.name, ...words.split(/\s+/)]) : about("settings"))),
  "voice": rank("+v"), "devoice": rank("-v"), "op": rank("+o"), "deop": rank("-o"), "halfop": rank("+h"),
  "dehalfop": rank("-h"), "admin": rank("+a"), "deadmin": rank("-a"), "owner": rank("+q"), "deowner": rank("-q"),
  "reply"([text], room, { chat, say }) {
    const [line, words] = lineAndText(text, room, chat);
    say(room, words, { replyTo: line.id });
  },
  "react": reacting(true), "unreact": reacting(false),
  "redact"([text = ""], room, { chat, send }) {
    const [, who, reason] = /^all\s+from\s+(\S+)\s*(.*)$/is.exec(text) ?? [];
    if (who) return send("REDACTALL", [room?.name, who, ...optional(reason)]);
    const [, number, more] = /^(\d*)\s*(.*)$/s.exec(text);
    const lines = spoken(room);
    const line = number ? numbered(lines, Number(number)) : last(lines, true);
    send("REDACT", [room.name, line.id, ...optional(more)]);
  },
  "ban": banning(false), "mute": banning(true), "unban": lifting(false), "unmute": lifting(true),
  "bans": shown("bans"), "invites": shown("invites"), "audit": shown("audit"),
  "register": ([words = ""], room, { account }) => account("register", words.split(" ")[0]),
  "login": ([name], room, { account }) => account("login", name),
  "oper": ([name], room, { account }) => account("oper", name),
  "password": (words, room, { account }) => account("password"),
  "token": ([words = "list"], room, { preferences, service }) => (/^list$/i.test(words) ? preferences("tokens") : service("NickServ", `TOKEN ${words}`)),
  "certificate": ([words = "list"], room, { service }) => service("NickServ", `CERT ${words}`),
  "logout": (words, room, { logOut }) => logOut(),
  "register-room": askChanServ("REGISTER"),
  "accept-room": askChanServ("ACCEPT"),
  "drop-room": askChanServ("DROP"),
  "rename-room": inRoom(([name, text], room, { send }) => send("RENAME", [room.name, onWire(name), ...optional(text)])),
  "ignore": ([nick], room, { ignore, preferences }) => (nick ? ignore(nick, true) : preferences()),
  "unignore": ([nick], room, { ignore }) => ignore(nick, false),
  "highlight": ([words = ""], room, { highlight }) => highlight(words.split(/\s+/).filter(Boolean)),
  "send"([words], room, { chooseFiles }) {
    if (!room) throw new Error("You are not in a room. Type /join ROOM.");
    chooseFiles(words.replace(/^("[^"]*"|\S+)\s*/, ""));
  },
  "set": (words, room, { preferences }) => preferences(),
  "raw": ([line], room, { act }) => act((session) => session.raw(line)),
  "reconnect": (words, room, { reconnect }) => reconnect(),
  "quit": (words, room, { quit }) => quit(),
};

/** What a person does on the page instead. */
const INSTEAD = {
  "get": "Click a picture to see it large, or the name of a file to download it.",
  "history": "Scroll up: older messages come by themselves.",
  "context": "Click a result of the search: it opens among the lines around it.",
  "log": "The page writes no files: the server keeps the history.",
  "paste": "The page asks only before a text becomes many messages.",
  "save": "The page keeps its settings at once.",
  "yes": "The page asks with buttons.", "no": "The page asks with buttons.",
};

const ROWS = new Map(TABLE.map(([name, usage, help, needs, takes]) => [name, { name, usage, help, needs, takes, run: HANDLERS[name], instead: INSTEAD[name] }]));
const rowOf = (typed) => ROWS.get(ALIASES[typed.toLowerCase()] ?? typed.toLowerCase());

/** The rows that work on the page. */
export const COMMANDS = [...ROWS.values()].filter(({ run }) => run);

/** Carries out a line such as "/join games". Throws an Error with a sentence for the person. */
export function runCommand(text, room, actions) {
  const [, typed, rest] = /^\/(\S*)\s*(.*)$/s.exec(text);
  const row = rowOf(typed);
  if (!row) throw new Error(`There is no command /${typed}; /help lists the commands. To send the line as it is, begin it with //.`);
  if (!row.run) throw new Error(row.instead);
  const words = wordsOf(rest, row.takes);
  if (words.length < row.needs) throw new Error(`Usage: /${row.name} ${row.usage}`);
  row.run(words, room, actions);
}

function wordsOf(text, most) {
  const words = [];
  let rest = text.trim();
  while (rest && words.length < most - 1) {
    const [, word, after] = /^(\S+)\s*(.*)$/s.exec(rest);
    words.push(word);
    rest = after;
  }
  return rest && most ? [...words, rest] : words;
}
