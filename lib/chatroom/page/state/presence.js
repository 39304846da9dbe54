// Who is online or away: the members of the rooms that we share, which the server keeps us told of, and the
// partners of private talks, whom the page asks about where we share no room.

import { isService } from "../protocol/names.js";

const PAUSE = 60000; // ms between two questions about the same people
const AT_ONCE = 5; // nicknames in one USERHOST
const IN_LINE = 10; // nicknames in one MONITOR

export class Presence {
  constructor(chat) {
    this.#chat = chat;
    chat.on("open", (room) => this.#askAbout(chat.channel(room))).on("me", () => this.#schedule(0)).on("rooms", () => this.#schedule(0)).on("people", () => this.#schedule(0))
      .on("monitored", (nicks) => this.#changed(nicks));
  }

  #chat;
  #known = new Map(); // folded nickname -> {state, time}
  #monitored = { session: null, keys: new Set() }; // whom the server tells us of, on this connection
  #timer = 0;

  /** "online", "away", "offline", or "" if it is not known. */
  of(nick) {
    const member = this.#memberOf(nick);
    if (isService(nick)) return "online";
    if (member) return member.isAway ? "away" : "online";
    return (this.#chat.isConnected && this.#known.get(this.#chat.fold(nick))?.state) || "";
  }

  #memberOf(nick) {
    const { session } = this.#chat;
    const key = this.#chat.fold(nick);
    return session?.channels().map(({ members }) => members.get(key)).find(Boolean);
  }

  // The names of a room do not say who is away.
  #askAbout(channel) {
    const { session } = this.#chat;
    if (!channel || channel.isAsked || !session.isupport.has("WHOX")) return;
    channel.isAsked = true;
    session.send("WHO", [channel.name, "%cnfa"]);
  }

  #schedule(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  // Somebody has come or gone: whether they are also away, only a question shows.
  #changed(nicks) {
    for (const nick of nicks) this.#known.delete(this.#chat.fold(nick));
    this.#schedule(0);
  }

  #monitor(nicks) {
    const { session } = this.#chat;
    const fold = (nick) => this.#chat.fold(nick);
    if (this.#monitored.session !== session) this.#monitored = { session, keys: new Set() };
    const { keys } = this.#monitored;
    const most = Number(session.isupport.get("MONITOR") ?? 0);
    const added = nicks.filter((nick) => !keys.has(fold(nick))).slice(0, Math.min(IN_LINE, most - keys.size));
    for (const nick of added) keys.add(fold(nick));
    if (added.length) session.send("MONITOR", ["+", added.join(",")]);
  }

  async #ask() {
    const { session, isConnected } = this.#chat;
    const fold = (nick) => this.#chat.fold(nick);
    const nicks = this.#chat.rooms.filter(({ isTalk, name }) => isTalk && !isService(name) && !this.#memberOf(name)).map(({ name }) => name);
    if (!isConnected || !nicks.length) return;
    this.#monitor(nicks);
    const due = nicks.filter((nick) => !(this.#known.get(fold(nick))?.time > Date.now() - PAUSE)).slice(0, AT_ONCE);
    if (!due.length) return this.#schedule(PAUSE / 4);
    const know = (nick, state) => this.#known.set(fold(nick), { state, time: Date.now() });
    for (const nick of due) know(nick, this.of(nick)); // so that nobody is asked about twice meanwhile
    const { messages } = await session.ask("USERHOST", due, { isQuiet: true }).catch(() => ({ messages: [] }));
    const answers = messages.filter(({ command }) => command === "302"); // several, if the addresses are long
    if (!answers.length) return;
    const states = answers.flatMap(({ params }) => params.at(-1).split(" ")).map((each) => /^([^*=]+)\*?=([+-])/.exec(each)).filter(Boolean);
    for (const nick of due) know(nick, { "+": "online", "-": "away" }[states.find(([, each]) => fold(each) === fold(nick))?.[2]] ?? "offline");
    this.#chat.tell("rooms");
  }
}
