// What screen readers announce: new lines only, in batches; losses at once. The log itself is silent,
// because a live log is read from the beginning whenever an older page is put into it.

import { spokenText } from "../protocol/attachment.js";
import { count, h } from "./dom.js";

const PAUSE = 700; // ms in which lines are collected
const MOST_READ = 4; // lines of a batch that are read whole

export class Announcer {
  constructor(chat) {
    this.polite = h("div", { class: "hidden-text", role: "status", "aria-live": "polite" });
    this.alert = h("div", { class: "hidden-text", role: "alert" });
    this.#chat = chat;
    chat.on("said", (room, line) => this.#collect(room, line));
  }

  #chat;
  #lines = [];
  #timer = 0;

  say(text) {
    this.polite.append(h("p", {}, text));
    while (this.polite.childNodes.length > 6) this.polite.firstChild.remove();
  }

  warn(text) {
    this.alert.replaceChildren(h("p", {}, text));
  }

  #collect(room, line) {
    if (room !== this.#chat.current && !line.isMention && !room.isTalk) return;
    this.#lines.push({ room, line });
    this.#timer ||= setTimeout(() => this.#tell(), PAUSE);
  }

  #tell() {
    const lines = this.#lines.splice(0).filter(({ line }) => !line.isRedacted);
    this.#timer = 0;
    const few = lines.slice(-MOST_READ);
    if (lines.length > few.length) this.say(`${count(lines.length - few.length, "more new message")}`);
    for (const { room, line } of few) {
      const where = room === this.#chat.current ? "" : room.isTalk ? ", in private" : `, in ${room.title}`;
      this.say(`${line.nick}${where}: ${spokenText(line).slice(0, 300)}`);
    }
  }
}
