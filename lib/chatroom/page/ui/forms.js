// Small parts of dialogs: buttons, fields, parts that unfold, and what a refusal becomes.

import { h } from "./dom.js";

export const button = (label, onclick, kind = "") => h("button", { type: "button", class: `button ${kind}`.trim(), onclick }, label);

/** A checkbox with its label. */
export function checkbox(label, isOn, onchange = () => {}, props = {}) {
  const input = h("input", { type: "checkbox", ...props, onchange: () => onchange(input.checked) });
  input.checked = isOn;
  return h("label", { class: "setting" }, input, h("span", {}, label));
}

/** A field below its label. */
export function field(label, input) {
  return h("label", { class: "setting column" }, h("span", {}, label), input);
}

/** A line for what came of something: `await outcome.of(promise)` writes the refusal, if it is one. */
export function outcome() {
  const node = h("p", { class: "error", role: "alert" });
  return {
    node,
    async of(promise, done = () => {}) {
      node.textContent = "";
      try {
        done(await promise);
      } catch (error) {
        node.textContent = error.message;
      }
    },
  };
}

/** A part that unfolds; `fill(body)` puts its content in each time. Of several only one is open. */
export function unfolding(title, fill, isOpen = false) {
  const body = h("div", { class: "body" });
  const node = h("details", { class: "part", name: "part" }, h("summary", {}, title), body);
  node.addEventListener("toggle", async () => {
    body.replaceChildren();
    if (!node.open) return;
    const failed = outcome();
    await failed.of(fill(body));
    body.append(failed.node);
  });
  node.open = isOpen;
  return node;
}
