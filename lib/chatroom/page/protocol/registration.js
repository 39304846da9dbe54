// From the first line to 001: capabilities, login (SASL), nickname. Handlers of Session.

import { addTokens } from "./names.js";
import { MECHANISMS, challengeText, choose, pieces } from "./scram.js";

/** What the page understands; it asks for those that the server offers. */
export const WANTED = [
  "account-notify", "account-tag", "away-notify", "batch", "cap-notify", "chghost", "echo-message",
  "extended-join", "invite-notify", "labeled-response", "message-tags", "multi-prefix", "sasl",
  "server-time", "setname", "standard-replies",
  "draft/account-registration", "draft/authtoken", "draft/channel-rename", "draft/chathistory", "draft/message-redaction", "draft/multiline",
  "draft/read-marker", "chatroom/reactions", "chatroom/search-msgid", "soju.im/search",
];

/** The first lines to the server. */
export function begin(session) {
  session.send("CAP", ["LS", "302"]);
  session.send("NICK", [session.nick]);
  session.send("USER", [userName(session.nick), "0", "*", session.nick]);
}

const userName = (nick) => nick.replace(/[^A-Za-z0-9]/g, "").slice(0, 10) || "web";

function onCap(session, { params }) {
  const [, subcommand, ...rest] = params;
  const words = (rest.at(-1) ?? "").split(" ").filter(Boolean);
  CAP_SUBCOMMANDS[subcommand]?.(session, words, rest[0] === "*");
}

const CAP_SUBCOMMANDS = {
  LS(session, words, isContinued) {
    offer(session, words);
    if (!isContinued) request(session, WANTED);
  },
  NEW(session, words) {
    offer(session, words);
    request(session, words.map(nameOf));
  },
  ACK(session, words) {
    for (const word of words) {
      if (word.startsWith("-")) session.enabled.delete(word.slice(1));
      else session.enabled.add(word);
    }
    if (!session.isRegistered && !session.state.login) logIn(session);
  },
  NAK(session) {
    endCap(session);
  },
  DEL(session, words) {
    for (const word of words) {
      session.offered.delete(word);
      session.enabled.delete(word);
    }
  },
};

const nameOf = (word) => word.split("=")[0];

function offer(session, words) {
  for (const word of words) {
    const [name, ...value] = word.split("=");
    session.offered.set(name, value.join("="));
  }
}

function request(session, names) {
  const missing = names.filter((name) =>
    WANTED.includes(name) && session.offered.has(name) && !session.enabled.has(name));
  if (missing.length) session.send("CAP", ["REQ", missing.join(" ")]);
  else endCap(session);
}

function endCap(session) {
  if (session.isRegistered || session.state.capEnded) return;
  session.state.capEnded = true;
  session.send("CAP", ["END"]);
}

// Login

export function logIn(session) {
  const { login } = session;
  session.state.login = "begun";
  if (!login) return endCap(session);
  if (login.register) return register(session, login);
  if (!session.enabled.has("sasl")) return refuseLogin(session, "no-secrets");
  const mechanism = choose(login, session.offered.get("sasl") ?? "");
  if (!mechanism) return refuseLogin(session, "no-mechanism");
  session.state.dialogue = MECHANISMS[mechanism].run(login);
  session.send("AUTHENTICATE", [mechanism]);
}

/** REGISTER before the connection is complete (draft/account-registration). */
function register(session, { account, email, password }) {
  if (!session.offered.has("draft/account-registration")) return refuseLogin(session, "no-registration");
  session.send("REGISTER", [account || "*", email || "*", password]);
}

function onRegister(session, { params }) {
  if (params[0] === "SUCCESS") {
    session.account ||= params[1];
    endCap(session);
  } else refuseLogin(session, "refused", params.at(-1));
}

async function onAuthenticate(session, { params }) {
  if (!session.state.dialogue) return;
  session.state.challenge = (session.state.challenge ?? "") + (params[0] === "+" ? "" : params[0]);
  if (params[0].length === 400) return;
  const challenge = challengeText(session.state.challenge);
  session.state.challenge = "";
  try {
    const { value, done } = await session.state.dialogue.next(challenge);
    if (!done) for (const piece of pieces(value)) session.send("AUTHENTICATE", [piece]);
  } catch (error) {
    session.send("AUTHENTICATE", ["*"]);
    refuseLogin(session, "refused", error.message);
  }
}

function refuseLogin(session, reason, text = "") {
  session.emit({ type: "login-refused", reason, text });
}

const onLoggedIn = (session, { params }) => setAccount(session, params[2]);
const onLoggedOut = (session) => setAccount(session, "");

function setAccount(session, account) {
  session.account = account;
  session.emit({ type: "account", account });
}

function onLoginFailed(session, { params }) {
  refuseLogin(session, "refused", params.at(-1));
}

// Welcome

function onWelcome(session, { params }) {
  session.nick = params[0];
  session.isRegistered = true;
}

function onFeatures(session, { params }) {
  addTokens(session.isupport, params.slice(1, -1));
  session.featuresChanged();
}

/** The end of the message of the day, or its absence, ends the welcome. */
function onWelcomed(session) {
  if (session.state.isWelcomed) return;
  session.state.isWelcomed = true;
  session.emit({ type: "welcome", nick: session.nick });
}

/** A nickname that cannot be had: 432, 433, 436. */
function onNickRefused(session, { command, params }) {
  session.emit({ type: "nick-refused", nick: params[1], text: params.at(-1), inUse: command !== "432",
    isRegistered: session.isRegistered });
}

export const REGISTRATION = {
  "CAP": onCap,
  "AUTHENTICATE": onAuthenticate,
  "REGISTER": onRegister,
  "001": onWelcome,
  "005": onFeatures,
  "376": onWelcomed,
  "422": onWelcomed,
  "432": onNickRefused,
  "433": onNickRefused,
  "436": onNickRefused,
  "900": onLoggedIn,
  "901": onLoggedOut,
  "903": endCap,
  "902": onLoginFailed,
  "904": onLoginFailed,
  "905": onLoginFailed,
  "907": endCap,
};
