// The log of the open room: draws its rows, at most once a frame, holds or follows the scroll position,
// asks for pages at both ends, and has one tab stop with arrow keys between rows.

import { settings } from "../state/storage.js";
import { h, icon, inNextFrame } from "./dom.js";
import { rowsOf } from "./layout.js";
import { newCount, rowNode } from "./rows.js";

const NEAR_END = 48; // pixels from the end within which the log follows
const NEAR_EDGE = 800; // pixels from an edge at which the next page is asked for

export class Log {
  /** chat: the state. tools: the buttons that a row shows. */
  constructor({ chat, rowTools, openPerson }) {
    this.#chat = chat;
    this.#rowTools = rowTools;
    this.list = h("div", { class: "rows", role: "log", "aria-live": "off", "aria-label": "Messages", tabindex: "-1" });
    this.filler = h("div", {}); // keeps few rows at the bottom; a flex box would measure each row twice
    this.scroller = h("div", { class: "scroller" }, this.filler, this.list);
    this.jump = h("button", { type: "button", class: "jump", hidden: true, onclick: () => this.toEnd() });
    this.node = h("section", { class: "log", "aria-label": "Conversation" }, this.scroller, this.jump);
    this.#context = {
      find: (id) => chat.current?.history.find(id),
      goTo: (id) => this.goTo(id),
      react: (line, emoji) => chat.saying.react(chat.current, line, emoji),
      again: (line) => chat.saying.again(chat.current, line),
      discard: (line) => chat.saying.discard(chat.current, line),
      me: () => chat.nick,
      note: (text) => chat.tell("note", text),
      isOwn: (address) => chat.isOwnAddress(address),
      hold: (act) => this.#hold(act),
    };
    this.#listen(openPerson);
    const sizes = new ResizeObserver(() => this.#resized());
    sizes.observe(this.list);
    sizes.observe(this.scroller);
    chat.on("lines", (room) => room === chat.current && this.schedule());
    chat.on("open", () => this.#opened());
  }

  #chat;
  #context;
  #rowTools;
  #rows = new Map(); // key -> {version, node}
  #lines = new Map(); // key -> line
  #isDrawing = false;
  #focused = null;
  #target = ""; // a msgid to show when it is drawn

  schedule = inNextFrame(() => this.draw());

  /** Opens the current room at a message. */
  async goTo(id) {
    this.#target = id;
    await this.#chat.openAt(this.#chat.current, id);
    this.schedule();
  }

  async toEnd() {
    const room = this.#chat.current;
    this.#chat.isFollowing = true;
    await room?.history.jump();
    this.#chat.reading.seen();
    this.draw();
    this.#scrollToEnd();
  }

  lineOf(node) {
    return this.#lines.get(node?.closest?.(".row")?.dataset.key);
  }

  get selected() {
    return this.#lines.get(this.#focused?.dataset.key);
  }

  #opened() {
    this.#rows.clear();
    this.list.replaceChildren();
    this.#focused = null;
    this.schedule();
  }

  draw() {
    const room = this.#chat.current;
    if (!room) return;
    this.#isDrawing = true;
    const lines = room.history.isLive ? [...room.history.lines, ...room.unsent] : room.history.lines;
    const rows = rowsOf(lines, {
      newFrom: room.newFrom, showsComings: settings.get("comings"), isIgnored: (nick) => this.#chat.isIgnored(nick),
      find: this.#context.find,
    });
    const held = this.#chat.isFollowing ? null : this.#heldRow();
    this.#place(rows, room);
    if (held) this.#holdRow(held);
    else if (this.#chat.isFollowing) this.#scrollToEnd();
    this.#showTarget();
    this.#updateJump(room);
    this.#isDrawing = false;
    this.#askForPages();
  }

  /** Makes the list's children those rows, with as few changes as possible. */
  #place(rows, room) {
    const isEmpty = !rows.length && room.history.isLoaded && room.history.isAtStart;
    this.list.classList.toggle("empty", isEmpty);
    const hadFocus = this.list.contains(document.activeElement);
    const drawn = new Map();
    this.#lines.clear();
    // First what goes: otherwise each row that stays would be moved past it, and be laid out again.
    const keys = new Set(rows.map(({ key }) => key));
    for (const [key, { node }] of this.#rows) if (!keys.has(key)) node.remove();
    let next = this.list.firstChild;
    for (const row of rows) {
      const known = this.#rows.get(row.key);
      const isSame = known?.version === row.version;
      const node = isSame ? known.node : rowNode(row, this.#context);
      if (known && !isSame) {
        if (next === known.node) next = next.nextSibling;
        this.#replaceFocus(known.node, node);
        known.node.remove();
      }
      if (node === next) next = next.nextSibling;
      else this.list.insertBefore(node, next);
      drawn.set(row.key, { version: row.version, node });
      if (row.line) this.#lines.set(row.key, row.line);
    }
    this.#rows = drawn;
    this.#keepTabStop();
    // The row with the focus is gone, such as an own line that has been confirmed: its successor is the newest.
    if (hadFocus && !this.list.contains(document.activeElement)) this.focusNewest();
  }

  // Scrolling. The browser's own anchoring is off: it does nothing at the very top, and not in all browsers.

  #heldRow() {
    const top = this.scroller.getBoundingClientRect().top;
    for (const node of this.list.children) {
      const { bottom } = node.getBoundingClientRect();
      if (bottom > top) return { key: node.dataset.key, offset: node.getBoundingClientRect().top };
    }
    return null;
  }

  /** Does what changes the height of rows, such as a file that turns out to be a picture. */
  #hold(act) {
    const held = this.#chat.isFollowing ? null : this.#heldRow();
    act();
    if (held) this.#holdRow(held);
  }

