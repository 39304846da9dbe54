// The composition: connection, session and state below, the parts of the page above.
//
//   protocol/  the IRC client, sans I/O        state/  rooms, counts, what the browser keeps
//   connection.js  the WebSocket               ui/     one file for each part of the page

import { Connection } from "./connection.js";
import { forget, rememberedAccount, stay, whyRefused } from "./http.js";
import { fromTyped } from "./protocol/formatting.js";
import { onWire } from "./protocol/names.js";
import { Session } from "./protocol/session.js";
import { askService } from "./protocol/talk.js";
import { Chat } from "./state/chat.js";
import { Presence } from "./state/presence.js";
import { storage, tabStorage } from "./state/storage.js";
import { Uploads } from "./state/uploads.js";
import { askPassword, showAnswer } from "./ui/account.js";
import { Browse } from "./ui/browse.js";
import { Composer } from "./ui/composer.js";
import { closeDialogs, copyText, openDialog, unfolding } from "./ui/dialogs.js";
import { h } from "./ui/dom.js";
import { Drawers } from "./ui/drawers.js";
import { withEmoji } from "./ui/emoji.js";
import { FilePicker } from "./ui/filepicker.js";
import { installKeys } from "./ui/keys.js";
import { Log } from "./ui/log.js";
import { Announcer, Notes } from "./ui/notes.js";
import { Notifier } from "./ui/notify.js";
import { People } from "./ui/people.js";
import { openPerson } from "./ui/person.js";
import { isInCharge, openRoomInfo } from "./ui/roominfo.js";
import { RoomList } from "./ui/roomlist.js";
import { fillInvitation } from "./ui/roomparts.js";
import { RowTools } from "./ui/rows.js";
import { openSearch } from "./ui/search.js";
import { applyTheme, openSettings } from "./ui/settings.js";
import { lookAt } from "./ui/shrink.js";
import { openSwitcher } from "./ui/switcher.js";
import { TopBar } from "./ui/topbar.js";
import { Tray } from "./ui/tray.js";
import { Welcome, inWords } from "./ui/welcome.js";

applyTheme();

const ENDED = [1000, 1008]; // a WebSocket's close codes: the server has ended it (1008: killed, banned), and is not going down
const TRANSIENT = /^Ping timeout/;

const chat = new Chat();
const announcer = new Announcer(chat);
const notes = new Notes(announcer);
const note = (text, isAlarm) => notes.show(text, isAlarm);
let identity = null; // {nick, login} with which to connect again
let session = null;
let loggingIn = null; // {resolve, reject} of a login while in the chat
let lastWords = ""; // of the server, as it closed the connection

// Connecting

const connection = new Connection({ opened, received: (line) => session?.receive(line), closed });
const welcome = new Welcome((who) => {
  identity = who;
  connection.open();
});

function opened() {
  lastWords = "";
  session = new Session({ ...identity, write: (line) => connection.write(line), emit: handle });
  chat.session = session;
  session.begin();
}

function closed({ code, reason, willRetry, wasOpen }) {
  chat.lost();
  session = null;
  if (!willRetry) return;
  const why = lastWords.replace(/^Closing link: \S+ \((.*)\)$/, "$1") || reason;
  if (!isInside()) {
    connection.close();
    welcome.refused("", why || "The server cannot be reached.");
  } else if (ENDED.includes(code) && why && !TRANSIENT.test(why)) stayOut(why);
  else {
    notes.connection("Not connected. Trying again …", () => connection.retryNow());
    if (!wasOpen) whyRefused().then((words) => words && !session && stayOut(words));
  }
}

// The server has ended it: banned, killed, logged out elsewhere. Coming back is the person's choice.
async function stayOut(why) {
  connection.close();
  notes.connection(`Disconnected: ${why}`, () => {
    notes.connection("Connecting …");
    connection.open();
  }, "Connect again");
  if (identity.login?.external && !await rememberedAccount()) leave(why);
}

const isInside = () => app.isConnected;

