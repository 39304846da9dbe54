// A small picker of emoji.

import { h } from "./dom.js";

const EMOJI = "👍 👎 ❤️ 😀 😂 🙂 😉 😍 😎 🤔 😕 😢 😡 🎉 🙏 👏 👀 🔥 ✅ ❌ ⭐ 💡 🚀 ☕".split(" ");

export class EmojiPicker {
  constructor(pick) {
    this.node = h("div", { class: "picker", popover: "auto", role: "dialog", "aria-label": "Emoji" }, EMOJI.map((emoji) =>
      h("button", { type: "button", onclick: () => this.#picked(emoji) }, emoji)));
    this.#pick = pick;
    document.body.append(this.node);
  }

  #pick;

  get isOpen() {
    return this.node.matches(":popover-open");
  }

  openAt(anchor, pick) {
    if (pick) this.#pick = pick;
    this.node.showPopover();
    const { top, right, bottom } = anchor.getBoundingClientRect();
    const { width, height } = this.node.getBoundingClientRect();
    const isAbove = bottom + height + 8 > innerHeight;
    this.node.style.setProperty("left", `${Math.max(8, Math.min(right - width, innerWidth - width - 8))}px`);
    this.node.style.setProperty("top", `${isAbove ? Math.max(8, top - height - 6) : bottom + 6}px`);
    this.node.firstChild.focus();
  }

  #picked(emoji) {
    this.node.hidePopover();
    this.#pick(emoji);
  }
}
