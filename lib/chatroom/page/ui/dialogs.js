// Dialogs: the browser's own <dialog>, which keeps the focus and closes with Escape; and their small parts:
// buttons, fields, parts that unfold, and what a refusal becomes.

import { h, iconButton } from "./dom.js";

/** Shows a dialog with a title. Returns it; it is removed when closed. */
export function openDialog(title, children, { className = "", onclose = () => {} } = {}) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const before = document.activeElement;
  const node = h("dialog", { class: `dialog ${className}`, "aria-labelledby": id },
    h("header", {}, h("h2", { id }, title), iconButton("close", "Close", () => node.close())),
    h("div", { class: "content" }, children));
  node.addEventListener("click", (event) => event.target === node && node.close());
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault(); // a search field would only be emptied
    event.stopPropagation(); // it means nothing else
    node.close();
  });
  node.addEventListener("close", () => {
    node.remove();
    // A message that had the focus may have been drawn anew meanwhile; its successor is the log's tab stop.
    if (!before.isConnected) document.querySelector(".rows [tabindex='0']")?.focus();
    onclose();
  });
  document.body.append(node);
  node.showModal();
  return node;
}

/** Closes what belongs to a room that is left. */
export const closeDialogs = () => document.querySelectorAll("dialog[open]").forEach((node) => node.close());

/** Asks; resolves with whether the person agreed. */
export function confirm(title, text, yes) {
  return new Promise((resolve) => {
    let isAgreed = false;
    const node = openDialog(title, [
      h("p", {}, text),
      h("div", { class: "buttons" },
        button("Cancel", () => node.close()),
        button(yes, () => {
          isAgreed = true;
          node.close();
        }, "primary")),
    ], { className: "small", onclose: () => resolve(isAgreed) });
  });
}

/** Copies a text. Where the browser keeps its clipboard for encrypted addresses, shows it to be copied. */
export async function copyText(text, copied) {
  try {
    await navigator.clipboard.writeText(text);
    copied();
  } catch {
    const row = copyable(text);
    openDialog("Copy this", [row], { className: "small" });
    row.firstChild.select();
  }
}

/** A text to copy, with a button that does. */
export function copyable(text, copy) {
  const input = h("input", { type: "text", readonly: true, value: text, "aria-label": "To copy", onfocus: () => input.select() });
  return h("div", { class: "find" }, input, copy && button("Copy", () => copy(text), "primary"));
}

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

/** A paragraph that says so; null where the address is encrypted, or this machine's own. */
export function insecureNote() {
  if (isSecureContext) return null;
  const address = `https://${location.host}/`;
  return h("p", { class: "muted insecure" }, "This address is not encrypted. So the server takes no passwords, and the browser allows neither notifications nor copying with one click. ",
    "If the server has a certificate, all of it works at ", h("a", { href: address }, address), ".");
}
