// How a message's files are shown: pictures, players, cards. Nothing but this page's own server is asked.

import { addressOf, sizeInWords } from "../protocol/attachment.js";
import { openDialog } from "./dialogs.js";
import { h, icon, iconButton } from "./dom.js";

const WIDEST = 420; // pixels of a picture in the log
const HIGHEST = 300;
const MOST_PIXELS = 120000000; // a picture with more could use up the browser's memory
const MOST_KNOWN = 500;

const SHOWN = { image: picture, video: (file, change) => player("video", file, change), audio: (file, change) => player("audio", file, change) };

/** The node of a file. change(act): act changes the height of the log. */
export function fileNode(file, change) {
  const node = h("div", { class: "file" });
  if (!file.isOwn) whenNear(node, async () => {
    const found = await look(file);
    if (found) change(() => show(node, { ...file, ...found }, change));
  });
  else show(node, file, change);
  return node;
}

function show(node, file, change) {
  const kind = SHOWN[file.type.split("/")[0]];
  node.replaceChildren(kind ? kind(file, change) : card(file, change));
}

// Pictures

const files = new WeakMap(); // a picture's node -> its file

function picture(file, change) {
  const image = h("img", { loading: "lazy", decoding: "async", alt: file.name, draggable: "false" });
  const node = h("button", { type: "button", class: "picture", tabindex: "-1", title: file.name, onclick: () => {
    const all = [...document.querySelectorAll(".picture")];
    openLightbox(all.map((each) => files.get(each)), all.indexOf(node));
  } }, image);
  files.set(node, file);
  if (file.width) sizeBox(node, file);
  node.classList.toggle("unsized", !file.width);
  image.onload = () => {
    const { naturalWidth: width, naturalHeight: height } = image;
    if (width * height > MOST_PIXELS) return instead(node, file, change, `${width} × ${height}, too large to show here`);
    if (!file.width) node.style.setProperty("aspect-ratio", String(Math.min(4, Math.max(0.25, width / height))));
    image.classList.add("loaded"); // only now is it decoded
  };
  image.onerror = () => instead(node, file, change);
  image.src = addressOf(file);
  return node;
}

/** The space of a picture or film, from what its sender says: never more than is reasonable. */
function sizeBox(node, { width, height }) {
  const part = Math.min(1, WIDEST / width, HIGHEST / height);
  const [wide, high] = [width, height].map((side) => Math.max(48, Math.round(side * part)));
  node.style.setProperty("aspect-ratio", `${wide} / ${high}`);
  node.style.setProperty("width", `${wide}px`);
}

/** A picture as large as the window allows; the arrow keys go to the others of the log. */
function openLightbox(shown, at) {
  let index = at;
  const isMany = shown.length > 1;
  const image = h("img", { alt: "" });
  const place = h("span", { class: "muted", role: "status" });
  const link = h("a", { class: "button", download: true }, "Download");
  const original = h("a", { class: "button", target: "_blank", rel: "noopener" }, "Original");
  const move = (by) => {
    index = (index + by + shown.length) % shown.length;
    const file = shown[index];
    Object.assign(image, { src: addressOf(file), alt: file.name });
    link.href = original.href = addressOf(file);
    node.querySelector("h2").textContent = file.name;
    place.textContent = isMany ? `${index + 1} of ${shown.length}` : "";
  };
  const node = openDialog("", [
    h("div", { class: "stage" }, image),
    h("div", { class: "buttons" }, place, isMany && iconButton("back", "Previous picture", () => move(-1)),
      isMany && iconButton("forth", "Next picture", () => move(1)), original, link),
  ], { className: "lightbox", onclose: () => watch.disconnect() });
  node.addEventListener("keydown", ({ key }) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (by) move(by);
  });
  // A picture whose message was deleted is not shown any longer.
  const watch = new MutationObserver(() => {
    const left = new Set([...document.querySelectorAll(".picture")].map((each) => files.get(each).id));
    if (!left.has(shown[index].id)) node.close();
  });
  watch.observe(document.querySelector(".rows"), { childList: true, subtree: true });
  move(0);
}

// The first frame comes with the facts about a film, which are fetched when it is near.
function player(kind, file, change) {
  const media = h(kind, { controls: true, preload: "none", tabindex: "-1", "aria-label": file.name, src: `${addressOf(file)}${kind === "video" ? "#t=0.001" : ""}` });
  const node = h("div", { class: kind }, media, h("small", {}, about(file)));
  whenNear(node, () => (media.preload = "metadata"));
  media.onloadedmetadata = () => media.videoWidth && change(() => sizeBox(media, { width: media.videoWidth, height: media.videoHeight }));
  media.onerror = () => instead(node, file, change);
  return node;
}

/** What cannot be shown is a card that says what it is really. */
async function instead(node, file, change, words = "") {
  const found = await look(file);
  change(() => node.replaceWith(card({ ...file, ...found, isGone: found === null }, change, words)));
}

// Cards

function card(file, change, words = "") {
  const details = h("small", {}, words || detailsOf(file));
  const link = file.isGone
    ? h("bdi", { class: "name" }, file.name)
    : h("a", { class: "name", href: addressOf(file), download: file.name, tabindex: "-1" }, h("bdi", {}, file.name));
  const node = h("div", { class: "file-card" }, icon(file.isGone ? "close" : "file"), h("div", { class: "about" }, link, details),
    !file.isGone && file.type === "text/plain" && h("a", { href: addressOf(file), target: "_blank", rel: "noopener", tabindex: "-1" }, "Open"));
  if (file.size === null && !file.isGone) whenNear(node, async () => {
    const found = await look(file);
    if (found) details.textContent = detailsOf({ ...file, ...found });
    else if (found === null) node.replaceWith(card({ ...file, isGone: true }, change));
  });
  return node;
}

const NAMES = {
  "application/pdf": "PDF", "application/zip": "ZIP archive", "application/gzip": "gzip archive", "text/plain": "text",
  "application/octet-stream": "file",
};

function detailsOf(file) {
  if (file.isGone) return "This file was removed.";
  return [file.size !== null && sizeInWords(file.size), NAMES[file.type] ?? file.type.replace("/*", "")].filter(Boolean).join(" · ");
}

const about = (file) => [file.name, file.size !== null && sizeInWords(file.size)].filter(Boolean).join(" · ");

// Asking the server what a file is: only about what is seen, each once.

const known = new Map(); // id -> promise of {type, size}; null if there is no such file, undefined if it cannot be asked

function look({ id }) {
  if (!known.has(id)) known.set(id, ask(id));
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value);
  return known.get(id);
}

async function ask(id) {
  try {
    const { ok, status, headers } = await fetch(`/files/${id}`, { method: "HEAD" });
    if (status === 404) return null;
    if (!ok) throw new Error(status);
    return { type: headers.get("Content-Type").split(";")[0], size: Number(headers.get("Content-Length")) };
  } catch {
    known.delete(id);
    return undefined;
  }
}

const acts = new WeakMap();
const observer = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    observer.unobserve(target);
    acts.get(target)();
  }
}, { rootMargin: "400px" });

function whenNear(node, act) {
  acts.set(node, act);
  observer.observe(node);
}