function handle(event) {
  HANDLERS[event.type]?.(event);
  chat.handle(event);
}

const HANDLERS = {
  welcome() {
    connection.succeeded();
    notes.connection("");
    uploads.welcomed();
    if (!isInside()) comeIn();
    stayLoggedIn();
    const names = chat.remembered;
    while (names.length) session.send("JOIN", [names.splice(0, 10).join(",")]);
    followAddress();
    if (!chat.current) chat.open(null);
  },
  account({ account }) {
    loggingIn?.resolve();
    if (account && session.isRegistered) stayLoggedIn();
  },
  "login-refused"({ reason, text }) {
    if (session.isRegistered) return loggingIn?.reject(new Error(inWords(reason, text)));
    connection.close();
    leavePage();
    if (identity.login?.external) welcome.refused("", "This browser was logged out. Log in again.");
    else welcome.refused(reason, text);
  },
  "nick-refused"({ nick, text, inUse, isRegistered }) {
    if (isRegistered) return note(text, true);
    if (isInside() && inUse) return session.send("NICK", [(session.nick = nextNick(nick))]);
    connection.close();
    welcome.refused("", text);
  },
  nick({ isOwn, after, before }) {
    if (isOwn) storage.set("nick", after);
    else reclaim(before);
  },
  quit: ({ nick }) => reclaim(nick),
  closing({ text }) {
    lastWords = text;
    if (isInside()) note(text, true);
  },
};

// After a loss the server may still hold the old connection, and with it the nickname.
const nextNick = (nick) => `${nick.replace(/\d+$/, "").slice(0, 26)}${(Number(/\d+$/.exec(nick)?.[0]) || 1) + 1}`;

function reclaim(nick) {
  if (session && identity && !session.isMe(identity.nick) && session.fold(nick) === session.fold(identity.nick)) {
    session.send("NICK", [identity.nick]);
  }
}

// A password is kept only until this browser has a cookie instead.
async function stayLoggedIn() {
  const { account, login } = session;
  if (!account || !login?.password) return;
  identity = { nick: identity.nick, login: { account, password: login.password } };
  const isRemembered = session.has("draft/authtoken") && await stay(session);
  if (isRemembered) identity = { ...identity, login: { external: true } };
}

const logIn = (login) => new Promise((resolve, reject) => {
  if (!chat.isConnected) throw new Error("You are not connected.");
  loggingIn = { resolve, reject };
  session.logIn(login);
});

async function oper(name, password) {
  if (!session?.has("sasl")) throw new Error(inWords("no-secrets"));
  await session.ask("OPER", [name, password], { isQuiet: true });
  note("You are an operator of the server now.");
}

// What NickServ and ChanServ answer is no talk.
const service = (name, text) => act(async () => {
  const sentences = await askService(session, name, text).catch(({ message }) => [message]);
  showAnswer(name, sentences, { copy, note });
});

async function changePassword(password) {
  const [answer = ""] = await askService(session, "NickServ", `SET PASSWORD ${password}`);
  note(answer.replaceAll(password, "…"));
  session.login = { account: session.account, password };
  await stayLoggedIn(); // the cookie was for the old password
}

async function logOut() {
  if (!session?.account) throw new Error("You are not logged in.");
  await forget().catch(() => null);
  connection.close();
  storage.forget();
  tabStorage.forget();
  leave();
}

function leavePage() {
  sessionStorage.removeItem("chatroom.inside");
  app.replaceWith(welcome.node);
}

// Afterwards the page knows nothing of what was said. `why` is shown.
function leave(why = "") {
  sessionStorage.removeItem("chatroom.inside");
  sessionStorage.setItem("chatroom.left", why || " ");
  location.reload();
}

function quit() {
  session?.send("QUIT", []);
  connection.close();
  leave();
}

// What the parts may do

function join(name, key) {
  chat.join(name.split(",").map(onWire).join(","), key);
}

function open(room) {
  drawers.close();
  chat.open(room);
  if (room?.isJoined === false && chat.isConnected) chat.join(room.name);
  focusComposer();
}

