// The rooms of the server, to choose from, or to create one. Shown while no room is open.

import { unformatted } from "../protocol/formatting.js";
import { bare, onWire } from "../protocol/names.js";
import { count, h, icon } from "./dom.js";
import { unfolding } from "./dialogs.js";
import { fillInvitation } from "./roomparts.js";

const MOST = 200; // rooms that are shown; typing narrows them

export class Browse {
  constructor({ chat, join, copy }) {
    this.#chat = chat;
    this.#join = join;
    this.input = h("input", { type: "search", "aria-label": "Name of a room", placeholder: "Find or name a room", maxlength: "50", autocomplete: "off" });
    this.list = h("ul", { class: "cards" });
    this.form = h("form", { class: "find" }, this.input, h("button", { class: "button primary", type: "submit" }, "Join"));
    this.node = h("section", { class: "browse", "aria-label": "Rooms of this server" },
      h("div", { class: "inner" }, h("h2", {}, "Choose a room"), h("p", { class: "muted" }, "Or type a name: a room that does not exist yet is created."), this.form, this.list,
        unfolding("Invite people to this server", (body) => fillInvitation(body, { room: null, copy }))));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.input.value.trim().replace(/[\s,]+/g, "-");
      if (name) join(onWire(name));
    });
    this.input.addEventListener("input", () => this.draw());
    chat.on("open", (room) => this.show(!room));
  }

  #chat;
  #join;
  #rooms = [];

  /** The rooms of the server, as last listed. */
  get names() {
    return this.#rooms.map(({ name }) => bare(name));
  }

  show(isShown) {
    this.node.hidden = !isShown;
    if (isShown) this.load();
  }

  find(pattern) {
    this.input.value = pattern;
    this.draw();
  }

  async load() {
    if (!this.#chat.isConnected) return;
    const { messages } = await this.#chat.session.ask("LIST", []).catch(() => ({ messages: [] }));
    this.#rooms = messages.filter(({ command }) => command === "322")
      .map(({ params }) => ({ name: params[1], people: Number(params[2]) || 0, topic: unformatted(params[3] ?? "") }))
      .sort((one, other) => other.people - one.people || one.name.localeCompare(other.name));
    this.draw();
  }

  draw() {
    const wanted = this.input.value.trim().toLowerCase().replace(/^#/, "");
    const found = this.#rooms.filter(({ name, topic }) => name.toLowerCase().includes(wanted) || topic.toLowerCase().includes(wanted));
    this.list.replaceChildren(...found.slice(0, MOST).map((room) => h("li", {},
      h("button", { type: "button", class: "card", onclick: () => this.#join(room.name) },
        h("span", { class: "hash big", "aria-hidden": "true" }, "#"),
        h("span", { class: "body" }, h("bdi", { class: "title" }, room.name.replace(/^#/, "")), room.topic && h("bdi", { class: "about" }, room.topic)),
        h("span", { class: "number" }, icon("people"), count(room.people, "person", "people"))))));
  }
}
