// Where one writes: grows with the text, keeps a draft for each room, completes names, answers lines.

import { fromTyped, plain } from "../protocol/formatting.js";
import { countMessages } from "../protocol/speaking.js";
import { storage } from "../state/storage.js";
import { COMMANDS, runCommand } from "./commands.js";
import { Recall, complete } from "./completion.js";
import { confirm } from "./dialogs.js";
import { h, icon, iconButton, nickname } from "./dom.js";
import { EmojiPicker, namesLike, withEmoji } from "./emoji.js";

const STEPS = { ArrowUp: 1, ArrowDown: -1 };
const drafts = () => storage.get("drafts", {});

const MOST_MESSAGES = 6; // that are sent without a question
const TYPING_PAUSE = 3000; // ms between two "is typing" (client-tag typing)

export class Composer {
  /** actions: what slash commands may do (see commands.js). */
  constructor({ chat, actions, note, uploads, tray, filePicker }) {
    this.#chat = chat;
    this.#actions = actions;
    this.#note = note;
    this.#uploads = uploads;
    this.input = h("textarea", { rows: "1", dir: "auto", "aria-label": "Message", enterkeyhint: "send", autocomplete: "off", maxlength: "20000" });
    this.picker = new EmojiPicker(() => {});
    this.answer = h("div", { class: "answering", hidden: true });
    this.typing = h("div", { class: "typing", "aria-live": "off" });
    this.node = h("form", { class: "composer", "aria-label": "Write" }, this.typing, this.answer, tray.node, filePicker.input,
      h("div", { class: "field" },
        iconButton("smile", "Emoji", (event) => this.picker.openAt(event.currentTarget, (emoji) => this.insert(emoji))),
        filePicker.button, this.input, h("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send" }, icon("send"))));
    this.#listen();
  }

  #chat;
  #actions;
  #note;
  #uploads;
  #replies = new Map(); // room -> the line that is being answered there
  #recall = new Recall();
  #completion = null;
  #typedAt = 0;

  #listen() {
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("input", () => this.#changed());
    this.#chat.on("open", () => this.#opened());
    this.#chat.on("typing", (room) => room === this.#chat.current && this.drawTyping());
    this.#chat.on("lines", (room) => room === this.#chat.current && this.drawTyping());
    setInterval(() => this.drawTyping(), 2000);
  }

  focus() {
    this.input.focus();
  }

  insert(text) {
    this.input.focus();
    this.input.setRangeText(text, this.input.selectionStart, this.input.selectionEnd, "end");
    this.#changed();
  }

  get #replyTo() {
    return this.#replies.get(this.#chat.current);
  }

  /** Puts back a text that was not said after all. */
  restore(room, words) {
    const joined = (before) => [plain(words), before].filter(Boolean).join(" ");
    if (room !== this.#chat.current) return storage.set("drafts", { ...drafts(), [room.name]: joined(drafts()[room.name]) });
    this.input.value = joined(this.input.value);
    this.#changed();
  }

  reply(line) {
    if (!this.#chat.saying.mayReply) return this.#chat.tell("note", "This server does not pass on what a message replies to.", true);
    this.#replies.set(this.#chat.current, line);
    this.#drawAnswer();
    this.focus();
  }

  /** Gives up what was begun: a completion, or a reply. Returns whether there was one. */
  escape() {
    if (!this.#replies.delete(this.#chat.current)) return false;
    this.#drawAnswer();
    return true;
  }

  async submit() {
    const room = this.#chat.current;
    const text = this.input.value.replace(/\s+$/, "");
    if (!text.trim() && !this.#uploads.isStaged(room)) return;
    if (!(await this.#isMeant(text))) return;
    try {
      if (/^\/(?!\/)/.test(text)) runCommand(text, room, this.#actions);
      else if (room) this.#say(room, text.replace(/^\/\//, "/"));
    } catch (error) {
      this.#note(error.message, true);
      return;
    }
    if (text) this.#recall.add(room, text);
    this.input.value = "";
    this.escape();
    this.#changed({ isSent: true });
    this.#actions.toEnd();
  }

  // A paste by mistake would fill the room, where the server takes each line as a message.
  async #isMeant(text) {
    const count = this.#chat.session ? countMessages(this.#chat.session, text) : 1;
    return count <= MOST_MESSAGES || confirm(`Send ${count} messages?`, "It is too long for one, so each line becomes one.", "Send");
  }

  #say(room, text) {
    const words = fromTyped(text, withEmoji);
    const replyTo = this.#replyTo?.id ?? "";
    if (this.#uploads.isStaged(room)) this.#uploads.send(room, words, replyTo);
    else this.#chat.saying.say(room, words, { replyTo });
  }

  #key(event) {
    if (event.isComposing) return; // an input method is choosing characters
    const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey;
    if (event.key !== "Tab") this.#completion = null;
    if (event.key === "Enter" && !event.shiftKey && isPlain) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "Tab" && isPlain && this.#complete(event.shiftKey)) {
      event.preventDefault();
    } else if (isPlain && STEPS[event.key] && this.#chat.current) {
      const text = this.#recall.step(this.#chat.current, STEPS[event.key], this.input.value);
      if (text === null) return;
      event.preventDefault();
      this.input.value = text;
      this.#changed();
    }
  }

  #complete(isBack) {
    const channel = this.#chat.channel(this.#chat.current);
    const names = channel ? [...channel.members.values()].map(({ nick }) => nick) : [this.#chat.current?.title ?? ""];
    const sources = { names, emoji: namesLike, rooms: this.#actions.roomNames(), commands: COMMANDS };
    const next = complete(this.input.value, this.input.selectionStart, sources, this.#completion, isBack ? -1 : 1);
    if (!next) return false;
    this.#completion = next;
    this.input.value = next.text;
    this.input.setSelectionRange(next.at, next.at);
    this.#changed();
    return true;
  }

  #changed({ isSent = false } = {}) {
    const room = this.#chat.current;
    this.#resize();
    this.node.classList.toggle("has-text", Boolean(this.input.value.trim()));
    if (!room) return;
    storage.set("drafts", { ...drafts(), [room.name]: this.input.value || undefined }); // other tabs write it, too
    if (isSent) this.#typedAt = 0; // the message ends it
    else this.#tellTyping(room);
  }

  #tellTyping(room) {
    if (this.input.value.startsWith("/")) return;
    const now = Date.now();
    if (!this.input.value && this.#typedAt) {
      this.#typedAt = 0;
      this.#chat.saying.typing(room, "done");
    } else if (this.input.value && now - this.#typedAt > TYPING_PAUSE) {
      this.#typedAt = now;
      this.#chat.saying.typing(room, "active");
    }
  }

  #resize() {
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.min(this.input.scrollHeight, innerHeight / 3)}px`);
  }

  #opened() {
    const room = this.#chat.current;
    this.#drawAnswer();
    this.input.value = (room && drafts()[room.name]) ?? "";
    this.node.classList.toggle("has-text", Boolean(this.input.value.trim()));
    this.input.placeholder = room ? `Message ${room.title}` : "";
    this.node.hidden = !room;
    this.#resize();
    this.drawTyping();
  }

  #drawAnswer() {
    const line = this.#replyTo;
    this.answer.hidden = !line;
    this.answer.replaceChildren();
    if (!line) return;
    this.answer.append(h("span", {}, "Reply to ", nickname(line.nick), ": ", h("bdi", {}, plain(line.text).slice(0, 120))),
      iconButton("close", "Do not reply", () => this.escape()));
  }

  drawTyping() {
    const nicks = this.#chat.current?.typingNow(Date.now()) ?? [];
    const words = !nicks.length ? []
      : nicks.length > 3 ? ["Several people are typing …"]
        : [...nicks.flatMap((nick, index) => [index ? ", " : "", nickname(nick)]), nicks.length > 1 ? " are typing …" : " is typing …"];
    this.typing.replaceChildren(...words);
  }
}