// On a touch screen the focus would bring up the keyboard.
function focusComposer() {
  if (matchMedia("(hover: hover)").matches && chat.current) composer.focus();
}

function talk(nick, text) {
  const room = chat.room(nick);
  open(room);
  if (text) say(room, text);
}

/** Says what was typed behind a command. */
function say(room, text, more) {
  chat.saying.say(room, fromTyped(text, withEmoji), more);
}

function send(command, params) {
  act(() => session.send(command, params));
}

function act(does) {
  if (!chat.isConnected) throw new Error("You are not connected.");
  does(session);
}

function leaveRoom(name) {
  const room = name && chat.find(name);
  if (!room) throw new Error("You are not in that room.");
  chat.close(room);
}

async function showLine(line) {
  const room = chat.room(line.target);
  log.showTarget(line.id);
  await chat.openAt(room, line.id);
}

const copy = (text) => copyText(text, () => note("Copied."));
function stage(files, hasFolders = false) {
  if (!chat.current) return note("Open a room first, and then send the file there.", true);
  note(uploads.add(chat.current, files) || (hasFolders ? "A folder cannot be sent. Pack it into an archive first." : ""), true);
  focusComposer();
}

const lineAddress = (line) => `${location.href.split("#")[0]}${chat.current.hash}/${encodeURIComponent(line.id)}`;
const person = (nick) => openPerson(nick, { chat, talk, mention: (name) => composer.insert(`${name}: `) });
const search = (words) => openSearch({ chat, show: showLine, words });
const switcher = (name) => openSwitcher({ chat, open, join, talk, name });
const invite = (title) => openDialog("Invite people", [unfolding(title || "To this server", (body) => fillInvitation(body, { room: { title }, copy }), true)], { className: "small" });

function browse(pattern = "") {
  open(null);
  browser.find(pattern);
}
const about = (first) => openRoomInfo({ chat, copy, first });
const account = (kind, name) => askPassword(kind, { chat, name, actions: { logIn, oper, changePassword } });
const preferences = (first) => openSettings({ chat, account: { ask: account, logOut, leave: quit, service }, showKeys: () => showKeys(), changed: () => log.schedule(), first });

/** Words that count as one's name; each that is one already is taken away. */
function highlight(words) {
  words.forEach((word) => chat.highlights.set(word, !chat.highlights.has(word)));
  note(`You are also notified of: ${[...chat.highlights].join(", ") || "nothing but your name"}.`);
}

// The parts

const rowTools = new RowTools({
  chat,
  mayDelete: (line) => Boolean(session?.has("draft/message-redaction")) && (line.isOwn || isInCharge(chat, chat.current)),
  reply: (line) => composer.reply(line),
  copyLink: (line) => copy(lineAddress(line)),
});
const log = new Log({ chat, rowTools, openPerson: person });
const uploads = new Uploads({ chat, lookAt, restore: (room, words) => composer.restore(room, words) });
uploads.on("failed", (item) => note(`${item.file.name}: ${item.why}`, true));
const filePicker = new FilePicker({ chat, uploads, take: stage, note });
const composer = new Composer({
  chat, note, uploads, filePicker, tray: new Tray({ chat, uploads }),
  actions: {
    join, leave: leaveRoom, say, talk, person, search: (words) => search(words), browse, about, invite, service, highlight, quit, switcher, preferences, account, logOut, act, chat, note,
    chooseFiles(words) {
      if (words) composer.insert(words);
      filePicker.choose();
    },
    roomNames: () => [...new Set([...chat.rooms.filter((room) => !room.isTalk).map((room) => room.title), ...browser.names])],
    people: () => drawers.show("people"), reconnect: () => connection.reconnect(),
    send, ignore: (nick, isOn) => chat.setIgnored(nick, isOn), help: () => showKeys(), toEnd: () => log.toEnd(),
  },
});
const roomList = new RoomList({ chat, presence: new Presence(chat), openSwitcher: () => switcher(), browse: () => browse(), openSettings: () => preferences(), opened: open });
const people = new People({ chat, openPerson: person, close: () => drawers.close() });
const drawers = new Drawers({ rooms: roomList.node, people: people.node });
const topBar = new TopBar({ chat, openRooms: () => drawers.open("rooms"), togglePeople: () => drawers.toggle("people"), openSearch: () => search(""), openRoom: () => about() });
drawers.buttons = { people: topBar.peopleButton };
const browser = new Browse({ chat, join, copy });
const main = h("main", { class: "main" }, topBar.node, notes.bar, browser.node, log.node, composer.node);
const app = h("div", { class: "app" }, h("button", { type: "button", class: "skip", onclick: () => composer.focus() }, "Skip to the text field"), roomList.node, main, people.node, drawers.scrim, filePicker.target);
new Notifier({ chat, open });

