// Keeping a room in order. First who may do what: the ranks and rights of the server's own table
// (chat/rights.py). The server decides; the page only leaves out what it would refuse. Then bans and mutes
// with a time, their list, the audit, as in the terminal client.

import { ranks } from "./names.js";

export const [VOICE, HALF_OPERATOR, OPERATOR, ADMIN, OWNER] = [1, 2, 3, 4, 5];

const STANDING = { v: VOICE, h: HALF_OPERATOR, o: OPERATOR, a: ADMIN, q: OWNER };

/** Ranks that can be given: the mode's letter, what it makes of somebody, and who may give or take it. */
export const RANKS = [
  { letter: "q", label: "Owner", givenBy: OWNER },
  { letter: "a", label: "Admin", givenBy: OWNER },
  { letter: "o", label: "Operator", givenBy: OPERATOR },
  { letter: "h", label: "Half-operator", givenBy: OPERATOR },
  { letter: "v", label: "Voice: may speak in a moderated room", givenBy: HALF_OPERATOR },
];

/** Modes that a person can choose. `parameter`: what it takes, `by`: who may change it. */
export const MODES = [
  { letter: "i", by: HALF_OPERATOR, label: "Only people who are invited may enter" },
  { letter: "s", by: OPERATOR, label: "Secret: not in the list of rooms" },
  { letter: "m", by: HALF_OPERATOR, label: "Moderated: only people with a voice or a rank may speak" },
  { letter: "t", by: HALF_OPERATOR, label: "Only those in charge may change the topic" },
  { letter: "R", by: HALF_OPERATOR, label: "Only people with an account may enter" },
  { letter: "M", by: HALF_OPERATOR, label: "Only people with an account may speak" },
  { letter: "k", by: HALF_OPERATOR, label: "Key, without which nobody enters", parameter: "text" },
  { letter: "W", by: HALF_OPERATOR, label: "Slow mode: seconds between two messages of a person", parameter: "number" },
  { letter: "l", by: HALF_OPERATOR, label: "At most this many people", parameter: "number" },
];

/** Mode letters of the ranks that the member has, the highest first. */
export function lettersOf(session, member) {
  const letterOf = new Map(ranks(session.isupport).map(([letter, symbol]) => [symbol, letter]));
  return [...(member?.symbols ?? "")].map((symbol) => letterOf.get(symbol));
}

/** A person's standing in the room: 0 for a mere member or a stranger. */
export function standing(session, channel, nick) {
  return STANDING[lettersOf(session, channel?.members.get(session.fold(nick)))[0]] ?? 0;
}

/** Whether somebody of standing `own` may kick or mute somebody who has these ranks. */
export function mayActAgainst(own, letters) {
  return own >= HALF_OPERATOR && own >= (RANKS.find(({ letter }) => letter === letters[0])?.givenBy ?? 0);
}

/** The changes of MODE from the old values to the new ones: both map letters to true, false or a text. */
export function modeChange(before, after) {
  const letters = { "+": "", "-": "" };
  const parameters = { "+": [], "-": [] };
  for (const [letter, value] of Object.entries(after)) {
    const was = before[letter] ?? false;
    if (value === was || (!value && !was)) continue;
    letters[value ? "+" : "-"] += letter;
    if (typeof value === "string" && value) parameters["+"].push(value);
    else if (letter === "k") parameters["-"].push(String(was));
  }
  const words = ["-", "+"].filter((sign) => letters[sign]).map((sign) => sign + letters[sign]).join("");
  return words ? [words, ...parameters["-"], ...parameters["+"]] : [];
}

// Bans, mutes, lists

const FOR_EVER = "0";
const LIFTED = "-";
const SPAN = /^(\d+[smhdw])+$/i;

/** `2h so much spam` -> ["2h", "so much spam"]; a word that is no time belongs to the reason. */
export function timeAndReason(text = "") {
  const [, first, rest] = /^(\S*)\s*(.*)$/s.exec(text.trim());
  return SPAN.test(first) ? [first, rest] : [FOR_EVER, text.trim()];
}

/** `m:` with what the server wants in front of it. */
function mutePrefix(session) {
  const [sign = "", letters = ""] = (session.isupport.get("EXTBAN") ?? ",").split(",");
  if (!letters.includes("m")) throw new Error("This server cannot mute people.");
  return `${sign}m:`;
}

const whom = (session, who, isMute) => (isMute ? mutePrefix(session) + who : who);

/** Bans or mutes somebody; a member who is banned is removed as well. */
export function ban(session, room, who, { time = FOR_EVER, reason = "", isMute = false }) {
  const words = reason ? [reason] : [];
  session.send("TBAN", [room, time, whom(session, who, isMute), ...words]);
  if (!isMute && session.channel(room)?.members.has(session.fold(who))) session.send("KICK", [room, who, ...words]);
}

export function lift(session, room, who, isMute = false) {
  session.send("TBAN", [room, LIFTED, whom(session, who, isMute)]);
}

/** The bans and mutes of a room, or with `I` who may enter uninvited: [{mask, shown, isMute, by, time, words}]. */
export async function listed(session, room, letter) {
  const { messages } = await session.ask("MODE", [room, letter], { isQuiet: true });
  return messages.filter(({ command }) => command === LISTED[letter]).map(({ params: [, , mask, by = "", time = 0, words = ""] }) => {
    const isMute = /^\W?m:/.test(mask);
    const shown = mask.replace(/^\W?m:/, "").replace(/^\W?a:(.*)/, "account $1").replace(/!\*@\*$/, "").replace(/^\*!\*@/, "");
    return { mask, shown, isMute, by: by.split("!")[0], time: Number(time) * 1000, words };
  });
}

const LISTED = { b: "367", I: "346" };

/** What was done in the room, the latest first: [{time, text}]. */
export async function audit(session, room, most = 100) {
  const { messages } = await session.ask("AUDIT", [room, most], { isQuiet: true });
  return messages.filter(({ command, params }) => command === "NOTE" && params[1] === "ENTRY").map(({ params }) => {
    const [, date, clock, text] = /^(\S+) (\S+) (.*)$/s.exec(params.at(-1)) ?? ["", "", "", params.at(-1)];
    return { time: Date.parse(`${date}T${clock}Z`), text: text.replace(/^([^\s!]+)!\S+/, "$1").replace(/^(\S+) \(\1\)/, "$1") };
  }).reverse();
}
