// The nodes of the log's rows, one function for each type of row; and the buttons of the row under the pointer.

import { filesOf, spokenText } from "../protocol/attachment.js";
import { runs, unformatted } from "../protocol/formatting.js";
import { confirm } from "./dialogs.js";
import { avatar, clock, count, dayName, h, icon, iconButton, nickname, shortClock, wholeTime } from "./dom.js";
import { EmojiPicker } from "./emoji.js";
import { fileNode } from "./files.js";
import { comingsText, isolate, modesText } from "./layout.js";

/** context: {find(id), goTo(id), react(line, emoji), again(line), discard(line), me(), note(text), isOwn(address), hold(act)} */
export function rowNode(row, context) {
  const node = NODES[row.type](row, context);
  node.dataset.key = row.key;
  return node;
}

const NODES = {
  day: ({ time }) => h("div", { class: "row day", role: "separator" }, h("span", {}, dayName(time))),
  new: () => h("div", { class: "row new", role: "separator" }, h("span", {}, "New")),
  comings: ({ lines }) => comings(lines),
  event: ({ line }) => article("event", eventSentence(line), line, h("span", { class: "text" }, eventNodes(line))),
  spoken,
};

function article(className, label, line, ...children) {
  const node = h("article", { class: `row ${className}`, tabindex: "-1", "aria-label": label }, children);
  if (line.id) node.dataset.id = line.id;
  return node;
}

function time(line, inWords = clock) {
  return h("time", { datetime: new Date(line.time).toISOString(), title: wholeTime(line.time) }, inWords(line.time));
}

function comings(lines) {
  const text = comingsText(lines);
  const names = lines.slice(-100).map((line) => h("li", {}, time(line), " ", eventSentence(line)));
  const body = lines.length > 2
    ? h("details", {}, h("summary", { tabindex: "-1" }, text), h("ul", {}, names))
    : h("span", { class: "text" }, text);
  return article("event comings", text, lines[0], body);
}

const EVENTS = {
  join: () => "came in",
  part: () => "left",
  quit: () => "left the chat",
  nick: ({ detail }) => `is now ${isolate(detail)}`,
  kick: ({ detail, text }) => `removed ${isolate(detail)}${text ? `: ${isolate(text)}` : ""}`,
  topic: ({ text }) => (text ? `set the topic: ${isolate(unformatted(text))}` : "removed the topic"),
  mode: ({ detail }) => modesText(detail),
};

const eventWords = (line) => EVENTS[line.kind]?.(line) ?? line.text;
const eventSentence = (line) => `${isolate(line.nick)} ${eventWords(line)}`;
const eventNodes = (line) => [nickname(line.nick), " ", eventWords(line)];

function spoken({ line, isGrouped }, context) {
  const classes = ["spoken", line.kind];
  if (isGrouped) classes.push("grouped");
  if (line.isOwn) classes.push("own");
  if (line.isMention) classes.push("mention");
  if (line.state) classes.push(line.state);
  const head = h("div", { class: "head" },
    h("button", { type: "button", class: "who", tabindex: "-1", "data-nick": line.nick }, nickname(line.nick)),
    line.isBot && h("span", { class: "tag" }, "bot"),
    line.kind === "notice" && h("span", { class: "tag" }, "notice"),
    line.isForFew && h("span", { class: "tag" }, "not to all"),
    time(line));
  return article(classes.join(" "), label(line, context), line,
    isGrouped ? h("span", { class: "gutter" }, time(line, shortClock)) : avatar(line.nick),
    h("div", { class: "body" },
      !isGrouped && head,
      line.replyTo && quote(line, context),
      content(line, context),
      line.reactions.size > 0 && reactions(line, context),
      line.state === "failed" && unsent(line, context)));
}

// What is read aloud of a row.
function label(line, context) {
  const text = line.isRedacted ? "message deleted" : spokenText(line);
  const state = line.isForFew ? ", not to all" : line.state === "failed" ? ", not sent" : "";
  const answered = line.replyTo ? `, reply to ${isolate(context.find(line.replyTo)?.nick ?? "an earlier message")}` : "";
  const marks = [...line.reactions].slice(0, MOST_MARKS).map(([emoji, people]) => `${emoji} ${people.size}`).join(", ");
  return `${isolate(line.nick)}, ${clock(line.time)}${answered}${state}: ${text}${marks && `. Reactions: ${marks}`}`;
}

