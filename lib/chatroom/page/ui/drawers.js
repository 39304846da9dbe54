// On narrow screens the lists at the sides are drawers; the list of people can be hidden on wide ones too.

import { h } from "./dom.js";
import { storage } from "../state/storage.js";

const isNarrow = () => matchMedia("(max-width: 899px)").matches;

export class Drawers {
  /** nodes: name -> node; buttons: name -> the button that tells whether it is open. */
  constructor(nodes) {
    this.#nodes = nodes;
    this.scrim = h("div", { class: "scrim", onclick: () => this.close() });
    this.#nodes.people.classList.toggle("folded", storage.get("people-hidden", false));
  }

  #nodes;
  #buttons = {};
  #before = null;

  set buttons(buttons) {
    this.#buttons = buttons;
    this.#tell();
  }

  open(name) {
    this.#before = document.activeElement;
    this.#nodes[name].classList.add("open");
    this.scrim.classList.add("open");
    this.#nodes[name].querySelector("button")?.focus();
    this.#tell();
  }

  /** Closes what is open as a drawer. Returns whether something was. */
  close() {
    const open = Object.values(this.#nodes).filter((node) => node.classList.contains("open"));
    open.forEach((node) => node.classList.remove("open"));
    this.scrim.classList.remove("open");
    if (open.length) this.#before?.focus();
    this.#tell();
    return open.length > 0;
  }

  show(name) {
    const isShown = !isNarrow() && !this.#nodes[name].classList.contains("folded");
    if (!isShown) this.toggle(name);
  }

  toggle(name) {
    const node = this.#nodes[name];
    if (isNarrow()) {
      if (!node.classList.contains("open")) return this.open(name);
      return void this.close();
    }
    node.classList.toggle("folded");
    storage.set("people-hidden", node.classList.contains("folded"));
    this.#tell();
  }

  #tell() {
    for (const [name, button] of Object.entries(this.#buttons)) {
      const { classList } = this.#nodes[name];
      button.setAttribute("aria-expanded", String(isNarrow() ? classList.contains("open") : !classList.contains("folded")));
    }
  }
}
