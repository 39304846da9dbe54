// Ctrl+K: go to a room or person by a few letters.

import { onWire } from "../protocol/names.js";
import { avatar, h } from "./dom.js";
import { openDialog } from "./dialogs.js";

const MOST = 12;

export function openSwitcher({ chat, open, join, talk, name = "" }) {
  const input = h("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "switcher-list", "aria-label": "Room or person", placeholder: "Go to a room or person", autocomplete: "off" });
  const list = h("ul", { class: "list", id: "switcher-list", role: "listbox", "aria-label": "Matches" });
  const node = openDialog("Go to", [input, list], { className: "switcher" });
  let at = 0;
  let choices = [];

  function draw() {
    choices = matches(chat, input.value.trim());
    at = Math.max(0, Math.min(at, choices.length - 1));
    list.replaceChildren(...choices.map((choice, index) => h("li", {
      role: "option", id: `choice-${index}`, class: "entry", "aria-selected": String(index === at), onclick: () => go(choice),
    }, choice.isPerson ? avatar(choice.title) : h("span", { class: "hash", "aria-hidden": "true" }, "#"),
    h("bdi", { class: "title" }, choice.title), h("small", {}, choice.note))));
    input.setAttribute("aria-activedescendant", choices.length ? `choice-${at}` : "");
  }

  function go(choice) {
    node.close();
    if (choice?.room) open(choice.room);
    else if (choice?.isPerson) talk(choice.title);
    else if (choice) join(onWire(choice.title));
  }

  input.addEventListener("input", () => {
    at = 0;
    draw();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      at = (at + step + choices.length) % Math.max(1, choices.length);
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(choices[at]);
    }
  });
  input.value = name;
  draw();
  input.focus();
}

function matches(chat, typed) {
  const wanted = typed.toLowerCase().replace(/^[#@]/, "");
  const rooms = chat.rooms.map((room) => ({ title: room.title, room, isPerson: room.isTalk, note: room.mentions ? "mentions you" : room.unread ? "unread" : "", rank: room.mentions ? 0 : room.unread ? 1 : 2 }));
  const known = new Set(rooms.map(({ title }) => title.toLowerCase()));
  const nicks = new Set((chat.session?.channels() ?? []).flatMap((channel) => [...channel.members.values()].map(({ nick }) => nick)));
  const people = wanted ? [...nicks].filter((nick) => !known.has(nick.toLowerCase()) && !chat.session.isMe(nick)).map((nick) => ({ title: nick, isPerson: true, note: "person", rank: 3 })) : [];
  const found = [...rooms, ...people].filter(({ title }) => title.toLowerCase().includes(wanted));
  found.sort((one, other) => starts(other, wanted) - starts(one, wanted) || one.rank - other.rank || one.title.localeCompare(other.title));
  const isNew = wanted && !/[\s,]/.test(wanted) && !known.has(wanted);
  return [...found.slice(0, MOST), ...(isNew ? [{ title: wanted, note: "join or create this room" }] : [])];
}

const starts = ({ title }, wanted) => Number(title.toLowerCase().startsWith(wanted));
