// The parts of a room's dialog: inviting, settings, bans, owners, audit; each for those who may use it.

import { ADMIN, HALF_OPERATOR, MODES, OPERATOR, OWNER, audit, listed, modeChange, standing } from "../protocol/moderation.js";
import { bare, onWire } from "../protocol/names.js";
import { askService } from "../protocol/talk.js";
import { button, checkbox, confirm, copyable, field, outcome, unfolding } from "./dialogs.js";
import { clock, dayName, h } from "./dom.js";

/** `by`: from which standing on a part is shown. `fill(body, about)`: about is {session, room, channel, own, copy}. */
const PARTS = [
  { id: "invite", title: "Invite people", by: 0, fill: fillInvitation },
  { id: "settings", title: "Settings", by: 0, fill: fillSettings },
  { id: "bans", title: "Bans and mutes", by: 0, fill: listPart("b", "Nobody is banned or muted.", ({ isMute }) => (isMute ? " is muted" : " is banned")) },
  { id: "invites", title: "Who may enter uninvited", by: HALF_OPERATOR, fill: listPart("I", "Only people who are invited, where the room is for them only.", () => " may enter") },
  { id: "owners", title: "Name and owners", by: 0, fill: fillOwners },
  { id: "audit", title: "What was done here", by: OPERATOR, fill: fillAudit },
];

/** The parts for this person; the one called `first` is open. */
export function roomParts(room, { session, copy, first }) {
  const channel = session?.channel(room.name);
  if (!channel) return [];
  const about = { session, room, channel, copy, get own() {
    return standing(session, channel, session.nick);
  } };
  const shown = PARTS.filter(({ by }) => about.own >= by);
  return [first && !shown.some(({ id }) => id === first) && h("p", { class: "error" }, "Only those in charge of the room see that."),
    shown.map(({ id, title, fill }) => unfolding(title, (body) => fill(body, about), id === first))];
}

const LOOPBACK = /^(localhost|127\.|\[::1\])/;

/** The server knows its public address (web.url). */
async function invitationLink(title) {
  const answer = await fetch(`invite?${new URLSearchParams({ room: title })}`);
  const text = (await answer.text()).trim();
  if (!answer.ok) throw new Error(text);
  return text;
}

/** `room` null: to the server. With a session, one may also invite a person by name. */
export async function fillInvitation(body, { room, copy, session }) {
  const title = room?.title ?? "";
  const link = await invitationLink(title);
  body.append(h("img", { class: "qr", src: `invite.svg?${new URLSearchParams({ room: title })}`, alt: "QR code of the link", width: "200", height: "200" }),
    copyable(link, copy));
  if (LOOPBACK.test(new URL(link).host)) body.append(h("p", { class: "muted" }, "This link works on this computer only. Open the page by the computer's name or address to get one for others."));
  if (session) body.append(inviting(session, room));
}

function inviting(session, room) {
  const input = h("input", { type: "text", maxlength: "50", autocomplete: "off", placeholder: "Nickname", "aria-label": "Nickname" });
  const result = outcome();
  return h("div", { class: "invite" }, inRow(input, button("Invite", () =>
    input.value.trim() && result.of(session.ask("INVITE", [input.value.trim(), room.name]), () => (input.value = "")))), result.node);
}

const inRow = (...nodes) => h("div", { class: "find" }, nodes);

async function fillSettings(body, { session, room, channel, own }) {
  await session.ask("MODE", [room.name]);
  const known = session.isupport.get("CHANMODES") ?? "";
  const valueOf = ({ letter, parameter }) => (parameter ? channel.modes.get(letter) ?? "" : channel.modes.has(letter));
  const rows = MODES.filter(({ letter, by }) => known.includes(letter) && own >= by);
  if (!rows.length) {
    const set = MODES.filter(({ letter }) => channel.modes.has(letter)).map((row) => h("li", {}, row.label, row.letter !== "k" && row.parameter && `: ${valueOf(row)}`));
    return void body.append(set.length ? h("ul", { class: "rows-of" }, set) : h("p", { class: "muted" }, "The room is open to everybody."));
  }
  const before = Object.fromEntries(rows.map((row) => [row.letter, valueOf(row)]));
  const after = { ...before };
  const result = outcome();
  body.append(...rows.map(({ letter, label, parameter }) => {
    if (!parameter) return checkbox(label, before[letter], (isOn) => (after[letter] = isOn));
    const input = h("input", { type: parameter, min: "1", value: before[letter], autocomplete: "off", onchange: () => (after[letter] = input.value.trim()) });
    return field(label, input);
  }), result.node, h("div", { class: "buttons" }, button("Save settings", () => {
    const change = modeChange(before, after);
    if (change.length) result.of(session.ask("MODE", [room.name, ...change]), () => Object.assign(before, after));
  }, "primary")));
}

