// The bar above the log: what the room is called and about, and its buttons.

import { unformatted } from "../protocol/formatting.js";
import { count, h, iconButton, nickname } from "./dom.js";

export class TopBar {
  constructor({ chat, openRooms, togglePeople, openSearch, openRoom }) {
    this.#chat = chat;
    this.title = h("h1", {});
    this.topic = h("button", { type: "button", class: "topic", onclick: openRoom });
    this.peopleButton = iconButton("people", "People", togglePeople, { "aria-expanded": "false", "aria-controls": "people" });
    this.number = h("span", { class: "number", "aria-hidden": "true" });
    this.peopleButton.append(this.number);
    this.searchButton = iconButton("search", "Search", openSearch);
    this.menuButton = iconButton("dots", "About this room", openRoom);
    this.roomsButton = iconButton("menu", "Rooms", openRooms, { class: "icon-button drawer-only", "aria-controls": "rooms" });
    this.dot = h("span", { class: "dot", hidden: true, "aria-hidden": "true" });
    this.roomsButton.append(this.dot);
    this.node = h("header", { class: "topbar" }, this.roomsButton,
      h("div", { class: "heading" }, this.title, this.topic), this.searchButton, this.peopleButton, this.menuButton);
    for (const topic of ["open", "topic", "people"]) chat.on(topic, () => this.draw());
    for (const topic of ["open", "rooms"]) chat.on(topic, () => this.#drawDot());
  }

  #chat;

  /** What is unread elsewhere, while the list of rooms is a closed drawer. */
  #drawDot() {
    const others = this.#chat.rooms.filter((room) => room !== this.#chat.current);
    const mentions = others.reduce((sum, room) => sum + room.mentions, 0);
    const isUnread = others.some((room) => room.unread && !this.#chat.reading.isMuted(room));
    this.dot.hidden = !mentions && !isUnread;
    this.dot.textContent = mentions ? Math.min(mentions, 99) : "";
    this.roomsButton.setAttribute("aria-label", mentions ? `Rooms, ${count(mentions, "mention")}` : isUnread ? "Rooms, unread messages" : "Rooms");
  }

  draw() {
    const room = this.#chat.current;
    const channel = this.#chat.channel(room);
    this.title.replaceChildren(...(!room ? ["Rooms"] : room.isTalk ? [nickname(room.title)]
      : [h("span", { class: "hash", "aria-hidden": "true" }, "#"), h("bdi", {}, room.title)]));
    const topic = unformatted(channel?.topic ?? "");
    this.topic.textContent = topic;
    this.topic.title = topic;
    this.topic.hidden = !topic;
    const number = channel?.members.size ?? 0;
    this.number.textContent = number || "";
    this.peopleButton.setAttribute("aria-label", number ? `People: ${count(number, "person", "people")} here` : "People");
    for (const each of [this.peopleButton, this.menuButton, this.searchButton]) each.hidden = !room;
    if (room?.isTalk) this.peopleButton.hidden = true;
  }
}
