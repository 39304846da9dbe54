// Files in messages: an address in this server's /files/, and tags that say more (docs/files.md). Sans I/O.
//
//   @+chatroom/file=1234567\sapplication/pdf\sreport.pdf PRIVMSG #x :report.pdf (1.2 MB) https://HOST/files/ID/report.pdf
//
// A tag is what the sender says. What a file is, the server decides when it is fetched.

import { plain, unformatted } from "./formatting.js";

const FILE_TAG = "+chatroom/file";
const IMAGE_TAG = "+chatroom/image"; // width and height of a picture: 1600x1200
const MOST = 20; // files of one message

const ADDRESS = /https?:\/\/[^\s/]+(?:\/[^\s/]+){0,3}?\/files\/([\w-]{22})\/([^\s/?#]+)/g;
const TAG = /^(\d{1,15}) ([a-z]+\/[a-z0-9.+-]{1,60}) (.+)$/s;

/** The tags of a message that shows a file; width and height if it is a picture. */
export function tagsFor({ size, type, name, width, height }) {
  return { [FILE_TAG]: `${size} ${type} ${name}`, ...(width && { [IMAGE_TAG]: `${width}x${height}` }) };
}

/** The text of that message, which is for everybody. */
export const textFor = ({ name, size, url }, words = "") => `${words} ${name} (${sizeInWords(size)}) ${url}`.trim();

/** What the tags of a message say: {size, type, name, width, height}; null without a tag that can be read. */
export function attachmentIn(tags) {
  const [, size, type, name] = TAG.exec(tags.get(FILE_TAG) ?? "") ?? [];
  if (!type) return null;
  const [, width, height] = /^(\d{1,6})x(\d{1,6})$/.exec(tags.get(IMAGE_TAG) ?? "") ?? [];
  return { size: Number(size), type, name: safeName(name), width: Number(width ?? 0), height: Number(height ?? 0) };
}

/**
 * {text, files} of a line: the text that is left when the files are shown, and the files: {id, name, isOwn,
 * size, type, width, height}. `isOwn(address)` tells whether that is how the page's server is called; of
 * other names only a look at the server shows whether they mean it. size is null and type "" if not said.
 * Own addresses that stay in the text get the page's `origin`, where its reader reaches the server.
 */
export function filesOf({ text, attachment }, isOwn, origin = "") {
  if (!text.includes("/files/")) return { text, files: [] };
  const found = [...unformatted(text).matchAll(ADDRESS)].slice(0, MOST);
  const ids = new Map(found.map((match) => [match[1], match]));
  const files = [...ids.values()].map(([address, id, name], index) => {
    const plain = { size: null, type: typeByName(name), name: safeName(decoded(name)) };
    return { ...plain, ...(index === 0 && attachment), id, isOwn: isOwn(address) };
  });
  const left = files[0]?.isOwn ? withoutAddress(text, found[0][0], attachment) : text;
  return { text: origin ? left.replace(ADDRESS, (address, id, name) => (isOwn(address) ? `${origin}/files/${id}/${name}` : address)) : left, files };
}

// "look! report.pdf (1.2 MB) ADDRESS" is "look!" with a card below.
function withoutAddress(text, address, attachment) {
  if (text.trim() === address) return "";
  const before = text.endsWith(address) ? text.slice(0, -address.length) : "";
  const name = before.replace(/ \([\d.]{1,5} \w{1,5}\) $/, "");
  return attachment && name !== before && name.endsWith(attachment.name) ? name.slice(0, -attachment.name.length).trimEnd() : text;
}

/**
 * Whether the address of a file is of a server with these origins. A server hands out the address at which
 * the uploader reached it, such as 127.0.0.1: so any IP address with the server's port is taken for it.
 */
export function isOfServer(address, origins) {
  const own = origins.filter(Boolean);
  if (own.some((origin) => address.startsWith(`${origin}/files/`))) return true;
  const url = placeIn(address);
  return Boolean(url && IP.test(url.hostname) && own.some((origin) => placeIn(origin)?.port === url.port));
}

const IP = /^(?:\d+\.\d+\.\d+\.\d+|\[[\da-f:.]+\]|localhost)$/;

function placeIn(address) {
  try {
    const { protocol, hostname, port } = new URL(address);
    return { hostname, port: port || (protocol === "https:" ? "443" : "80") };
  } catch {
    return null;
  }
}

/** What is read out or quoted of a line: without addresses of files. */
export function spokenText(line) {
  const text = plain(line.text);
  if (!text.includes("/files/")) return text;
  return text.replace(ADDRESS, (address, id, name) => (line.attachment ? "" : safeName(decoded(name)))).trim();
}

/** Where the page's own server has the file. */
export const addressOf = ({ id, name }) => `/files/${id}/${encodeURIComponent(name.toWellFormed?.() ?? name)}`;

const TYPES = {
  image: ["png", "jpg", "jpeg", "gif", "webp", "avif"], video: ["mp4", "webm", "mov"], audio: ["mp3", "ogg", "opus", "m4a", "flac", "wav"],
};

// For messages without a tag. Whether it is true shows when the browser loads the file.
function typeByName(name) {
  const ending = /\.(\w{2,4})$/.exec(name)?.[1].toLowerCase();
  return Object.keys(TYPES).map((kind) => TYPES[kind].includes(ending) && `${kind}/*`).find(Boolean) || "";
}

/** A name that somebody else chose, without what could mislead: controls, reversals, folders. */
export function safeName(name) {
  const visible = name.replace(/\s+/g, " ").replace(/\p{C}/gu, "").split(/[/\\]/).pop().trim();
  return visible.length > 120 ? `${visible.slice(0, 90)}…${visible.slice(-25)}` : visible || "file";
}

function decoded(name) {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** `1.2 MB`; the units are powers of 1000, as disks have them. */
export function sizeInWords(size) {
  if (size < 1000) return size === 1 ? "1 byte" : `${size} bytes`;
  let number = size;
  for (const unit of ["KB", "MB", "GB", "TB"]) {
    number /= 1000;
    if (number < 999.5 || unit === "TB") return `${number < 9.95 ? number.toFixed(1) : number.toFixed(0)} ${unit}`;
  }
}
