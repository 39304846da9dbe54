// Slash commands: one row for each. `run(words, room, actions)`; the last word takes the rest of the line.

export const COMMANDS = [
  { name: "join", usage: "ROOM [KEY]", help: "enter a room", takes: 2, needs: 1, run: ([name, key], room, { join }) => join(name, key) },
  { name: "leave", aliases: ["part", "close"], usage: "", help: "leave this room", run: (words, room, { leave }) => leave(room) },
  { name: "me", usage: "TEXT", help: "say what you do", takes: 1, needs: 1, inRoom: true, run: ([text], room, { say }) => say(room, text, { kind: "action" }) },
  { name: "msg", aliases: ["query"], usage: "NICKNAME [TEXT]", help: "talk in private", takes: 2, needs: 1, run: ([nick, text], room, { talk }) => talk(nick, text) },
  { name: "nick", usage: "NICKNAME", help: "change your nickname", takes: 1, needs: 1, run: ([nick], room, { send }) => send("NICK", [nick]) },
  { name: "topic", usage: "[TEXT]", help: "show or set the topic", takes: 1, inRoom: true, run: ([text], room, { send, about }) => (text ? send("TOPIC", [room.name, text]) : about()) },
  { name: "away", usage: "[TEXT]", help: "say that you are away, or back", takes: 1, run: ([text], room, { send }) => send("AWAY", text ? [text] : []) },
  { name: "invite", usage: "NICKNAME", help: "invite somebody into this room", takes: 1, needs: 1, inRoom: true, run: ([nick], room, { send }) => send("INVITE", [nick, room.name]) },
  { name: "kick", usage: "NICKNAME [REASON]", help: "remove somebody from this room", takes: 2, needs: 1, inRoom: true, run: ([nick, text], room, { send }) => send("KICK", [room.name, nick, ...(text ? [text] : [])]) },
  { name: "op", usage: "NICKNAME", help: "make somebody an operator of this room", takes: 1, needs: 1, inRoom: true, run: ([nick], room, { send }) => send("MODE", [room.name, "+o", nick]) },
  { name: "whois", usage: "NICKNAME", help: "about a person", takes: 1, needs: 1, run: ([nick], room, { person }) => person(nick) },
  { name: "ignore", usage: "NICKNAME", help: "do not see somebody's messages", takes: 1, needs: 1, run: ([nick], room, { ignore }) => ignore(nick, true) },
  { name: "unignore", usage: "NICKNAME", help: "see them again", takes: 1, needs: 1, run: ([nick], room, { ignore }) => ignore(nick, false) },
  { name: "search", usage: "[WORDS]", help: "search the history", takes: 1, run: ([words], room, { search }) => search(words ?? "") },
  { name: "list", aliases: ["rooms"], usage: "", help: "find rooms", run: (words, room, { browse }) => browse() },
  { name: "quit", usage: "", help: "leave the chat", run: (words, room, { quit }) => quit() },
  { name: "help", usage: "", help: "show commands and keys", run: (words, room, { help }) => help() },
];

const byName = new Map(COMMANDS.flatMap((row) => [row.name, ...(row.aliases ?? [])].map((name) => [name, row])));

/** Carries out a line such as "/join games". Throws an Error with a sentence for the person. */
export function runCommand(text, room, actions) {
  const [, name, rest] = /^\/(\S*)\s*(.*)$/s.exec(text);
  const row = byName.get(name.toLowerCase());
  if (!row) throw new Error(`There is no command /${name}. Type /help for a list; to send the line as it is, type // first.`);
  const words = wordsOf(rest, row.takes ?? 0);
  if (words.length < (row.needs ?? 0)) throw new Error(`Usage: /${row.name} ${row.usage}`);
  if (row.inRoom && !room) throw new Error("You are not in a room. Type /join ROOM.");
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
