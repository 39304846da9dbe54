// Searching the history; a hit opens in its place.

import { foundIn, instant, search, termsOf } from "../protocol/chathistory.js";
import { plain } from "../protocol/formatting.js";
import { clock, dayName, h, nickname } from "./dom.js";
import { field, openDialog } from "./dialogs.js";

const PAGE = 50; // hits at once

export function openSearch({ chat, show, words = "" }) {
  const { current } = chat;
  const input = h("input", { type: "search", "aria-label": "Words to search", placeholder: "Words, from:nick in:room", autocomplete: "off" });
  const from = h("input", { type: "text", placeholder: "Nickname", autocomplete: "off" });
  const scope = h("select", {}, current && h("option", { value: current.name }, `In ${current.title}`), h("option", { value: "" }, "In all rooms"));
  const [since, until] = [h("input", { type: "date" }), h("input", { type: "date" })];
  const results = h("ol", { class: "results" });
  const status = h("p", { class: "muted", role: "status" });
  const more = h("button", { type: "button", class: "button wide", hidden: true, onclick: () => find(oldest) }, "Older messages");
  const form = h("form", {}, h("div", { class: "find" }, input, h("button", { type: "submit", class: "button primary" }, "Search")),
    h("div", { class: "filters" }, field("From", from), field("Where", scope), field("Since", since), field("Until", until)));
  const node = openDialog("Search", [form, status, results, more], { className: "wide" });
  const shown = new Set();
  let oldest = null;

  async function find(before = null) {
    if (!before) shown.clear();
    if (!before) results.replaceChildren();
    more.hidden = true;
    status.textContent = "Searching …";
    try {
      const asked = terms();
      const lines = await search(chat.session, { ...asked, ...(before && { before: new Date(before.time + 1).toISOString() }), limit: PAGE });
      const found = lines.filter(({ id }) => !shown.has(id)); // those of the same millisecond come again
      found.forEach((line) => shown.add(line.id));
      results.append(...found.map((line) => hit(line, asked.text, () => {
        node.close();
        show(line);
      })));
      more.hidden = lines.length < PAGE || !found.length;
      oldest = lines.at(-1);
      status.textContent = shown.size ? "" : "Nothing was found.";
    } catch (error) {
      status.textContent = error.message;
    }
  }

  const terms = () => termsOf(input.value, {
    in: scope.value, from: from.value.trim(), after: since.value && instant(since.value), before: until.value && instant(until.value, 1),
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    find();
  });
  input.value = words;
  if (words) find();
  input.focus();
}

function hit(line, words, open) {
  return h("li", {}, h("button", { type: "button", class: "hit", onclick: open },
    h("span", { class: "head" }, nickname(line.nick), h("span", { class: "muted" }, `${line.target.replace(/^#/, "")}, ${dayName(line.time)} ${clock(line.time)}`)),
    h("bdi", { class: "text" }, foundIn(excerpt(plain(line.text), words), words).map((part, index) => (index % 2 ? h("mark", {}, part) : part)))));
}

const MOST = 300; // characters of a hit

/** A long text around what was found. */
function excerpt(text, words) {
  const [before, ...found] = foundIn(text, words);
  const from = found.length ? Math.max(0, before.length - MOST / 3) : 0;
  return text.length <= MOST ? text : `${from ? "…" : ""}${text.slice(from, from + MOST)}…`;
}
