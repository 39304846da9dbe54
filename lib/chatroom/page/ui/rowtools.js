// The buttons of a row: one toolbar that moves to the row under the pointer or the focus.

import { EmojiPicker } from "./emoji.js";
import { h, iconButton } from "./dom.js";
import { confirm } from "./dialogs.js";

export class RowTools {
  /** mayDelete(line), reply(line), linkTo(line) -> address */
  constructor({ chat, mayDelete, reply, copyLink }) {
    this.#line = null;
    const act = (does) => () => this.#line && does(this.#line);
    this.picker = new EmojiPicker((emoji) => this.#line && chat.saying.react(chat.current, this.#line, emoji));
    this.remove = iconButton("trash", "Delete", act(async (line) => {
      if (await confirm("Delete this message?", "It disappears for everybody, also from the history.", "Delete")) chat.saying.redact(chat.current, line);
    }));
    const react = iconButton("smile", "React", (event) => this.picker.openAt(event.currentTarget));
    this.node = h("div", { class: "tools", role: "toolbar", "aria-label": "Message" }, react,
      iconButton("reply", "Reply", act(reply)), iconButton("link", "Copy link", act(copyLink)), this.remove);
    this.#mayDelete = mayDelete;
  }

  #line;
  #mayDelete;

  show(row, line) {
    if (!row) {
      if (!this.node.contains(document.activeElement) && !this.picker.isOpen) this.node.remove();
      return;
    }
    if (this.node.parentNode === row || this.picker.isOpen) return;
    this.#line = line;
    this.remove.hidden = !this.#mayDelete(line);
    row.append(this.node);
  }
}