  #holdRow({ key, offset }) {
    const node = this.#rows.get(key)?.node;
    if (node) this.scroller.scrollTop += node.getBoundingClientRect().top - offset;
  }

  #resized() {
    const free = Math.max(0, this.scroller.clientHeight - this.list.offsetHeight);
    if (free !== this.#free) this.filler.style.setProperty("height", `${free}px`);
    this.#free = free;
    if (this.#chat.isFollowing) this.#scrollToEnd();
  }

  #free = 0;

  #scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #showTarget() {
    if (!this.#target) return;
    const node = this.list.querySelector(`[data-id="${CSS.escape(this.#target)}"]`);
    if (!node) return;
    this.#target = "";
    node.scrollIntoView({ block: "center" });
    node.classList.add("found");
    node.addEventListener("animationend", () => node.classList.remove("found"), { once: true });
    this.focusRow(node);
  }

  showTarget(id) {
    this.#target = id;
    this.schedule();
  }

  #scrolled() {
    if (this.#isDrawing) return;
    const room = this.#chat.current;
    if (!room) return;
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    this.#chat.isFollowing = isAtEnd && room.history.isLive;
    if (this.#chat.isFollowing) this.#chat.reading.seen();
    this.#updateJump(room);
    this.#askForPages();
  }

  async #askForPages() {
    const room = this.#chat.current;
    if (!room?.history.isLoaded || room.history.isLoading || !this.#chat.isConnected) return;
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const act = !room.history.isLive && scrollHeight - scrollTop - clientHeight < NEAR_EDGE ? "newer"
      : !room.history.isAtStart && scrollTop < NEAR_EDGE ? "older" : null;
    if (act) await room.history[act]().catch(() => (room.history.isAtStart = true));
  }

  #updateJump(room) {
    const number = room.unread;
    this.jump.hidden = this.#chat.isFollowing;
    this.jump.classList.toggle("unread", number > 0);
    this.jump.replaceChildren(icon("down"), number ? newCount(number) : "Newest");
  }

  // Focus: one tab stop, arrow keys between rows; what is inside a row can be reached from it by Tab.

  #listen(openPerson) {
    this.scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.list.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("focusin", ({ target }) => this.#focusCame(target.closest(".row")));
    this.list.addEventListener("mouseover", ({ target }) => this.#showTools(target.closest(".spoken")));
    this.list.addEventListener("mouseleave", () => this.#showTools(null));
    this.list.addEventListener("click", ({ target }) => {
      const who = target.closest("[data-nick]");
      if (who) openPerson(who.dataset.nick);
      else if (matchMedia("(hover: none)").matches) this.#showTools(target.closest(".spoken"));
    });
  }

  #key(event) {
    const row = event.target.closest(".row");
    const rows = [...this.list.querySelectorAll("article.row")];
    const at = rows.indexOf(row);
    const next = { ArrowUp: rows[at - 1], ArrowDown: rows[at + 1], Home: rows[0], End: rows.at(-1) }[event.key];
    if (!next || event.altKey || event.ctrlKey || event.target.matches("audio, video")) return;
    event.preventDefault();
    this.focusRow(next);
  }

  focusRow(node) {
    this.#setTabStop(node);
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "nearest" });
  }

  focusNewest() {
    const row = [...this.list.querySelectorAll("article.row")].at(-1);
    if (row) this.focusRow(row);
    else this.list.focus();
  }

  #focusCame(row) {
    if (!row) return;
    if (row !== this.#focused) this.#setTabStop(row);
    if (row.classList.contains("spoken")) this.#showTools(row);
  }

  #setTabStop(row) {
    if (this.#focused) setInside(this.#focused, "-1");
    this.#focused = row;
    setInside(row, "0");
  }

  #keepTabStop() {
    if (this.#focused?.isConnected) return;
    this.#focused = null;
    const last = [...this.list.querySelectorAll("article.row")].at(-1);
    this.list.querySelectorAll("article.row[tabindex='0']").forEach((row) => (row.tabIndex = -1));
    if (last) last.tabIndex = 0;
  }

  #replaceFocus(before, after) {
    if (this.#focused !== before) return;
    const hadFocus = before.contains(document.activeElement);
    this.#focused = after;
    after.tabIndex = 0;
    if (hadFocus) queueMicrotask(() => after.focus({ preventScroll: true }));
  }

  #showTools(row) {
    const line = row && this.#lines.get(row.dataset.key);
    this.#rowTools.show(line && line.id && !line.isRedacted ? row : null, line);
  }
}

function setInside(row, tabindex) {
  for (const node of [row, ...row.querySelectorAll("a, button, summary, audio, video")]) node.setAttribute("tabindex", tabindex);
}
