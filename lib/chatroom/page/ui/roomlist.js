// The list of rooms and talks, with what is unread, and the person's own name below.

import { avatar, byName, count, h, icon, iconButton, inNextFrame, nickname } from "./dom.js";

export class RoomList {
  constructor({ chat, presence, openSwitcher, browse, openSettings, opened }) {
    this.#chat = chat;
    this.#presence = presence;
    this.#opened = opened;
    this.rooms = h("ul", { class: "list" });
    this.talks = h("ul", { class: "list" });
    this.talksPart = h("section", { "aria-labelledby": "talks-title" }, h("h2", { id: "talks-title" }, "Talks"), this.talks);
    this.network = h("strong", { class: "network" }, "Chatroom");
    this.me = h("div", { class: "me" });
    this.#openSettings = openSettings;
    this.node = h("nav", { class: "side", "aria-label": "Rooms", id: "rooms" },
      h("header", {}, this.network, iconButton("search", "Go to a room or person (Ctrl+K)", openSwitcher)),
      h("div", { class: "lists" },
        h("section", { "aria-labelledby": "rooms-title" },
          h("div", { class: "section-head" }, h("h2", { id: "rooms-title" }, "Rooms"), iconButton("plus", "Find or create a room", browse)),
          this.rooms),
        this.talksPart),
      this.me);
    chat.on("rooms", () => this.#schedule()).on("open", () => this.#schedule()).on("people", () => this.#hasTalks && this.#schedule()).on("me", () => this.drawMe());
    this.drawMe();
  }

  #chat;
  #presence;
  #opened;
  #openSettings;

  get #hasTalks() {
    return this.#chat.rooms.some((room) => room.isTalk);
  }

  #schedule = inNextFrame(() => this.draw());

  draw() {
    const sorted = this.#chat.rooms.toSorted((one, other) => byName(one.title, other.title));
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.room : null;
    this.rooms.replaceChildren(...sorted.filter((room) => !room.isTalk).map((room) => this.#entry(room)));
    const talks = sorted.filter((room) => room.isTalk);
    this.talks.replaceChildren(...talks.map((room) => this.#entry(room)));
    this.talksPart.hidden = !talks.length;
    if (focused) this.node.querySelector(`[data-room="${CSS.escape(focused)}"]`)?.focus();
    this.network.textContent = this.#chat.session?.isupport.get("NETWORK") ?? this.network.textContent;
  }

  #entry(room) {
    const isCurrent = room === this.#chat.current;
    const isMuted = this.#chat.reading.isMuted(room);
    const { unread, mentions } = room;
    const presence = room.isTalk ? this.#presence.of(room.name) : "";
    const classes = ["entry"];
    if (unread && !isMuted) classes.push("unread");
    if (!room.isJoined) classes.push("away");
    if (isMuted) classes.push("muted");
    const label = [room.title, presence, unread ? count(unread, "unread message") : "", mentions && !room.isTalk ? count(mentions, "mention") : "", isMuted ? "muted" : ""];
    return h("li", {}, h("button", {
      type: "button", class: classes.join(" "), "data-room": room.name, "aria-current": isCurrent ? "page" : null,
      "aria-label": label.filter(Boolean).join(", "), title: room.title,
      onclick: () => this.#opened(room),
    }, room.isTalk ? avatar(room.title) : h("span", { class: "hash", "aria-hidden": "true" }, "#"),
    h("bdi", { class: "title" }, room.title),
    presence && h("span", { class: `presence ${presence}`, title: presence }),
    isMuted && icon("muted"),
    unread > 0 && (!isMuted || mentions > 0) && h("span", { class: mentions ? "badge mentions" : "badge" }, shown(mentions || unread))));
  }

  drawMe() {
    const nick = this.#chat.nick;
    const account = this.#chat.session?.account;
    this.me.replaceChildren(avatar(nick || "?"),
      h("div", { class: "who-am-i" }, nickname(nick), h("small", {}, account ? "Logged in" : "Guest")),
      iconButton("gear", "Settings", this.#openSettings));
  }
}

const shown = (number) => (number > 99 ? "99+" : String(number));
