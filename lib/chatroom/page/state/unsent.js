// Own lines that the server has not confirmed. They survive a reload of the tab: then they count as not sent.

import { attachmentIn } from "../protocol/attachment.js";
import { tabStorage } from "./storage.js";

/** Like a Line of the log, with a state: "sending" or "failed". */
export const unsentLine = (room, { nick, text, kind, replyTo, tags = {}, time = Date.now() }) => ({
  key: `unsent-${time}-${Math.random()}`, id: "", time, kind, nick, text, target: room.name, isOwn: true, replyTo,
  label: "", reactions: new Map(), state: "failed", isUnsent: true, tags,
  attachment: attachmentIn(new Map(Object.entries(tags))),
});

export function keepUnsent(room) {
  const kept = room.unsent.map(({ nick, text, kind, replyTo, tags, time }) => ({ nick, text, kind, replyTo, tags, time }));
  tabStorage.set("unsent", { ...tabStorage.get("unsent", {}), [room.name]: kept.length ? kept : undefined });
}

export const keptUnsent = (room) => (tabStorage.get("unsent", {})[room.name] ?? []).map((fields) => unsentLine(room, fields));
