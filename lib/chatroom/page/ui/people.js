// Who is in the room, by rank.

import { avatar, byName, count, h, iconButton, inNextFrame, nickname } from "./dom.js";

const GROUPS = [
  { title: "Owners", symbols: "~" },
  { title: "Admins", symbols: "&" },
  { title: "Operators", symbols: "@" },
  { title: "Half-operators", symbols: "%" },
  { title: "With a voice", symbols: "+" },
  { title: "People", symbols: "" },
];

export class People {
  constructor({ chat, openPerson, close }) {
    this.#chat = chat;
    this.#openPerson = openPerson;
    this.title = h("h2", {}, "People");
    this.lists = h("div", { class: "lists" });
    this.node = h("aside", { class: "people", "aria-label": "People", id: "people" },
      h("header", {}, this.title, iconButton("close", "Close the list of people", close, { class: "icon-button drawer-only" })), this.lists);
    chat.on("people", (room) => room === chat.current && this.#schedule()).on("open", () => this.#schedule());
  }

  #chat;
  #openPerson;

  #schedule = inNextFrame(() => this.draw());

  draw() {
    const channel = this.#chat.channel(this.#chat.current);
    const members = channel ? [...channel.members.values()] : [];
    members.sort((one, other) => byName(one.nick, other.nick));
    this.title.textContent = channel ? count(members.length, "person", "people") : "People";
    this.lists.replaceChildren(...GROUPS.map(({ title, symbols }) => {
      const group = members.filter((member) => (member.symbols[0] ?? "") === symbols);
      return group.length > 0 && h("section", {}, (symbols || group.length < members.length) && h("h3", {}, title, h("span", { class: "number" }, String(group.length))),
        h("ul", { class: "list" }, group.map((member) => this.#entry(member))));
    }).filter(Boolean));
  }

  #entry({ nick, isAway, account }) {
    const isIgnored = this.#chat.isIgnored(nick);
    const notes = [isAway && "away", isIgnored && "ignored"].filter(Boolean).join(", ");
    return h("li", {}, h("button", {
      type: "button", class: `entry${isAway ? " away" : ""}`, title: account && account !== nick ? `${nick} (account ${account})` : nick,
      onclick: () => this.#openPerson(nick),
    }, avatar(nick), nickname(nick, "title"), notes && h("small", {}, notes)));
  }
}
