// The settings dialog.

import { settings } from "../state/storage.js";
import { accountPart } from "./account.js";
import { h } from "./dom.js";
import { openDialog } from "./dialogs.js";
import { insecureNote } from "./insecure.js";
import { whyNoNotifications } from "./notify.js";
import { THEMES, applyTheme } from "./theme.js";

/** `account`: {ask(kind), logOut, leave}, see account.js. */
export function openSettings({ chat, changed, account, showKeys }) {
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
    h("fieldset", { class: "setting column" }, h("legend", {}, "Appearance"),
      h("div", { class: "choices" }, Object.entries(THEMES).map(([value, label]) => themeChoice(value, label)))),
    h("fieldset", { class: "setting column" }, h("legend", {}, "Account"),
      accountPart({ chat, ask: leaving(account.ask), logOut: leaving(account.logOut), leave: leaving(account.leave) })),
    checkbox("comings", "Show who comes and goes", changed),
    checkbox("sound", "A sound for new messages that notify me", changed),
    notifications(changed),
    insecureNote(),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "button", onclick: leaving(showKeys) }, "Keys and commands")),
  ]);
}

function themeChoice(value, label) {
  const input = h("input", { type: "radio", name: "theme", value, onchange: () => {
    settings.set("theme", value);
    applyTheme();
  } });
  input.checked = settings.get("theme") === value;
  return h("label", {}, input, h("span", {}, label));
}

function checkbox(name, label, changed, props = {}) {
  const input = h("input", { type: "checkbox", ...props, onchange: () => {
    settings.set(name, input.checked);
    changed(name);
  } });
  input.checked = settings.get(name);
  return h("label", { class: "setting" }, input, h("span", {}, label));
}

function notifications(changed) {
  const why = whyNoNotifications();
  const row = checkbox("notify", "Notifications: of mentions and private messages, unless a room has a setting of its own", async (name) => {
    if (settings.get("notify") && Notification.permission === "default") await Notification.requestPermission();
    changed(name);
  }, { disabled: Boolean(why) });
  return why ? [row, h("p", { class: "muted" }, why)] : row;
}
