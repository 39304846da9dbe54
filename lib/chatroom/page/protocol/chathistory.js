// CHATHISTORY and SEARCH as functions that resolve with lines and reactions.

import { reactionOf, spokenLine } from "./lines.js";

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
