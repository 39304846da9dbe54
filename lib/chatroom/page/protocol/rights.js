// What a person may do in a room: the ranks and rights of the server's own table (chat/rights.py). The
// server decides; the page only leaves out what it would refuse.

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
