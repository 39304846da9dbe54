// A typed search: words, and from:nick in:room with:nick after:date before:date, as in the terminal client.

import { onWire } from "./names.js";

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
