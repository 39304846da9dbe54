// Searching the history; a hit opens in its place.

import { search } from "../protocol/chathistory.js";
import { unformatted } from "../protocol/formatting.js";
import { clock, dayName, h, nickname } from "./dom.js";
import { openDialog } from "./dialogs.js";

export function openSearch({ chat, show, words = "" }) {
  const { current } = chat;
  const input = h("input", { type: "search", "aria-label": "Words to search", placeholder: "Words", autocomplete: "off" });
  const from = h("input", { type: "text", "aria-label": "Said by", placeholder: "From (nickname)", autocomplete: "off" });
  const scope = h("select", { "aria-label": "Where" }, current && h("option", { value: current.name }, `In ${current.title}`), h("option", { value: "" }, "In all rooms"));
  const results = h("ol", { class: "results" });
  const status = h("p", { class: "muted", role: "status" });
  const form = h("form", { class: "find" }, input, from, scope, h("button", { type: "submit", class: "button primary" }, "Search"));
  const node = openDialog("Search", [form, status, results], { className: "wide" });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    status.textContent = "Searching …";
    results.replaceChildren();
    try {
      const lines = await search(chat.session, { in: scope.value, from: from.value.trim(), text: input.value.trim(), limit: 50 });
      status.textContent = lines.length ? "" : "Nothing was found.";
      results.append(...lines.map((line) => hit(line, () => {
        node.close();
        show(line);
      })));
    } catch (error) {
      status.textContent = error.message;
    }
  });
  input.value = words;
  if (words) form.requestSubmit();
  input.focus();
}

function hit(line, open) {
  return h("li", {}, h("button", { type: "button", class: "hit", onclick: open },
    h("span", { class: "head" }, nickname(line.nick), h("span", { class: "muted" }, `${line.target.replace(/^#/, "")}, ${dayName(line.time)} ${clock(line.time)}`)),
    h("bdi", { class: "text" }, unformatted(line.text).slice(0, 300))));
}
