// The composition: connection, session and state below, the parts of the page above.
//
//   protocol/  the IRC client, sans I/O        state/  rooms, counts, what the browser keeps
//   connection.js  the WebSocket               ui/     one file for each part of the page

import { Connection } from "./connection.js";
import { onWire } from "./protocol/names.js";
import { Session } from "./protocol/session.js";
import { Chat } from "./state/chat.js";
import { storage } from "./state/storage.js";
import { Uploads } from "./state/uploads.js";
import { Announcer } from "./ui/announcer.js";
import { Browse } from "./ui/browse.js";
import { Composer } from "./ui/composer.js";
import { copyText } from "./ui/dialogs.js";
import { h } from "./ui/dom.js";
import { Drawers } from "./ui/drawers.js";
import { FilePicker } from "./ui/filepicker.js";
import { installKeys } from "./ui/keys.js";
import { Log } from "./ui/log.js";
import { Notes } from "./ui/notes.js";
import { Notifier } from "./ui/notify.js";
import { People } from "./ui/people.js";
import { openPerson } from "./ui/person.js";
import { isInCharge, openRoomInfo } from "./ui/roominfo.js";
import { RoomList } from "./ui/roomlist.js";
import { RowTools } from "./ui/rowtools.js";
import { openSearch } from "./ui/search.js";
import { openSettings } from "./ui/settings.js";
import { lookAt } from "./ui/shrink.js";
import { openSwitcher } from "./ui/switcher.js";
import { applyTheme } from "./ui/theme.js";
import { TopBar } from "./ui/topbar.js";
import { Tray } from "./ui/tray.js";
import { Welcome } from "./ui/welcome.js";

applyTheme();

const chat = new Chat();
const announcer = new Announcer(chat);
const notes = new Notes(announcer);
const note = (text, isAlarm) => notes.show(text, isAlarm);
let identity = null; // {nick, login} with which to connect again
let session = null;
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

function closed({ reason, willRetry }) {
  chat.lost();
  session = null;
  if (!isInside() && willRetry) {
    connection.close();
    welcome.refused("", lastWords || reason || "The server cannot be reached.");
  } else if (willRetry) notes.connection("Not connected. Trying again …", () => connection.retryNow());
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
    identity = { ...identity, login: identity.login?.register ? { account: session.account, password: identity.login.password } : identity.login };
    if (!isInside()) comeIn();
    for (const name of chat.remembered) session.send("JOIN", [name]);
    followAddress();
    if (!chat.current) chat.open(null);
  },
  "login-refused"({ reason, text }) {
    connection.close();
    leavePage();
    welcome.refused(reason, text);
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

function leavePage() {
  sessionStorage.removeItem("chatroom.inside");
  app.replaceWith(welcome.node);
}

function quit() {
  session?.send("QUIT", []);
  connection.close();
  chat.lost();
  sessionStorage.removeItem("chatroom.inside");
  location.reload();
}

// What the parts may do

function join(name, key) {
  chat.join(onWire(name), key);
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
  if (text) chat.say(room, text);
}

function send(command, params) {
  if (!chat.isConnected) throw new Error("You are not connected.");
  session.send(command, params);
}

function leave(name) {
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
const browse = () => open(null);
const switcher = () => openSwitcher({ chat, open, join, talk });
const about = () => openRoomInfo({ chat, copy });
const preferences = () => openSettings({ chat, quit, showKeys: () => showKeys(), changed: () => log.schedule() });

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
    join, leave, say: (...what) => chat.say(...what), talk, person, search: (words) => search(words), browse, about, quit, switcher, preferences,
    roomNames: () => [...new Set([...chat.rooms.filter((room) => !room.isTalk).map((room) => room.title), ...browser.names])],
    people: () => drawers.show("people"), reconnect: () => connection.reconnect(),
    send, ignore: (nick, isOn) => chat.setIgnored(nick, isOn), help: () => showKeys(), toEnd: () => log.toEnd(),
  },
});
const roomList = new RoomList({ chat, openSwitcher: switcher, browse, openSettings: preferences, opened: open });
const people = new People({ chat, openPerson: person, close: () => drawers.close() });
const drawers = new Drawers({ rooms: roomList.node, people: people.node });
const topBar = new TopBar({ chat, openRooms: () => drawers.open("rooms"), togglePeople: () => drawers.toggle("people"), openSearch: () => search(""), openRoom: about });
drawers.buttons = { people: topBar.peopleButton };
const browser = new Browse({ chat, join });
const main = h("main", { class: "main" }, topBar.node, notes.bar, browser.node, log.node, composer.node);
const app = h("div", { class: "app" }, h("button", { type: "button", class: "skip", onclick: () => composer.focus() }, "Skip to the text field"), roomList.node, main, people.node, drawers.scrim, filePicker.target);
new Notifier({ chat, open });

const showKeys = installKeys({
  switcher, reply: () => (log.selected?.id ? composer.reply(log.selected) : false), sheet: () => showKeys(), toLog: () => log.focusNewest(),
  nextUnread: () => open(chat.nextUnread() ?? chat.current),
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
  if (!place || !chat.isConnected) return;
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
  const timer = setInterval(() => {
    if (!isHere()) return;
    clearInterval(timer);
    showLine({ target: name, id });
  }, 50);
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

addEventListener("hashchange", followAddress);
addEventListener("beforeunload", (event) => uploads.isBusy && event.preventDefault());
addEventListener("focus", () => chat.seen());
document.addEventListener("visibilitychange", () => chat.seen());

function comeIn() {
  if (!identity.login) sessionStorage.setItem("chatroom.inside", "yes"); // a password is kept nowhere
  welcome.node.replaceWith(app);
  composer.focus();
}

document.body.append(welcome.node, notes.node, announcer.polite, announcer.alert);
welcome.focus();
// A reload comes in again by itself: a guest needs no more than the name.
if (sessionStorage.getItem("chatroom.inside") && storage.get("nick")) {
  identity = { nick: storage.get("nick"), login: null };
  welcome.busy(true);
  connection.open();
}
