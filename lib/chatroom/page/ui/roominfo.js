// About a room: topic, link, muting, leaving.

import { unformatted } from "../protocol/formatting.js";
import { h } from "./dom.js";
import { button, field, openDialog } from "./dialogs.js";
import { roomParts } from "./roomparts.js";
import { textNodes } from "./rows.js";

const LEVELS = { all: "All messages", mentions: "Messages that mention me", nothing: "Nothing, and do not mark the room as unread" };
const TALK_LEVELS = { mentions: "All messages", nothing: "Nothing" };
const IN_CHARGE = /[~&@%]/;

/** Whether this person may do what half-operators and above may. */
export function isInCharge(chat, room) {
  const member = chat.channel(room)?.members.get(chat.fold(chat.nick));
  return IN_CHARGE.test(member?.symbols ?? "");
}

/** `first`: the part that is open, such as "bans". */
export async function openRoomInfo({ chat, copy, first = "" }) {
  const room = chat.current;
  const channel = chat.channel(room);
  if (!room) return;
  if (channel) await chat.session.ask("MODE", [room.name]).catch(() => null);
  const mayEdit = channel && (!channel.modes.has("t") || isInCharge(chat, room));
  const topic = h("textarea", { maxlength: "390" });
  topic.value = unformatted(channel?.topic ?? "");
  const level = h("select", { onchange: () => chat.reading.setLevel(room, level.value) },
    Object.entries(room.isTalk ? TALK_LEVELS : LEVELS).map(([value, text]) => h("option", { value }, text)));
  level.value = chat.reading.levelOf(room);
  const node = openDialog(room.title, [
    !room.isTalk && (mayEdit
      ? field("Topic", topic)
      : channel?.topic && h("p", { class: "topic-text" }, textNodes(channel.topic))),
    field("Notify me of", level),
    roomParts(room, { session: chat.session, copy, first }),
    h("div", { class: "buttons" },
      button(room.isTalk ? "Close" : "Leave", () => {
        node.close();
        chat.close(room);
      }, "danger"),
      mayEdit && !room.isTalk && button("Save the topic", () => {
        if (topic.value !== unformatted(channel.topic)) chat.session.send("TOPIC", [room.name, topic.value.replace(/\s+/g, " ").trim()]);
        node.close();
      }, "primary")),
  ], { className: "small" });
}
