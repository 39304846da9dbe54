// The files that wait above the text field, and those on their way: each with its progress and its buttons.

import { safeName, sizeInWords } from "../protocol/attachment.js";
import { chosenOf } from "../state/uploads.js";
import { button } from "./dialogs.js";
import { h, icon, iconButton } from "./dom.js";

export class Tray {
  constructor({ chat, uploads }) {
    this.#chat = chat;
    this.#uploads = uploads;
    this.node = h("ul", { class: "tray", hidden: true, "aria-label": "Files to send" });
    uploads.on("changed", (room) => room === chat.current && this.draw());
    uploads.on("progress", (item) => this.#progress(item));
    chat.on("open", () => this.draw());
  }

  #chat;
  #uploads;
  #bars = new Map(); // item -> its progress
  #pictures = new Map(); // item -> address of its picture in this browser

  draw() {
    const items = this.#uploads.of(this.#chat.current);
    this.#bars.clear();
    this.#forget(items);
    const focused = [...this.node.children].findIndex((each) => each.contains(document.activeElement));
    this.node.hidden = !items.length;
    this.node.replaceChildren(...items.map((item) => this.#entry(item)));
    if (focused >= 0) this.node.children[Math.min(focused, items.length - 1)]?.querySelector("input, button")?.focus();
  }

  #forget(items) {
    for (const [item, address] of this.#pictures) {
      if (items.includes(item) || this.#uploads.of(item.room).includes(item)) continue;
      URL.revokeObjectURL(address);
      this.#pictures.delete(item);
    }
  }

  #entry(item) {
    const name = safeName(item.file.name);
    return h("li", { class: `upload ${item.state}` }, this.#picture(item),
      h("div", { class: "about" }, h("bdi", { class: "name" }, name), this.#words(item)),
      item.state === "failed" && button("Try again", () => this.#uploads.retry(item)),
      iconButton("close", `${item.state === "sending" ? "Cancel" : "Remove"} ${name}`, () => this.#uploads.remove(item)));
  }

  #words(item) {
    if (item.state === "failed") return h("small", { class: "error" }, item.why);
    if (item.state === "staged") return this.#choices(item);
    const bar = h("progress", { max: "1", value: String(item.part), "aria-label": `Sending ${safeName(item.file.name)}` });
    this.#bars.set(item, bar);
    return bar;
  }

  #choices(item) {
    const { look } = item;
    const rows = [h("small", {}, sizeInWords(chosenOf(item).file.size))];
    if (look?.smaller) {
      const { file, width, height } = look.smaller;
      rows.push(this.#choice(item, "smaller", `Smaller: ${width} × ${height}, ${sizeInWords(file.size)}${look.hasPlace ? ", without the place where it was taken" : ""}`));
    }
    if (look?.clean && !item.smaller) rows.push(this.#choice(item, "clean", "Leave out the place where it was taken (GPS data)"));
    return rows;
  }

  #choice(item, name, words) {
    const box = h("input", { type: "checkbox", onchange: () => {
      item[name] = box.checked;
      this.draw();
    } });
    box.checked = item[name];
    return h("label", { class: "choice" }, box, words);
  }

  #picture(item) {
    if (!/^image\/(jpeg|png|gif|webp|avif)$/.test(item.file.type)) return icon("file");
    if (!this.#pictures.has(item)) this.#pictures.set(item, URL.createObjectURL(item.file));
    return h("img", { src: this.#pictures.get(item), alt: "" });
  }

  #progress(item) {
    const bar = this.#bars.get(item);
    if (bar) bar.value = item.part;
  }
}
