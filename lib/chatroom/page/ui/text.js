// A message's text as nodes: formatting, links, code blocks, mentions.

import { runs } from "../protocol/formatting.js";
import { h } from "./dom.js";

const FLAGS = ["bold", "italic", "underline", "strike", "mono", "reverse"];

/** The nodes of a text. */
export function textNodes(text) {
  return text.split(/\n?(```[^]*?```)\n?/).flatMap((part, index) => (index % 2 ? [codeBlock(part)] : runs(part).map(runNode)));
}

// The first line may name the language.
function codeBlock(part) {
  return h("pre", { class: "code", dir: "ltr" }, part.slice(3, -3).replace(/^[\w+#.-]*\n/, "").replace(/\n$/, ""));
}

function runNode(run) {
  const classes = FLAGS.filter((flag) => run[flag]);
  if (run.spoiler) return spoiler(run);
  if (run.fore !== null) classes.push(`fore-${run.fore}`);
  if (run.back !== null) classes.push(`back-${run.back}`, "coloured");
  const className = classes.join(" ") || null;
  if (run.link) {
    return h("a", { href: run.link, target: "_blank", rel: "noopener noreferrer nofollow", tabindex: "-1", class: className }, run.text);
  }
  if (run.mono) return h("code", { class: className, dir: "ltr" }, run.text);
  return className ? h("span", { class: className }, run.text) : document.createTextNode(run.text);
}

function spoiler(run) {
  const node = h("button", { type: "button", class: "spoiler", tabindex: "-1", "aria-label": "Hidden text; press to show" }, run.text);
  node.addEventListener("click", () => node.replaceWith(h("span", { class: "spoiler-shown" }, run.text)));
  return node;
}
