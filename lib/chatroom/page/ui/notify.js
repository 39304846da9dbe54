// Counts in the title and icon; notifications and a sound where the browser allows them.

import { spokenText } from "../protocol/attachment.js";
import { settings } from "../state/storage.js";

const NEW_ICON = "data:image/svg+xml," + encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#4f5bd5"/><path d="M9 9h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-5 4v-4H9a2 2 0 0 1-2-2v-8a2 2 0 0 1 2-2z" fill="#fff"/><circle cx="25" cy="7" r="7" fill="#e5484d"/></svg>');

/** Why this address cannot show notifications; "" if it can. */
export function whyNoNotifications() {
  if (!("Notification" in globalThis)) return "This browser has no notifications.";
  if (!isSecureContext) return "Notifications need https. Here the title and the icon of the page show counts instead.";
  return Notification.permission === "denied" ? "You have forbidden notifications for this page; the browser's settings change that." : "";
}

export class Notifier {
  constructor({ chat, open }) {
    this.#chat = chat;
    this.#open = open;
    this.#link = document.querySelector("link[rel=icon]");
    this.#icon = this.#link.href;
    for (const topic of ["rooms", "open", "me"]) chat.on(topic, () => this.draw());
    chat.on("said", (room, line) => this.#said(room, line));
  }

  #chat;
  #open;
  #link;
  #icon;

  draw() {
    const rooms = this.#chat.rooms;
    const mentions = rooms.reduce((sum, room) => sum + room.mentions, 0);
    const isUnread = rooms.some((room) => room.unread && !this.#chat.reading.isMuted(room));
    const count = mentions ? `(${mentions}) ` : isUnread ? "• " : "";
    const place = this.#chat.current?.title ?? "";
    document.title = count + (place ? `${place} – ` : "") + (this.#chat.session?.isupport.get("NETWORK") ?? "Chatroom");
    const href = mentions ? NEW_ICON : this.#icon;
    if (this.#link.href !== href) this.#link.href = href;
  }

  #said(room, line) {
    const level = this.#chat.reading.levelOf(room);
    const isWanted = level === "all" || (level === "mentions" && (line.isMention || room.isTalk));
    if (!isWanted || (this.#chat.reading.isAttentive() && room === this.#chat.current)) return;
    if (settings.get("sound")) beep();
    if (!settings.get("notify") || whyNoNotifications() || Notification.permission !== "granted") return;
    const title = room.isTalk ? line.nick : `${line.nick} in ${room.title}`;
    const note = new Notification(title, { body: spokenText(line).slice(0, 200), tag: room.name });
    note.onclick = () => {
      focus();
      this.#open(room);
      note.close();
    };
  }
}

let audio = null;

function beep() {
  audio ??= new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.08, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.25);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.25);
}
