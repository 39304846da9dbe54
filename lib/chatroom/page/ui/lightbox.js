// A picture as large as the window allows; the arrow keys go to the others of the log.

import { addressOf } from "../protocol/attachment.js";
import { openDialog } from "./dialogs.js";
import { h, iconButton } from "./dom.js";

export function openLightbox(files, at) {
  let index = at;
  const image = h("img", { alt: "" });
  const place = h("span", { class: "muted", role: "status" });
  const link = h("a", { class: "button", download: true }, "Download");
  const original = h("a", { class: "button", target: "_blank", rel: "noopener" }, "Original");
  const move = (by) => {
    index = (index + by + files.length) % files.length;
    const file = files[index];
    Object.assign(image, { src: addressOf(file), alt: file.name });
    link.href = original.href = addressOf(file);
    node.querySelector("h2").textContent = file.name;
    place.textContent = files.length > 1 ? `${index + 1} of ${files.length}` : "";
  };
  const isMany = files.length > 1;
  const node = openDialog("", [
    h("div", { class: "stage" }, image),
    h("div", { class: "buttons" }, place, isMany && iconButton("back", "Previous picture", () => move(-1)),
      isMany && iconButton("forth", "Next picture", () => move(1)), original, link),
  ], { className: "lightbox" });
  node.addEventListener("keydown", ({ key }) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by) move(by);
  });
  move(0);
}
