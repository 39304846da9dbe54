// The settings dialog.

import { settings } from "../state/storage.js";
import { accountPart } from "./account.js";
import { h } from "./dom.js";
import { button, checkbox, insecureNote, openDialog } from "./dialogs.js";
import { whyNoNotifications } from "./notify.js";

const THEMES = { auto: "Automatic", light: "Light", dark: "Dark" };

export function applyTheme() {
  const theme = settings.get("theme");
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** `account`: what accountPart takes, besides the chat. */
export function openSettings({ chat, changed, account, showKeys, first = "" }) {
  const leaving = (act) => (...what) => {
    node.close();
    act(...what);
  };
  const nick = h("input", { type: "text", value: chat.nick, maxlength: "30", autocomplete: "off", "aria-label": "Nickname" });
  const node = openDialog("Settings", [
    h("form", { class: "setting column", onsubmit: (event) => {
      event.preventDefault();
      chat.session?.send("NICK", [nick.value.trim() || "*"]);
    } }, h("span", {}, "Nickname"), h("div", { class: "find" }, nick, h("button", { type: "submit", class: "button" }, "Change"))),
    part("Appearance", h("div", { class: "choices" }, Object.entries(THEMES).map(([value, label]) => themeChoice(value, label)))),
    part(chat.session?.account ? "Account" : "You are a guest", accountPart({ ...account, chat, first, ask: leaving(account.ask), logOut: leaving(account.logOut), leave: leaving(account.leave), service: leaving(account.service) })),
    part("Messages", setting("comings", "Show who comes and goes", changed),
      setting("sound", "A sound for new messages that notify me", changed), notifications(changed)),
    insecureNote(),
    h("div", { class: "buttons" }, button("Keys and commands", leaving(showKeys))),
  ]);
}

const part = (title, ...content) => h("fieldset", { class: "setting column" }, h("legend", {}, title), content);

function themeChoice(value, label) {
  const input = h("input", { type: "radio", name: "theme", value, onchange: () => {
    settings.set("theme", value);
    applyTheme();
  } });
  input.checked = settings.get("theme") === value;
  return h("label", {}, input, h("span", {}, label));
}

function setting(name, label, changed, props) {
  return checkbox(label, settings.get(name), (isOn) => {
    settings.set(name, isOn);
    changed(name);
  }, props);
}

function notifications(changed) {
  const why = whyNoNotifications();
  const row = setting("notify", "Notifications: of mentions and private messages, unless a room has a setting of its own", async (name) => {
    if (settings.get("notify") && Notification.permission === "default") await Notification.requestPermission();
    changed(name);
  }, { disabled: Boolean(why) });
  return [row, why && isSecureContext && h("p", { class: "muted" }, why)]; // insecureNote says the rest
}