/** A part that shows the list of a mode. `words(entry)`: what holds for who is in it. */
function listPart(letter, nobody, words) {
  return async (body, { session, room, own }) => {
    const found = await listed(session, room.name, letter);
    const result = outcome();
    body.append(found.length ? h("ul", { class: "rows-of" }, found.map((entry) => {
      const row = h("li", {}, h("div", { class: "what" }, h("bdi", {}, h("strong", {}, entry.shown)), words(entry),
        h("small", {}, ` by ${entry.by}, ${dayName(entry.time)} ${clock(entry.time)}${entry.words ? `; ${entry.words}` : ""}`)),
      own >= HALF_OPERATOR && button("Lift", () => result.of(session.ask("MODE", [room.name, `-${letter}`, entry.mask]), () => row.remove())));
      return row;
    })) : h("p", { class: "muted" }, nobody), result.node);
  };
}

async function fillAudit(body, { session, room }) {
  const deeds = await audit(session, room.name);
  body.append(deeds.length ? h("ul", { class: "rows-of" }, deeds.map(({ time, text }) =>
    h("li", {}, h("bdi", { class: "what" }, text), h("small", {}, `${dayName(time)} ${clock(time)}`)))) : h("p", { class: "muted" }, "Nothing was done here yet."));
}

async function fillOwners(body, about) {
  const { session, room, own } = about;
  const result = outcome();
  const ask = (word) => result.of(askService(session, "ChanServ", `${word} ${room.name}`), refill);
  const refill = async (said = []) => {
    body.replaceChildren();
    await fillOwners(body, about);
    body.prepend(h("div", { role: "status" }, said.map((each) => h("p", {}, each))));
  };
  const sentences = await askService(session, "ChanServ", `INFO ${room.name}`);
  const belongs = !sentences.some((each) => /belongs to nobody/.test(each));
  const isOffered = sentences.some((each) => /not accepted/.test(each) && each.toLowerCase().includes(session.account.toLowerCase()));
  body.append(...sentences.map((each) => h("p", { class: "muted" }, each)), result.node);
  if (own >= ADMIN || (!belongs && own >= OPERATOR)) body.append(renaming(session, room, result));
  if (own === OWNER) body.append(handingOver(session, room, result));
  body.append(h("div", { class: "buttons" },
    !belongs && own >= OPERATOR && (session.account ? button("Make this room mine", () => ask("REGISTER"), "primary") : h("p", { class: "muted" }, "With an account you could make this room yours, so that it stays.")),
    isOffered && session.account && button("Accept the room", () => ask("ACCEPT"), "primary"),
    own === OWNER && button("Give up my rank", () => result.of(session.ask("MODE", [room.name, "-q", session.nick]), () => refill())),
    own === OWNER && belongs && button("Give up the room", async () => {
      if (await confirm(`Give up ${room.title}?`, "It belongs to nobody then, and ends when the last person leaves.", "Give up")) ask("DROP");
    }, "danger")));
}

function renaming(session, room, result) {
  const input = h("input", { type: "text", maxlength: "50", value: bare(room.name), autocomplete: "off", "aria-label": "Name of the room" });
  return h("div", { class: "setting column" }, h("span", {}, "Name"), inRow(input, button("Rename", () => {
    const name = onWire(input.value.trim());
    if (name !== room.name && name !== "#") result.of(session.ask("RENAME", [room.name, name, ""]));
  })));
}

function handingOver(session, room, result) {
  const input = h("input", { type: "text", maxlength: "50", autocomplete: "off", "aria-label": "Nickname or account" });
  return h("div", { class: "setting column" }, h("span", {}, "Another owner"), inRow(input, button("Make an owner", () =>
    input.value.trim() && result.of(session.ask("MODE", [room.name, "+q", input.value.trim()]), () => (input.value = "")))),
  h("small", {}, "To hand the room over, give up your rank when they have accepted it."));
}
