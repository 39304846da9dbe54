// Dialogs: the browser's own <dialog>, which keeps the focus and closes with Escape.

import { h, iconButton } from "./dom.js";

/** Shows a dialog with a title. Returns it; it is removed when closed. */
export function openDialog(title, children, { className = "", onclose = () => {} } = {}) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const node = h("dialog", { class: `dialog ${className}`, "aria-labelledby": id },
    h("header", {}, h("h2", { id }, title), iconButton("close", "Close", () => node.close())),
    h("div", { class: "content" }, children));
  node.addEventListener("click", (event) => event.target === node && node.close());
  node.addEventListener("close", () => {
    node.remove();
    onclose();
  });
  document.body.append(node);
  node.showModal();
  return node;
}

/** Asks; resolves with whether the person agreed. */
export function confirm(title, text, yes) {
  return new Promise((resolve) => {
    let isAgreed = false;
    const node = openDialog(title, [
      h("p", {}, text),
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "button", onclick: () => node.close() }, "Cancel"),
        h("button", { type: "button", class: "button primary", onclick: () => {
          isAgreed = true;
          node.close();
        } }, yes)),
    ], { className: "small", onclose: () => resolve(isAgreed) });
  });
}

/** Copies a text. Where the browser keeps its clipboard for encrypted addresses, shows it to be copied. */
export async function copyText(text, copied) {
  try {
    await navigator.clipboard.writeText(text);
    copied();
  } catch {
    const field = h("input", { type: "text", readonly: true, value: text, "aria-label": "Link" });
    openDialog("Copy this", [field], { className: "small" });
    field.select();
  }
}
