// Keeping a room in order: bans and mutes with a time, their list, the audit. As the terminal client does it.

const FOR_EVER = "0";
const LIFTED = "-";
const SPAN = /^(\d+[smhdw])+$/i;

/** `2h so much spam` -> ["2h", "so much spam"]; a word that is no time belongs to the reason. */
export function timeAndReason(text = "") {
  const [, first, rest] = /^(\S*)\s*(.*)$/s.exec(text.trim());
  return SPAN.test(first) ? [first, rest] : [FOR_EVER, text.trim()];
}

/** `m:` with what the server wants in front of it. */
function mutePrefix(session) {
  const [sign = "", letters = ""] = (session.isupport.get("EXTBAN") ?? ",").split(",");
  if (!letters.includes("m")) throw new Error("This server cannot mute people.");
  return `${sign}m:`;
}

const whom = (session, who, isMute) => (isMute ? mutePrefix(session) + who : who);

/** Bans or mutes somebody; a member who is banned is removed as well. */
export function ban(session, room, who, { time = FOR_EVER, reason = "", isMute = false }) {
  const words = reason ? [reason] : [];
  session.send("TBAN", [room, time, whom(session, who, isMute), ...words]);
  if (!isMute && session.channel(room)?.members.has(session.fold(who))) session.send("KICK", [room, who, ...words]);
}

export function lift(session, room, who, isMute = false) {
  session.send("TBAN", [room, LIFTED, whom(session, who, isMute)]);
}

/** The bans and mutes of a room: [{mask, shown, isMute, by, time, words}]. */
export async function bans(session, room) {
  const { messages } = await session.ask("MODE", [room, "b"], { isQuiet: true });
  return messages.filter(({ command }) => command === "367").map(({ params: [, , mask, by, time, words = ""] }) => {
    const isMute = /^\W?m:/.test(mask);
    const shown = mask.replace(/^\W?m:/, "").replace(/^\W?a:(.*)/, "account $1").replace(/!\*@\*$/, "").replace(/^\*!\*@/, "");
    return { mask, shown, isMute, by: by.split("!")[0], time: Number(time) * 1000, words };
  });
}

/** What was done in the room, the latest first: [{time, text}]. */
export async function audit(session, room, most = 100) {
  const { messages } = await session.ask("AUDIT", [room, most], { isQuiet: true });
  return messages.filter(({ command, params }) => command === "NOTE" && params[1] === "ENTRY").map(({ params }) => {
    const [, date, clock, text] = /^(\S+) (\S+) (.*)$/s.exec(params.at(-1)) ?? ["", "", "", params.at(-1)];
    return { time: Date.parse(`${date}T${clock}Z`), text: text.replace(/^([^\s!]+)!\S+/, "$1").replace(/^(\S+) \(\1\)/, "$1") };
  }).reverse();
}

/** Asks ChanServ, and resolves with what it says. */
export async function askChanServ(session, ...words) {
  const { messages } = await session.ask("PRIVMSG", ["ChanServ", words.join(" ")], { isQuiet: true });
  return messages.filter(({ command }) => command === "NOTICE").map(({ params }) => params[1]);
}
