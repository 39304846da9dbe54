// What this person may do to a member of the open room: ranks, and removing, muting, banning.

import { RANKS, lettersOf, mayActAgainst, standing } from "../protocol/rights.js";
import { h } from "./dom.js";
import { button, checkbox } from "./forms.js";
import { SANCTIONS, openSanction } from "./sanctions.js";

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
