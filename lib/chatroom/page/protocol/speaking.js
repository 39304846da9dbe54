// How something is said: one message, several none of which is longer than the server accepts, or a
// draft/multiline batch.

/** {maxBytes, maxLines} if the server takes multi-line messages, else null. */
export function multilineLimits(session) {
  if (!session.has("draft/multiline") || !session.has("batch")) return null;
  const value = new Map((session.offered.get("draft/multiline") ?? "").split(",").map((each) => each.split("=")));
  return { maxBytes: Number(value.get("max-bytes")) || 4096, maxLines: Number(value.get("max-lines")) || 100 };
}

const isOneMessage = (limits, text, count) => limits && count <= limits.maxLines && bytesIn(text) <= limits.maxBytes;

/** How many messages the lines of the text become: without draft/multiline each is one. */
export function countMessages(session, text) {
  const lines = text.split("\n");
  return isOneMessage(multilineLimits(session), text, lines.length) ? 1 : lines.filter((line) => line.trim()).length;
}

/** Sends the text and returns the label of its first message. */
export function speak(session, target, text, { kind, replyTo, tags: further }) {
  const command = kind === "notice" ? "NOTICE" : "PRIVMSG";
  const tags = { ...(replyTo && { "+reply": replyTo, "+draft/reply": replyTo }), ...further };
  const size = room(session, target) - (kind === "action" ? bytesIn("\x01ACTION \x01") : 0);
  const lines = text.split("\n").map((line) => split(line, size));
  const limits = multilineLimits(session);
  const count = lines.flat().length;
  if (count > 1 && kind !== "action" && isOneMessage(limits, text, count)) {
    return speakBatch(session, target, command, lines, tags);
  }
  let first = null;
  for (const part of lines.flat()) {
    if (!part) continue;
    const label = session.newLabel();
    first ??= label;
    const words = kind === "action" ? `\x01ACTION ${part}\x01` : part;
    session.send(command, [target, words], { ...tags, ...(label && { label }) });
  }
  return first ?? "";
}

let batches = 0;

function speakBatch(session, target, command, lines, tags) {
  const label = session.newLabel();
  const reference = `m${++batches}`;
  session.send("BATCH", [`+${reference}`, "draft/multiline", target], { ...tags, ...(label && { label }) });
  for (const parts of lines) {
    parts.forEach((part, index) => {
      const concat = index ? { "draft/multiline-concat": "" } : {};
      session.send(command, [target, part], { batch: reference, ...concat });
    });
  }
  session.send("BATCH", [`-${reference}`]);
  return label;
}

// Splitting

const LINE = 512; // bytes, with CR LF
const utf8 = new TextEncoder();

export const bytesIn = (text) => utf8.encode(text).length;

/** The bytes of text that fit into one message to `target`, as the others receive it. */
export function room(session, target) {
  const source = `:${session.nick}!${session.user || "12345678901234567890"}@${session.host || "x".repeat(63)} `;
  return LINE - 2 - bytesIn(`${source}PRIVMSG ${target} :`);
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The text in parts of at most `size` bytes, cut between words, else between graphemes. */
export function split(text, size) {
  const parts = [];
  let rest = text;
  while (bytesIn(rest) > size) {
    const head = prefix(rest, size);
    const space = head.lastIndexOf(" ");
    const at = space > head.length / 2 ? space : head.length;
    parts.push(rest.slice(0, at));
    rest = rest.slice(at).replace(/^ /, "");
  }
  return rest || !parts.length ? [...parts, rest] : parts;
}

/** The longest beginning of whole graphemes that fits; at least one code point. */
function prefix(text, size) {
  let used = 0;
  let end = 0;
  for (const { segment } of segmenter.segment(text.slice(0, size))) {
    used += bytesIn(segment);
    if (used > size) break;
    end += segment.length;
  }
  if (end) return text.slice(0, end);
  for (const point of text) {
    used = bytesIn(text.slice(0, end + point.length));
    if (end && used > size) break;
    end += point.length;
  }
  return text.slice(0, end);
}
