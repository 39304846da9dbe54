// Long texts: several lines, none of which is longer than the server accepts.

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
