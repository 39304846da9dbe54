// One connection to the server, sans I/O: lines go in by `receive`, lines come out by `write`, and what
// happened by `emit`, as plain objects with a `type`.
//
//   message.js  lines <-> Message          batches.js       messages that belong together
//   registration.js, membership.js, talk.js: handlers, one for each command or numeric

import { Batches, joined } from "./batches.js";
import { parse, serialise } from "./message.js";
import { folding, isRoom, relays } from "./names.js";
import { MEMBERSHIP } from "./membership.js";
import { REGISTRATION, begin, logIn } from "./registration.js";
import { TALK, onRefusal } from "./talk.js";
import { multilineLimits, speak } from "./speaking.js";

const HANDLERS = { ...REGISTRATION, ...MEMBERSHIP, ...TALK };

/** Numerics that end an answer, for servers without labeled-response. */
const ENDS = { LIST: "323", WHOIS: "318", WHO: "315", NAMES: "366" };

/** Batches that are answers, and the commands that they answer. */
const ANSWERS = { "chathistory": "CHATHISTORY", "draft/chathistory-targets": "CHATHISTORY", "soju.im/search": "SEARCH" };

// 4xx and 5xx, and a mode's parameter, knocks, a full list of MONITOR.
const REFUSAL = /^(?:[45]\d\d|696|71[234]|734)$/;

/** The server refused a command. `code` is a FAIL code or a numeric. */
export class Refused extends Error {
  constructor(code, text) {
    super(text);
    this.code = code;
  }
}

export class Session {
  /**
   * nick: the nickname to begin with. login: null for a guest, or {account, password},
   * {external: true}, {register: true, account, email, password}.
   */
  constructor({ nick, login = null, write, emit, now = Date.now }) {
    Object.assign(this, { nick, login, now, user: "", host: "", account: "", isRegistered: false });
    this.emit = emit;
    this.offered = new Map();
    this.enabled = new Set();
    this.isupport = new Map();
    this.state = {}; // of the registration
    this.fold = folding(this.isupport);
    this.#write = write;
  }

  #write;
  #channels = new Map();
  #asks = [];
  #labels = 0;
  #batches = new Batches((batch) => this.#finish(batch));

  begin() {
    begin(this);
  }

  /** Takes a line from the server. */
  receive(line) {
    const message = parse(line);
    if (!message || this.#batches.take(message)) return;
    if (!this.#answer(message)) this.#dispatch(message);
  }

  send(command, params = [], tags = null) {
    this.#write(serialise(command, params, this.has("message-tags") || tags?.label ? tags : null));
  }

  /** Sends a line as somebody typed it. */
  raw(line) {
    this.#write(line.replace(/[\r\n\0]+/g, " "));
  }

  /** Says something; returns its label, by which its echo or refusal is known ("" without labels). */
  say(target, text, { kind = "message", replyTo = "", tags = {} } = {}) {
    return speak(this, target, text, { kind, replyTo, tags });
  }

  newLabel() {
    return this.has("labeled-response") ? `p${++this.#labels}` : "";
  }

  /**
   * Sends a command and resolves with its answer: {messages, tags}. Rejects with Refused, or with an
   * Error if the connection ends first. `isQuiet`: nothing of the answer becomes an event.
   */
  ask(command, params, { isQuiet = false } = {}) {
    const label = this.newLabel();
    return new Promise((resolve, reject) => {
      this.#asks.push({ command, label, isQuiet: isQuiet && label, resolve, reject, messages: [] });
      this.send(command, params, label ? { label } : null);
    });
  }

  /** The connection has ended: nothing more comes. */
  end() {
    for (const ask of this.#asks.splice(0)) ask.reject(new Error("The connection was lost"));
  }

  has(capability) {
    return this.enabled.has(capability);
  }

  /** Whether others get this client-only tag, named without its `+`. */
  relays(tag) {
    return this.has("message-tags") && relays(this.isupport, tag);
  }

  isMe(nick) {
    return this.fold(nick) === this.fold(this.nick);
  }

  isRoom(name) {
    return isRoom(this.isupport, name);
  }

  /** The most lines of a page of the history. */
  get pageLimit() {
    return Number(this.isupport.get("CHATHISTORY")) || 100;
  }

  get multiline() {
    return multilineLimits(this);
  }

  featuresChanged() {
    this.fold = folding(this.isupport);
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    channels.forEach((channel) => this.addChannel(channel));
  }

  channel(name) {
    return this.#channels.get(this.fold(name ?? ""));
  }

  channels() {
    return [...this.#channels.values()];
  }

  addChannel(channel) {
    this.#channels.set(this.fold(channel.name), channel);
    return channel;
  }

  removeChannel(channel) {
    this.#channels.delete(this.fold(channel.name));
  }

  #dispatch(message) {
    const handler = HANDLERS[message.command];
    if (handler) handler(this, message);
    else if (REFUSAL.test(message.command)) onRefusal(this, message);
  }

  #finish(batch) {
    const command = ANSWERS[batch.type];
    const label = batch.tags.get("label");
    const ask = this.#findAsk((each) => (label ? each.label === label : command && each.command === command));
    if (ask) {
      this.#settle(ask);
      ask.resolve({ messages: batch.messages, tags: batch.tags });
      if (command || ask.isQuiet) return;
    }
    if (batch.type === "draft/multiline") this.#dispatch(joined(batch));
    else if (!command) batch.messages.forEach((message) => this.#dispatch(message));
    else this.emit({ type: "batch", batch });
  }

  #findAsk(test) {
    return this.#asks.find(test);
  }

  #settle(ask) {
    this.#asks.splice(this.#asks.indexOf(ask), 1);
  }

  /** If the message answers something that was asked, keep it or resolve. Returns whether nobody else needs it. */
  #answer(message) {
    if (!this.#asks.length) return false;
    const label = message.tags.get("label");
    const isFail = message.command === "FAIL";
    const ask = this.#findAsk((each) =>
      label ? each.label === label : !each.label && (isFail ? each.command === message.params[0] : ENDS[each.command]));
    if (!ask) return false;
    if (isFail || REFUSAL.test(message.command)) {
      if (!label && !isFail) return false;
      this.#settle(ask);
      ask.reject(new Refused(isFail ? message.params[1] : message.command, message.params.at(-1)));
      return ask.isQuiet;
    }
    ask.messages.push(message);
    if (label || message.command === ENDS[ask.command]) {
      this.#settle(ask);
      ask.resolve({ messages: ask.messages, tags: message.tags });
    }
    return ask.isQuiet;
  }

  /** Logs in while in the chat, as `login` says. */
  logIn(login) {
    this.login = login;
    logIn(this);
  }
}
