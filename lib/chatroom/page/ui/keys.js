// Keys that work everywhere: one row for each, and the sheet that shows them.

import { COMMANDS } from "./commands.js";
import { h } from "./dom.js";
import { openDialog } from "./dialogs.js";

const isTyping = (event) => event.target.matches?.("input, textarea, select");
const isDialogOpen = () => Boolean(document.querySelector("dialog[open], :popover-open"));

/** Rows: keys (shown), test(event), act, text. `actions` are functions of the page. */
export function installKeys(actions) {
  const rows = [
    { keys: "Ctrl+K", text: "go to a room or person", test: (e) => (e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k", act: actions.switcher },
    { keys: "Alt+A, Alt+↓", text: "next room with unread messages", test: (e) => e.altKey && (e.key.toLowerCase() === "a" || e.key === "ArrowDown"), act: actions.nextUnread },
    { keys: "?", text: "this sheet", test: (e) => e.key === "?" && !isTyping(e), act: actions.sheet },
    { keys: "R", text: "reply to the selected message", test: (e) => e.key.toLowerCase() === "r" && !isTyping(e) && !e.ctrlKey && !e.metaKey && !e.altKey, act: actions.reply },
    { keys: "Alt+↑", text: "from the text field to the messages; ↑ and ↓ go through them", test: (e) => e.altKey && e.key === "ArrowUp", act: actions.toLog },
    { keys: "Escape", text: "back to the text field and the newest message", test: (e) => e.key === "Escape" && !isDialogOpen(), act: actions.escape },
    { keys: "Enter, Shift+Enter", text: "send; a new line", test: () => false },
    { keys: "Tab", text: "complete a nickname, a #room, an :emoji: or a /command", test: () => false },
    { keys: "↑, ↓ in an empty field", text: "your last messages again", test: () => false },
  ];
  document.addEventListener("keydown", (event) => {
    if (isDialogOpen() && event.key !== "Escape") return;
    const row = rows.find(({ test, act }) => act && test(event));
    if (!row || row.act(event) === false) return;
    event.preventDefault();
  });
  return () => openSheet(rows);
}

function openSheet(rows) {
  const node = openDialog("Keys and commands", [
    h("dl", { class: "sheet" }, rows.flatMap(({ keys, text }) => [h("dt", {}, h("kbd", {}, keys)), h("dd", {}, text)])),
    h("h3", {}, "Commands"),
    h("dl", { class: "sheet" }, COMMANDS.flatMap(({ name, usage, help }) => [h("dt", {}, h("code", {}, `/${name} ${usage}`.trim())), h("dd", {}, help)])),
    h("h3", {}, "Formatting"),
    h("p", {}, "*bold*, _italic_, `code`, ||spoiler||, and ``` around a block of code."),
  ]);
  node.querySelector(".content").tabIndex = 0; // the arrow keys scroll it
}
