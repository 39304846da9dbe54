// Sentences for the person: a bar for the connection, and short notes that go by themselves.

import { button } from "./dialogs.js";
import { h, iconButton } from "./dom.js";

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