const showKeys = installKeys({
  switcher: () => switcher(), reply: () => (log.selected?.id ? composer.reply(log.selected) : false), sheet: () => showKeys(), toLog: () => log.focusNewest(),
  nextUnread: () => open(chat.reading.nextUnread() ?? chat.current),
  escape() {
    if (drawers.close() || composer.escape()) return;
    log.toEnd();
    composer.focus();
  },
});

chat.on("note", note);
chat.on("invited", (by, target) => notes.show(`${by} invites you to ${target.replace(/^#/, "")}.`, false, { label: "Join", act: () => join(target) }));
chat.on("open", (room) => {
  log.node.hidden = !room;
  main.classList.toggle("browsing", !room);
  app.classList.toggle("in-talk", !room || room.isTalk);
  if (room) showAddress(room);
  focusComposer();
});

// The address: #general, #general/msgid, #@nick

// Each room is a place to which the browser's Back returns.
function showAddress({ hash }) {
  if (location.hash === hash || location.hash.startsWith(`${hash}/`)) return;
  history[location.hash ? "pushState" : "replaceState"](null, "", hash);
}

function followAddress() {
  const [place = "", id = ""] = location.hash.slice(1).split("/").map(decode);
  if (!/^(@[^:#]|[^@])/.test(place) || /[\s\0]/.test(place + id) || !chat.isConnected) return;
  const name = place.startsWith("@") ? place.slice(1) : onWire(place);
  const room = place.startsWith("@") ? chat.room(name) : chat.find(name);
  if (!room?.isJoined) {
    log.showTarget(id);
    chat.join(name);
    if (id) waitFor(name, id);
  } else if (id) showLine({ target: name, id });
  else if (room !== chat.current) open(room);
}

function waitFor(name, id) {
  const isHere = () => chat.find(name)?.history.isLoaded;
  let left = 200; // ten seconds: the room may refuse us
  const timer = setInterval(() => {
    if (!isHere() && --left) return;
    clearInterval(timer);
    if (left) showLine({ target: name, id });
  }, 50);
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

addEventListener("hashchange", () => {
  closeDialogs();
  followAddress();
});
addEventListener("beforeunload", (event) => uploads.isBusy && event.preventDefault());
addEventListener("focus", () => chat.reading.seen());
document.addEventListener("visibilitychange", () => chat.reading.seen());

function comeIn() {
  if (!identity.login) sessionStorage.setItem("chatroom.inside", "yes"); // a password is kept nowhere
  welcome.node.replaceWith(app);
  composer.focus();
}

document.body.append(welcome.node, notes.node, announcer.polite, announcer.alert);
welcome.focus();
// A reload comes in again by itself: by the cookie, or a guest by the name. Who has left, stays out.
const whyLeft = sessionStorage.getItem("chatroom.left");
sessionStorage.removeItem("chatroom.left");
const remembered = whyLeft ? "" : await rememberedAccount();
if (whyLeft) welcome.refused("", whyLeft.trim());
else if (remembered || (sessionStorage.getItem("chatroom.inside") && storage.get("nick"))) {
  identity = { nick: storage.get("nick") || remembered, login: remembered ? { external: true } : null };
  welcome.busy(true);
  connection.open();
}
