// A person's card: what the server knows about them, and what one may do.

import { avatar, h, nickname } from "./dom.js";
import { button, openDialog } from "./dialogs.js";
import { moderation } from "./moderation.js";

const WHOIS = {
  "311": ({ params: [, nick, , , , name] }) => (name === nick ? [] : ["Real name", name]),
  "330": ({ params }) => ["Account", params[2]],
  "301": ({ params }) => ["Away", params.at(-1)],
  "319": ({ params }) => ["Rooms", params.at(-1).replace(/(^| )([~&@%+]*)#/g, "$1$2")],
  "317": ({ params }) => ["Idle", duration(Number(params[2]))],
  "313": ({ params }) => ["Role", params.at(-1)],
  "335": () => ["Kind", "a bot"],
};

/** actions: {talk(nick), mention(nick)} */
export async function openPerson(nick, { chat, talk, mention }) {
  const facts = h("dl", { class: "facts" });
  const isMe = chat.session?.isMe(nick);
  const isIgnored = chat.isIgnored(nick);
  const does = (act) => () => {
    node.close();
    act();
  };
  const node = openDialog("Profile", [
    h("div", { class: "profile" }, avatar(nick), nickname(nick, "large")), facts,
    moderation(nick, { chat, close: () => node.close() }),
    !isMe && h("div", { class: "buttons" }, button(isIgnored ? "Stop ignoring" : "Ignore", does(() => chat.setIgnored(nick, !isIgnored))),
      chat.current && !chat.current.isTalk && button("Mention", does(() => mention(nick))), button("Message", does(() => talk(nick)), "primary")),
  ], { className: "small" });
  const { messages } = (await chat.session?.ask("WHOIS", [nick, nick], { isQuiet: true }).catch(() => null)) ?? { messages: [{ command: "401" }] };
  if (!messages.some(({ command }) => command === "311")) facts.append(h("dd", {}, "Not online now."));
  for (const message of messages) {
    const [name, text] = WHOIS[message.command]?.(message) ?? [];
    if (name) facts.append(h("dt", {}, name), h("dd", {}, h("bdi", {}, text)));
  }
}

function duration(seconds) {
  if (!(seconds >= 60)) return "less than a minute";
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
