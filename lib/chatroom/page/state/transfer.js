// One file on its way to the server: POST /files (docs/files.md), with progress.

/** The file was not stored; `message` is a sentence for the person. */
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
    const fail = (words) => reject(new NotStored(words));
    request.onerror = () => fail("The connection was lost while the file was sent, or the file cannot be read.");
    request.onabort = () => fail("Cancelled.");
    request.onload = () => {
      if (request.status === 201) resolve(JSON.parse(request.responseText));
      else fail(WORDS[request.status] ?? (request.responseText.trim().slice(0, 300) || `The server refused the file (${request.status}).`));
    };
    request.send(file);
  });
}

// The server's own sentences are for curl.
const WORDS = { 401: "Only people who are logged in to an account may send files here." };
