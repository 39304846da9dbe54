// Emoji: a small picker with a filter, and names such as :tada: in what is written.

import { BEGINS, ENDS } from "../protocol/formatting.js";
import { h } from "./dom.js";

// Each with its names, the usual one first, as other chats and the terminal client have them.
const TABLE = `👍 +1 thumbsup|👎 -1 thumbsdown|❤️ heart|😂 joy|🎉 tada|🙏 pray thanks|👀 eyes|🔥 fire|✅ white_check_mark done
😀 grinning|😄 smile|😅 sweat_smile|🤣 rofl|🙂 slight_smile|😉 wink|😊 blush|😍 heart_eyes|😎 sunglasses|🤔 thinking
😐 neutral_face|🙄 roll_eyes|😏 smirk|😴 sleeping|😕 confused|😢 cry|😭 sob|😡 rage|😱 scream|😳 flushed|🤯 exploding_head
🥳 partying_face|😇 innocent|🤗 hugs|🤷 shrug|🤦 facepalm|👋 wave|👏 clap|🙌 raised_hands|💪 muscle|🤝 handshake
✌️ v|🤞 crossed_fingers|👌 ok_hand|☝️ point_up|👇 point_down|💯 100|⭐ star|✨ sparkles|⚡ zap|💡 bulb|🚀 rocket
❌ x|⚠️ warning|❓ question|❗ exclamation|🐛 bug|🔒 lock|🔑 key|📌 pushpin|📎 paperclip|📅 date|⏰ alarm_clock
☕ coffee|🍕 pizza|🍰 cake|🍺 beer|🎂 birthday|🎵 musical_note|🌞 sun_with_face|🌧️ cloud_with_rain|❄️ snowflake|🌈 rainbow
🐱 cat|🐶 dog|🦄 unicorn|🐧 penguin|🌱 seedling|💔 broken_heart|💙 blue_heart|💚 green_heart|💀 skull|🤖 robot`;

export const EMOJI = TABLE.split(/[|\n]/).map((entry) => {
  const [emoji, ...names] = entry.split(" ");
  return { emoji, names };
});

const byName = new Map(EMOJI.flatMap(({ emoji, names }) => names.map((name) => [name, emoji])));

/** The names that begin like this, for Tab: [":tada:", …]. */
export const namesLike = (start) => [...byName.keys()].filter((name) => name.startsWith(start)).map((name) => `:${name}:`);

// As in the terminal client: a name counts like a word, or beside another emoji, but not in `code`; a
// backslash in front keeps it.
const PICTURES = "\\u2190-\\u2bff\\ufe0f\\u{1f000}-\\u{1faff}";
const NAMED = new RegExp(`\`[^\`\\n]+\`|(${BEGINS}[*_|]*|(?<=[${PICTURES}]))(\\\\?):([\\w+-]+):(?=[*_|]*${ENDS}|[${PICTURES}])`, "gu");

export const withEmoji = (text) => text.replace(NAMED, (all, before, kept, name) => {
  const emoji = byName.get(name?.toLowerCase());
  if (!emoji) return all;
  return before + (kept ? `:${name}:` : emoji);
});

/** A reaction: `:+1:`, `+1` or the emoji itself. */
export const oneEmoji = (text) => byName.get(text.replaceAll(":", "").toLowerCase()) ?? text;

const MOST = 36; // shown at once

export class EmojiPicker {
  constructor(pick) {
    this.filter = h("input", { type: "search", "aria-label": "Name of an emoji", placeholder: "Name", autocomplete: "off" });
    this.grid = h("div", { class: "grid" });
    this.node = h("div", { class: "picker", popover: "auto", role: "dialog", "aria-label": "Emoji" }, this.filter, this.grid);
    this.#pick = pick;
    this.filter.addEventListener("input", () => this.#draw());
    this.filter.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.grid.firstChild?.click();
    });
    this.grid.addEventListener("keydown", (event) => this.#key(event));
    document.body.append(this.node);
  }

  #pick;

  get isOpen() {
    return this.node.matches(":popover-open");
  }

  /** Opens beside a node. `pick(emoji)` is what to do, if it is not always the same. */
  openAt(anchor, pick) {
    if (pick) this.#pick = pick;
    this.filter.value = "";
    this.#draw();
    this.node.showPopover();
    const { top, left, bottom } = anchor.getBoundingClientRect();
    const { width, height } = this.node.getBoundingClientRect();
    const isAbove = bottom + height + 8 > innerHeight;
    this.node.style.setProperty("left", `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`);
    this.node.style.setProperty("top", `${isAbove ? Math.max(8, top - height - 6) : bottom + 6}px`);
    (matchMedia("(hover: hover)").matches ? this.filter : this.grid.firstChild).focus();
  }

  #draw() {
    const wanted = this.filter.value.trim().toLowerCase().replaceAll(":", "");
    const found = EMOJI.filter(({ names }) => names.some((name) => name.includes(wanted))).slice(0, MOST);
    this.grid.replaceChildren(...found.map(({ emoji, names }) =>
      h("button", { type: "button", title: `:${names[0]}:`, "aria-label": names.at(-1).replaceAll("_", " "), onclick: () => this.#picked(emoji) }, emoji)));
  }

  #key(event) {
    const all = [...this.grid.children];
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -6, ArrowDown: 6 }[event.key];
    if (!step) return;
    event.preventDefault();
    (all[all.indexOf(event.target) + step] ?? this.filter).focus();
  }

  #picked(emoji) {
    this.node.hidePopover();
    this.#pick(emoji);
  }
}
