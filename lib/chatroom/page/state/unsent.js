// Own lines that the server has not confirmed. They survive a reload of the tab: then they count as not sent.

import { tabStorage } from "./storage.js";

/** Like a Line of the log, with a state: "sending" or "failed". */
export const unsentLine = (room, { nick, text, kind, replyTo, time = Date.now() }) => ({
  key: `unsent-${time}-${Math.random()}`, id: "", time, kind, nick, text, target: room.name, isOwn: true, replyTo,
  label: "", reactions: new Map(), state: "failed", isUnsent: true,
});

export function keepUnsent(room) {
  const kept = room.unsent.map(({ nick, text, kind, replyTo, time }) => ({ nick, text, kind, replyTo, time }));
  tabStorage.set("unsent", { ...tabStorage.get("unsent", {}), [room.name]: kept.length ? kept : undefined });
}

export const keptUnsent = (room) => (tabStorage.get("unsent", {})[room.name] ?? []).map((fields) => unsentLine(room, fields));
