// What this person may do to a member of the open room: ranks, and removing, muting, banning.

import { RANKS, ban, lettersOf, mayActAgainst, standing } from "../protocol/moderation.js";
import { button, checkbox, field, openDialog } from "./dialogs.js";
import { h } from "./dom.js";

/** A fieldset, or null if there is nothing that one may do. `close()` closes the dialog around it. */
export function moderation(nick, { chat, close }) {
  const { session, current: room } = chat;
  const channel = chat.channel(room);
  const member = channel?.members.get(session.fold(nick));
  if (!member) return null;
  const own = standing(session, channel, session.nick);
  const letters = lettersOf(session, member);
  const isMe = session.isMe(nick);
  const offered = session.isupport.get("PREFIX") ?? "";
  const ranks = RANKS.filter(({ letter, givenBy }) => offered.includes(letter) && (own >= givenBy || (isMe && letters.includes(letter))));
  const sanctions = !isMe && mayActAgainst(own, letters) ? Object.keys(SANCTIONS) : [];
  if (!ranks.length && !sanctions.length) return null;
  return h("fieldset", { class: "setting column in-room" }, h("legend", {}, `In ${room.title}`),
    ranks.map(({ letter, label }) => checkbox(label, letters.includes(letter), (isOn) =>
      session.send("MODE", [room.name, (isOn ? "+" : "-") + letter, nick]))),
    sanctions.length > 0 && h("div", { class: "buttons" }, sanctions.map((kind) => button(`${SANCTIONS[kind].label} …`, () => {
      close();
      openSanction(kind, nick, { chat, room });
    }))));
}

const TIMES = [["10m", "10 minutes"], ["1h", "An hour"], ["1d", "A day"], ["7d", "A week"], ["0", "Until it is lifted"]];

const SANCTIONS = {
  kick: { label: "Remove", title: (nick, room) => `Remove ${nick} from ${room}?`, about: "They may come back." },
  mute: { label: "Mute", title: (nick, room) => `Mute ${nick} in ${room}?`, about: "They can read, but not speak.", isTimed: true },
  ban: { label: "Ban", title: (nick, room) => `Ban ${nick} from ${room}?`, about: "They have to leave, and cannot come back.", isTimed: true, mayDelete: true },
};

function openSanction(kind, nick, { chat, room }) {
  const { label, title, about, isTimed, mayDelete } = SANCTIONS[kind];
  const time = h("select", {}, TIMES.map(([value, words]) => h("option", { value }, words)));
  time.value = "1h";
  const reason = h("input", { type: "text", maxlength: "200", autocomplete: "off" });
  const erase = mayDelete && checkbox("Also delete all that they said here", false);
  const form = h("form", { onsubmit: (event) => {
    event.preventDefault();
    node.close();
    const { session } = chat;
    const words = reason.value.trim();
    if (!session) return;
    if (kind === "kick") session.send("KICK", [room.name, nick, ...(words ? [words] : [])]);
    else ban(session, room.name, nick, { time: time.value, reason: words, isMute: kind === "mute" });
    if (erase && erase.querySelector("input").checked) session.send("REDACTALL", [room.name, nick, ...(words ? [words] : [])]);
  } }, h("p", { class: "muted" }, about), isTimed && field("For how long", time), field("Reason (they read it)", reason), erase,
  h("div", { class: "buttons" }, button("Cancel", () => node.close()), h("button", { type: "submit", class: "button primary" }, label)));
  const node = openDialog(title(nick, room.title), [form], { className: "small" });
}
