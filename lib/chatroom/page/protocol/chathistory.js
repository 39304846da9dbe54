// Asking for the past: CHATHISTORY and SEARCH as functions that resolve with lines and reactions; and what is
// typed to search, with from:nick in:room with:nick after:date before:date, as in the terminal client.

import { reactionOf, spokenLine } from "./lines.js";
import { onWire } from "./names.js";

/** The lines and reactions in the messages of an answer. */
export function entriesOf(messages, session) {
  return messages
    .map((message) => (message.command === "TAGMSG" ? reactionOf(message, session) : ENTRIES[message.command]?.(message, session)))
    .filter(Boolean);
}

const ENTRIES = { PRIVMSG: spokenLine, NOTICE: spokenLine };

/** Returns the `ask` of a History of that room or person. */
export function pagesOf(getSession, target) {
  return async (subcommand, references, limit) => {
    const session = getSession();
    if (!session) throw new Error("Not connected");
    if (!session.has("draft/chathistory")) return { entries: [], isEnd: true };
    const count = Math.min(limit, session.pageLimit);
    const { messages, tags } = await session.ask("CHATHISTORY", [subcommand, target, ...references, count]);
    return { entries: entriesOf(messages, session), isEnd: isEnd(tags) };
  };
}

const isEnd = (tags) => tags.has("draft/chathistory-end") || tags.has("chathistory-end");

const stamp = (time) => `timestamp=${new Date(time).toISOString()}`;

/** [{name, time}]: rooms and people with messages between two times (ms), by their newest. */
export async function conversationsBetween(session, from, to, limit = 50) {
  if (!session.has("draft/chathistory")) return [];
  const { messages } = await session.ask("CHATHISTORY", ["TARGETS", stamp(from), stamp(to), limit]);
  return messages.map(({ params }) => ({ name: params[1], time: Date.parse(params[2]) }));
}

/** Lines that match a search, the newest first. `terms`: {text, in, from, before, …}. */
export async function search(session, terms) {
  const words = Object.entries(terms).filter(([, value]) => value);
  const attributes = words.map(([name, value]) => `${name}=${escapeAttribute(value)}`).join(";");
  const { messages } = await session.ask("SEARCH", [attributes]);
  return entriesOf(messages, session).filter((entry) => entry.kind).reverse();
}

const escapeAttribute = (value) =>
  String(value).replace(/[; \\\r\n]/g, (each) => ({ ";": "\\:", " ": "\\s", "\\": "\\\\", "\r": "\\r", "\n": "\\n" })[each]);

export const markRead = (session, target, time) => session.send("MARKREAD", [target, stamp(time)]);

// Searches as they are typed

const PART = /(?<!\S)(from|in|with|after|before):(?:"([^"]*)"|(\S*))/gi;
const DAY = /^\d{4}-\d\d-\d\d$/;

/**
 * The attributes of SEARCH: {text, from, in, after, before}. What is typed wins over `others`. A date without a
 * time begins at midnight here. Throws an Error with a sentence for the person.
 */
export function termsOf(typed, others = {}) {
  const terms = { ...others };
  terms.text = typed.replace(PART, (all, key, quoted, bare) => {
    const name = key.toLowerCase();
    const value = quoted ?? bare;
    if (!value) throw new Error(`What belongs behind ${name}: is missing.`);
    terms[name === "with" ? "in" : name] = VALUES[name](value);
    return "";
  }).replace(/\s+/g, " ").trim();
  if (!terms.text && !terms.from && !terms.after && !terms.before) throw new Error("Type what to search for.");
  return terms;
}

const VALUES = { from: (nick) => nick.replace(/^@/, ""), with: (nick) => nick.replace(/^@/, ""), in: onWire, after: instant, before: instant };

/** A day or time as SEARCH has it. `days` later, if given. */
export function instant(value, days = 0) {
  const date = new Date(DAY.test(value) ? `${value}T00:00` : value);
  if (Number.isNaN(date.getTime()) || !/^\d{4}-/.test(value)) throw new Error(`${value} is not a date such as 2026-11-20 or 2026-11-20T15:00.`);
  date.setDate(date.getDate() + days);
  return date.toISOString();
}

/** The text in parts: every other one, from the second on, is what a search for `words` has found. */
export function foundIn(text, words) {
  const wanted = [...words.matchAll(/"([^"]+)"|(\S+)/g)].map(([, phrase, word]) => (phrase ?? word).replace(/\*$/, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim()).filter(Boolean);
  if (!wanted.length) return [text];
  const pattern = wanted.sort((one, other) => other.length - one.length).map((each) => each.replaceAll(" ", "[^\\p{L}\\p{N}]+")).join("|");
  return text.split(new RegExp(`(?<![\\p{L}\\p{N}])(${pattern})`, "iu"));
}
