// One's account: logging in and out, registering, another password, and where one is logged in.

import { devices, revoke } from "../devices.js";
import { openDialog } from "./dialogs.js";
import { clock, dayName, h } from "./dom.js";
import { button, field, outcome, unfolding } from "./forms.js";

const SHORTEST = 8; // characters of a new password, on the server

/** `needs`: whether a name is asked for. `act(actions, name, password)` resolves when it is done. */
const KINDS = {
  login: { title: "Log in", label: "Account", autocomplete: "current-password", act: ({ logIn }, account, password) => logIn({ account, password }) },
  register: { title: "Make an account", label: "Account", autocomplete: "new-password", isNew: true,
    act: ({ logIn }, account, password) => logIn({ register: true, account, password }) },
  oper: { title: "Operate the server", label: "Operator", autocomplete: "off", act: ({ oper }, name, password) => oper(name, password) },
  password: { title: "Change the password", autocomplete: "new-password", isNew: true, about: "All your other browsers and clients are logged out.",
    act: ({ changePassword }, name, password) => changePassword(password) },
};

/** Asks for the password, and does what `kind` says. */
export function askPassword(kind, { chat, actions, name = "" }) {
  const { title, label, about, autocomplete, isNew, act } = KINDS[kind];
  const account = h("input", { type: "text", value: name || chat.nick, required: true, maxlength: "60", autocomplete: "username", autocapitalize: "off", spellcheck: "false" });
  const password = h("input", { type: "password", required: true, autocomplete, minlength: isNew ? SHORTEST : null });
  const result = outcome();
  const form = h("form", { onsubmit: (event) => {
    event.preventDefault();
    result.of(act(actions, account.value.trim(), password.value), () => node.close());
  } }, about && h("p", { class: "muted" }, about), label && field(label, account), field(isNew ? `Password, at least ${SHORTEST} characters` : "Password", password), result.node,
  h("div", { class: "buttons" }, h("button", { type: "submit", class: "button primary" }, title)));
  const node = openDialog(title, [form], { className: "small" });
  password.focus();
}

/** The account's part of the settings. */
export function accountPart({ chat, ask, logOut, leave }) {
  const { session } = chat;
  if (!session?.account) {
    const mayLogIn = session?.has("sasl");
    return [mayLogIn && h("p", { class: "muted" }, "You are a guest."), h("div", { class: "buttons start" }, button("Leave the chat", leave, "danger"),
      mayLogIn && session.offered.has("draft/account-registration") && button("Make an account", () => ask("register")),
      mayLogIn && button("Log in", () => ask("login")))];
  }
  return [h("p", {}, "You are logged in as ", h("bdi", {}, h("strong", {}, session.account)), "."),
    unfolding("Where you are logged in", fillDevices),
    h("div", { class: "buttons" }, button("Log out", logOut, "danger"), button("Change the password", () => ask("password")))];
}

async function fillDevices(body) {
  const found = await devices();
  const result = outcome();
  body.append(h("ul", { class: "rows-of" }, found.map((device) => entry(device, result))), result.node);
}

function entry({ name, kind, host, used, created, here }, result) {
  const time = Date.parse(used ?? created);
  const row = h("li", {}, h("div", { class: "what" }, h("bdi", {}, h("strong", {}, name)), here ? " (this browser)" : kind === "device" ? "" : " (token of a program)",
    h("small", {}, `${host ? `${host}, ` : ""}${used ? "last used" : "made"} ${dayName(time)} ${clock(time)}`)),
  !here && button("Log out", () => result.of(revoke(name), () => row.remove())));
  return row;
}
