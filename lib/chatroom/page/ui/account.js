// One's account: logging in and out, registering, another password, and where one is logged in.

import { devices, revoke } from "../http.js";
import { button, copyable, field, openDialog, outcome, unfolding } from "./dialogs.js";
import { clock, dayName, h } from "./dom.js";

export const SHORTEST = 8; // characters of a new password, on the server
export const NEW_PASSWORD = `Password, at least ${SHORTEST} characters`;

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
  } }, about && h("p", { class: "muted" }, about), label && field(label, account), field(isNew ? NEW_PASSWORD : "Password", password), result.node,
  h("div", { class: "buttons" }, h("button", { type: "submit", class: "button primary" }, title)));
  const node = openDialog(title, [form], { className: "small" });
  password.focus();
}

/** Shows what a service answers; a token or an address in it can be copied. */
export function showAnswer(service, sentences, { copy, note }) {
  const isSecret = (each) => /chatroom_\S{20}|\/hooks\//.test(each);
  if (!sentences.some(isSecret) && sentences.length < 2) return note(sentences[0]);
  openDialog(service, sentences.map((each) => {
    const [, words, secret] = isSecret(each) ? /^(.*?)(\S+)$/.exec(each) : [, each];
    return [words && h("p", {}, words), secret && copyable(secret, copy)];
  }), { className: "small" });
}

/** The account's part of the settings. `first`: the part that is open. */
export function accountPart({ chat, ask, logOut, leave, service, first }) {
  const { session } = chat;
  if (!session?.account) {
    const mayLogIn = session?.has("sasl");
    return h("div", { class: "buttons start" }, button("Leave the chat", leave, "danger"),
      mayLogIn && session.offered.has("draft/account-registration") && button("Make an account", () => ask("register")),
      mayLogIn && button("Log in", () => ask("login")));
  }
  return [h("p", {}, "You are logged in as ", h("bdi", {}, h("strong", {}, session.account)), "."),
    unfolding("Browsers and tokens", (body) => fillTokens(body, service), first === "tokens"),
    h("div", { class: "buttons" }, button("Log out", logOut, "danger"), button("Change the password", () => ask("password")))];
}

async function fillTokens(body, service) {
  const found = await devices();
  const result = outcome();
  body.append(h("ul", { class: "rows-of" }, found.map((device) => entry(device, result))), result.node, makingToken(service));
}

// Programs use a token instead of the password (docs/api.md).
function makingToken(service) {
  const name = h("input", { type: "text", required: true, pattern: "[\\w.\\-]{1,32}", autocomplete: "off" });
  const rooms = h("input", { type: "text", placeholder: "all", autocomplete: "off" });
  const scope = h("select", {}, ["read,write", "read", "write"].map((value) => h("option", { value }, value.replace(",", " and "))));
  return h("form", { onsubmit: (event) => {
    event.preventDefault();
    service("NickServ", `TOKEN CREATE ${name.value} ${rooms.value.replace(/[,\s]+/g, ",")} ${scope.value}`);
  } }, h("div", { class: "filters" }, field("New token", name), field("Rooms", rooms), field("May", scope)),
  h("button", { type: "submit", class: "button wide" }, "Make a token for a program"));
}

function entry({ name, kind, host, used, created, here }, result) {
  const time = Date.parse(used ?? created);
  const row = h("li", {}, h("div", { class: "what" }, h("bdi", {}, h("strong", {}, name)), here ? " (this browser)" : KINDS_OF_TOKENS[kind],
    h("small", {}, `${host ? `${host}, ` : ""}${used ? "last used" : "made"} ${dayName(time)} ${clock(time)}`)),
  !here && button(kind === "device" ? "Log out" : "Revoke", () => result.of(revoke(name), () => row.remove())));
  return row;
}

const KINDS_OF_TOKENS = { device: "", api: " (token of a program)", hook: " (hook)" };
