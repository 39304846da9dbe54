// Sentences for the person: a bar for the connection, short notes that go by themselves, and what screen
// readers announce.

import { spokenText } from "../protocol/attachment.js";
import { button } from "./dialogs.js";
import { count, h, iconButton } from "./dom.js";

const LASTS = 7000; // ms
const MOST = 4;

export class Notes {
  constructor(announcer) {
    this.#announcer = announcer;
    this.bar = h("div", { class: "connection-bar", hidden: true });
    this.node = h("div", { class: "notes" });
  }

  #announcer;

  /** A note; with `action` {label, act} it has a button. */
  show(text, isAlarm = false, action = null) {
    if (!text) return;
    const note = h("div", { class: isAlarm ? "note alarm" : "note" }, h("span", { dir: "auto" }, text),
      action && button(action.label, () => {
        note.remove();
        action.act();
      }),
      iconButton("close", "Dismiss", () => note.remove()));
    this.node.append(note);
    while (this.node.childNodes.length > MOST) this.node.firstChild.remove();
    setTimeout(() => note.remove(), action ? LASTS * 4 : LASTS);
    if (isAlarm) this.#announcer.warn(text);
    else this.#announcer.say(text);
  }

  /** The state of the connection: "" while all is well. */
  connection(text, retry, label = "Try now") {
    const wasShown = !this.bar.hidden;
    this.bar.hidden = !text;
    this.bar.replaceChildren(text, ...(text && retry ? [h("button", { type: "button", class: "link", onclick: retry }, label)] : []));
    if (text && !wasShown) this.#announcer.warn(text);
    if (!text && wasShown) this.#announcer.say("Connected again.");
  }
}

// New lines only, in batches; losses at once. The log itself is silent, because a live log is read from the
// beginning whenever an older page is put into it.

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