const MOST_MARKS = 40; // different reactions that are shown

/** The text, and the files that it shows. */
function content(line, context) {
  const { text, files } = filesOf(line, context.isOwn, location.origin);
  return [(text || line.isRedacted || !files.length) && textBlock(line, text), files.map((file) => fileNode(file, context.hold))].flat();
}

function textBlock(line, text) {
  if (line.isRedacted) {
    const by = line.redactedBy && line.redactedBy !== line.nick ? ` by ${isolate(line.redactedBy)}` : "";
    return h("div", { class: "text redacted" }, `Message deleted${by}`);
  }
  const block = h("div", { class: "text", dir: "auto" }, line.kind === "action" && [nickname(line.nick), " "], textNodes(text));
  if (isBigEmoji(text)) block.classList.add("big");
  return block;
}

const isBigEmoji = (text) => text.length < 24 && /^(?:\p{Extended_Pictographic}[\u200d\ufe0f\p{Emoji_Modifier}\p{Extended_Pictographic}]*\s*){1,3}$/u.test(text);

function quote(line, context) {
  const original = context.find(line.replyTo);
  const text = original ? (original.isRedacted ? "Message deleted" : spokenText(original).slice(0, 200)) : "an earlier message";
  return h("button", { type: "button", class: "quote", tabindex: "-1", onclick: () => context.goTo(line.replyTo) },
    icon("reply"), original && nickname(original.nick), h("bdi", { class: "quoted" }, text));
}

function reactions(line, context) {
  return h("div", { class: "reactions" }, [...line.reactions].slice(0, MOST_MARKS).map(([emoji, people]) => {
    const names = [...people];
    const who = names.slice(0, 20).map((nick) => (nick === context.me() ? "You" : nick)).join(", ") + (names.length > 20 ? " …" : "");
    const isOn = people.has(context.me());
    return h("button", {
      type: "button", class: "reaction", tabindex: "-1", "aria-pressed": String(isOn), title: who,
      "aria-label": `${emoji}: ${who}`, onclick: () => context.react(line, emoji),
      // A finger that stays shows what a pointer sees as a tip.
      oncontextmenu(event) {
        event.preventDefault();
        context.note(`${emoji} ${who}`);
      },
    }, h("span", { class: "emoji" }, emoji.slice(0, 32)), h("span", { class: "number" }, String(names.length)));
  }));
}

function unsent(line, context) {
  return h("div", { class: "unsent" }, h("span", {}, line.why || "Not sent."),
    h("button", { type: "button", class: "link", onclick: () => context.again(line) }, "Send again"),
    h("button", { type: "button", class: "link", onclick: () => context.discard(line) }, "Discard"));
}

export const newCount = (number) => count(number, "new message");

// A message's text: formatting, links, code blocks

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

/** One toolbar, which moves to the row under the pointer or the focus. */
export class RowTools {
  /** mayDelete(line), reply(line), linkTo(line) -> address */
  constructor({ chat, mayDelete, reply, copyLink }) {
    this.#line = null;
    const act = (does) => () => this.#line && does(this.#line);
    this.picker = new EmojiPicker((emoji) => this.#line && chat.saying.react(chat.current, this.#line, emoji));
    this.remove = iconButton("trash", "Delete", act(async (line) => {
      if (await confirm("Delete this message?", "It disappears for everybody, also from the history.", "Delete")) chat.saying.redact(chat.current, line);
    }));
    this.react = iconButton("smile", "React", (event) => this.picker.openAt(event.currentTarget));
    this.reply = iconButton("reply", "Reply", act(reply));
    this.node = h("div", { class: "tools", role: "toolbar", "aria-label": "Message" }, this.react,
      this.reply, iconButton("link", "Copy link", act(copyLink)), this.remove);
    this.#mayDelete = mayDelete;
    this.#saying = chat.saying;
  }

  #line;
  #mayDelete;
  #saying;

  show(row, line) {
    if (!row) {
      if (!this.node.contains(document.activeElement) && !this.picker.isOpen) this.node.remove();
      return;
    }
    if (this.node.parentNode === row || this.picker.isOpen) return;
    this.#line = line;
    this.react.hidden = !this.#saying.mayReact;
    this.reply.hidden = !this.#saying.mayReply;
    this.remove.hidden = !this.#mayDelete(line);
    row.append(this.node);
  }
}
