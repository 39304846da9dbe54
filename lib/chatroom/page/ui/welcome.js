// The first screen: a name is enough; a password for those with an account.

import { storage } from "../state/storage.js";
import { h } from "./dom.js";
import { NEW_PASSWORD, SHORTEST } from "./account.js";
import { insecureNote } from "./dialogs.js";

const WAYS = [
  { id: "guest", label: "Guest" },
  { id: "login", label: "Log in" },
  { id: "register", label: "Register" },
];

const SECRETS = "The server does not take passwords over an address that is not encrypted. Open the page with https, or come in as a guest.";
const REASONS = {
  "no-secrets": SECRETS,
  "no-mechanism": "This browser and the server have no common way to log in.",
  "no-registration": "Accounts cannot be registered here.",
};

/** A refused login, in words. */
export const inWords = (reason, text) => REASONS[reason] ?? text;

export class Welcome {
  /** enter({nick, login}) connects. */
  constructor(enter) {
    this.nick = h("input", { id: "nick", type: "text", maxlength: "30", required: true, autocomplete: "username", autocapitalize: "off", spellcheck: "false" });
    this.password = h("input", { id: "password", type: "password", autocomplete: "current-password" });
    this.passwordLabel = h("label", { for: "password" });
    this.passwordRow = h("div", { class: "setting column", hidden: true }, this.passwordLabel, this.password, insecureNote());
    this.status = h("p", { class: "error", role: "alert" });
    this.button = h("button", { type: "submit", class: "button primary wide" }, "Come in");
    this.ways = h("div", { class: "choices", role: "radiogroup", "aria-label": "How to come in" }, WAYS.map((way) => this.#choice(way)));
    this.form = h("form", { class: "welcome-card" },
      h("img", { src: "icon.svg", alt: "", width: "56", height: "56" }), h("h1", {}, "Chatroom"), h("p", { class: "muted" }, location.hostname),
      this.ways, h("div", { class: "setting column" }, h("label", { for: "nick" }, "Your name"), this.nick), this.passwordRow, this.status, this.button);
    this.node = h("main", { class: "welcome" }, this.form);
    this.nick.value = storage.get("nick", "");
    this.#choose(this.#way);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit(enter);
    });
  }

  #way = storage.get("way", "guest");

  #choice({ id, label }) {
    const input = h("input", { type: "radio", name: "way", value: id, onchange: () => this.#choose(id) });
    input.checked = id === this.#way;
    return h("label", {}, input, h("span", {}, label));
  }

  #choose(way) {
    this.#way = way;
    this.passwordRow.hidden = way === "guest";
    this.password.required = way !== "guest";
    this.passwordLabel.textContent = way === "register" ? NEW_PASSWORD : "Password";
    this.password.minLength = way === "register" ? SHORTEST : 0;
    this.password.autocomplete = way === "register" ? "new-password" : "current-password";
    this.status.textContent = "";
  }

  #submit(enter) {
    const nick = this.nick.value.trim();
    if (!nick) return;
    storage.set("nick", nick);
    storage.set("way", this.#way === "guest" ? "guest" : "login");
    const password = this.password.value;
    const login = { guest: null, login: { account: nick, password }, register: { register: true, account: nick, password } }[this.#way];
    this.busy(true);
    enter({ nick, login });
  }

  /** Puts the focus where something is missing. */
  focus() {
    const isPasswordMissing = this.nick.value && this.#way !== "guest";
    (isPasswordMissing ? this.password : this.nick).focus();
  }

  busy(isBusy) {
    this.button.disabled = isBusy;
    this.button.textContent = isBusy ? "Connecting …" : "Come in";
    if (isBusy) this.status.textContent = "";
  }

  refused(reason, text = "") {
    this.busy(false);
    this.status.textContent = inWords(reason, text);
    this.focus();
  }
}
