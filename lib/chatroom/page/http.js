// What goes over HTTP: staying logged in by a cookie, which no script can read, the account's other browsers
// and tokens (docs/api.md), and files on their way to the server (docs/files.md).

async function fetched(path, options) {
  const answer = await fetch(path, options);
  if (answer.ok) return answer;
  throw Object.assign(new Error((await answer.text()).trim()), { status: answer.status });
}

/** The account to which this browser's cookie belongs; "" if to none. */
export async function rememberedAccount() {
  try {
    return (await (await fetched("session")).json()).account ?? "";
  } catch {
    return "";
  }
}

/** A ticket for a service over HTTP, good once (draft/authtoken). Rejects if there is none for this person. */
export async function ticket(session, service) {
  const { messages } = await session.ask("TOKEN", ["GENERATE", service], { isQuiet: true });
  return messages.find(({ command }) => command === "TOKEN").params.at(-1);
}

/** Lets this browser stay logged in to the session's account. Returns whether it does. */
export async function stay(session) {
  try {
    await fetched("session", { method: "POST", headers: { Authorization: `Bearer ${await ticket(session, "SESSION")}` } });
    return true;
  } catch {
    return false; // over plain http from another machine, for example: until the page is closed then
  }
}

/** Revokes this browser's cookie. */
export const forget = () => fetched("session", { method: "DELETE" });

/** [{name, kind, host, agent, used, created, here}] */
export const devices = async () => (await fetched("tokens")).json();

export const revoke = (name) => fetched(`tokens/${encodeURIComponent(name)}`, { method: "DELETE" });

/** Why the server refuses this address, such as a ban; "" if it does not, or cannot be reached. */
export async function whyRefused() {
  return fetched("session").then(() => "", ({ status, message }) => ([403, 429].includes(status) ? message : ""));
}

// Files

/** The file was not stored; `message` is a sentence for the person. retryAfter: seconds, if the server asks to try again. */
export class NotStored extends Error {}

/** {limit, guests} of the server's files; null if it takes none. limit: bytes. */
export async function uploadTerms() {
  const { ok, headers } = await fetch("/files", { method: "OPTIONS" });
  if (!ok) return null;
  return { limit: Number(/maxsize=(\d+)/.exec(headers.get("Upload-Limit"))?.[1] ?? Infinity), guests: headers.get("Upload-Guests") === "yes" };
}

/**
 * Resolves with what the server says of the file: {url, name, size, type}; rejects with NotStored.
 * signal: an AbortSignal. progress(part) gets numbers from 0 to 1. Without a ticket the cookie counts.
 */
export function transfer(file, name, { ticket, signal, progress }) {
  const request = new XMLHttpRequest(); // fetch does not tell how much it has sent
  request.open("POST", "/files");
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.setRequestHeader("Content-Disposition", `attachment; filename*=UTF-8''${encodeURIComponent(name.toWellFormed?.() ?? name)}`);
  if (ticket) request.setRequestHeader("Authorization", `Bearer ${ticket}`);
  request.upload.onprogress = ({ loaded, total }) => total && progress(loaded / total);
  signal.addEventListener("abort", () => request.abort());
  return new Promise((resolve, reject) => {
    const fail = (words, retryAfter = null) => reject(Object.assign(new NotStored(words), { retryAfter }));
    request.onerror = () => fail("The connection was lost while the file was sent, or the file cannot be read.");
    request.onabort = () => fail("Cancelled.");
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText));
      else fail(WORDS[request.status] ?? (request.responseText.trim().slice(0, 300) || `The server refused the file (${request.status}).`), pauseOf(request));
    };
    request.send(file);
  });
}

// Only an answer that asks for a short pause is worth waiting for, such as that of a server during an upgrade.
function pauseOf(request) {
  const seconds = Number.parseInt(request.getResponseHeader("Retry-After"), 10);
  return request.status === 503 && seconds <= 10 ? seconds : null;
}

// The server's own sentences are for curl.
const WORDS = { 401: "Only people who are logged in to an account may send files here." };
