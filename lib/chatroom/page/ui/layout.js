// From lines to the rows of the log: day lines, the "new" line, groups, folded comings. No DOM.

import { COMINGS, SPOKEN } from "../protocol/lines.js";
import { dayOf } from "./dom.js";
import { MODE_WORDS } from "./mode_words.js";

const GROUP = 5 * 60 * 1000; // ms within which lines of one person share a head
export const MOST_ROWS = 500;

/**
 * Returns the rows, oldest first: {key, version, type, line | lines | time, isGrouped}. A row whose key and
 * version are as before looks as before. newFrom: the time up to which everything was read; 0 for none.
 * find(id): the line of a msgid, if it is known.
 */
export function rowsOf(lines, { newFrom = 0, showsComings = true, isIgnored = () => false, find = () => null } = {}) {
  const rows = [];
  let before = null; // the line of the row before
  let hasNew = !newFrom;
  for (const line of lines) {
    if (isIgnored(line.nick) || (COMINGS.has(line.kind) && !showsComings)) continue;
    line.day ??= dayOf(line.time);
    if (before?.day !== line.day) {
      rows.push({ type: "day", key: `day-${line.day}-${line.key}`, version: "", time: line.time });
      before = null;
    }
    if (!hasNew && SPOKEN.has(line.kind) && !line.isOwn && line.time > newFrom) {
      rows.push({ type: "new", key: "new", version: line.key });
      hasNew = true;
      before = null;
    }
    const last = rows.at(-1);
    if (COMINGS.has(line.kind)) {
      if (last?.type === "comings") last.lines.push(line);
      else rows.push({ type: "comings", key: `comings-${line.key}`, lines: [line] });
      rows.at(-1).version = rows.at(-1).lines.length;
    } else {
      const type = SPOKEN.has(line.kind) ? "spoken" : "event";
      const isGrouped = type === "spoken" && isSameSpeaker(before, line);
      rows.push({ type, key: line.key, version: versionOf(line, isGrouped, find(line.replyTo)), line, isGrouped });
    }
    before = line;
  }
  return rows.length > MOST_ROWS ? rows.slice(-MOST_ROWS) : rows;
}

function isSameSpeaker(before, line) {
  return before?.kind === "message" && line.kind === "message" && before.nick === line.nick && !line.replyTo
    && before.isBot === line.isBot && before.isForFew === line.isForFew
    && line.time - before.time < GROUP && line.time >= before.time;
}

function versionOf(line, isGrouped, quoted) {
  const reactions = line.reactions.size ? [...line.reactions].map(([emoji, people]) => emoji + [...people]).join() : "";
  const quote = quoted ? (quoted.isRedacted ? "gone" : "known") : "";
  return [isGrouped, line.isRedacted, line.state, line.isMention, quote, reactions].join();
}

/** "ann and bob came, 3 left" of folded lines. Someone who came and left again is counted in both. */
export function comingsText(lines) {
  const groups = { join: new Set(), quit: new Set(), nick: new Map() };
  for (const line of lines) {
    if (line.kind === "nick") groups.nick.set(line.nick, line.detail);
    else groups[line.kind === "join" ? "join" : "quit"].add(line.nick);
  }
  const parts = [];
  if (groups.join.size) parts.push(`${people(groups.join)} came`);
  if (groups.quit.size) parts.push(`${people(groups.quit)} left`);
  if (groups.nick.size > 2) parts.push(`${groups.nick.size} changed their names`);
  else for (const [before, after] of groups.nick) parts.push(`${isolate(before)} is now ${isolate(after)}`);
  return parts.join(", ");
}

// First strong isolate and its end: a name's direction stays within it.
export const isolate = (name) => `\u2068${name}\u2069`;

function people(nicks) {
  if (nicks.size > 2) return String(nicks.size);
  return [...nicks].map(isolate).join(" and ");
}

/** "made bob an operator, muted cy" of the changes of modes. */
export const modesText = (changes) => changes.map(({ letter, isSet, parameter }) => {
  const isMute = letter === "b" && parameter.startsWith("m:");
  const name = `${isSet ? "+" : "-"}${letter}${isMute ? "m:" : ""}`;
  const words = MODE_WORDS[name] ?? `set mode ${name} {}`;
  return words.replace("{}", () => parameter && isolate(isMute ? parameter.slice(2) : parameter)).trimEnd();
}).join(", ");
