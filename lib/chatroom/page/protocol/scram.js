// SASL mechanisms (RFC 4616, RFC 5802 and 7677). Each is an async generator: it yields what to send,
// and is resumed with what the server answered. Bytes are "binary strings" until they are base64.

const utf8 = new TextEncoder();
const bytesOf = (text) => utf8.encode(text);
const toBase64 = (bytes) => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text) => Uint8Array.from(atob(text), (each) => each.charCodeAt(0));

/** mechanism -> (login, isSecure) -> generator of answers. The strongest first. */
export const MECHANISMS = {
  "EXTERNAL": { fits: (login) => Boolean(login.external), run: external },
  "SCRAM-SHA-256": { fits: (login) => Boolean(login.password && globalThis.crypto?.subtle), run: scram },
  "PLAIN": { fits: (login) => Boolean(login.password), run: plain },
};

/** The first mechanism of ours that the server offers ("" offers all) and the login fits. */
export function choose(login, offered) {
  const names = offered ? offered.split(",") : Object.keys(MECHANISMS);
  return Object.keys(MECHANISMS).find((name) => names.includes(name) && MECHANISMS[name].fits(login));
}

async function* external() {
  yield "";
}

async function* plain({ account, password }) {
  yield `${account}\0${account}\0${password}`;
}

async function* scram({ account, password }) {
  const nonce = toBase64(crypto.getRandomValues(new Uint8Array(18)));
  const first = `n=${account.replace(/=/g, "=3D").replace(/,/g, "=2C")},r=${nonce}`;
  const challenge = yield `n,,${first}`;
  const { r, s, i } = attributes(challenge);
  if (!r?.startsWith(nonce) || r === nonce || !s || !(i > 0)) throw new Error("The server's answer to SCRAM is wrong");
  const final = `c=biws,r=${r}`;
  const salted = await derive(password, fromBase64(s), Number(i));
  const clientKey = await hmac(salted, "Client Key");
  const storedKey = new Uint8Array(await crypto.subtle.digest("SHA-256", clientKey));
  const proved = `${first},${challenge},${final}`;
  const signature = await hmac(storedKey, proved);
  const proof = clientKey.map((byte, index) => byte ^ signature[index]);
  const { v } = attributes(yield `${final},p=${toBase64(proof)}`);
  const expected = await hmac(await hmac(salted, "Server Key"), proved);
  if (v !== toBase64(expected)) throw new Error("The server could not prove that it knows the password");
  yield "";
}

const attributes = (text) =>
  Object.fromEntries(text.split(",").map((each) => [each[0], each.slice(2)]));

async function derive(password, salt, iterations) {
  // SASLprep, as far as browsers have it: NFKC.
  const key = await crypto.subtle.importKey("raw", bytesOf(password.normalize("NFKC")), "PBKDF2", false, ["deriveBits"]);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations }, key, 256);
  return new Uint8Array(bits);
}

async function hmac(key, text) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytesOf(text)));
}

const PIECE = 400;

/** The AUTHENTICATE parameters for an answer: base64 in pieces, "+" for an empty last one. */
export function pieces(text) {
  const encoded = toBase64(bytesOf(text));
  const parts = encoded.match(/.{1,400}/g) ?? [];
  if (!parts.length || parts.at(-1).length === PIECE) parts.push("+");
  return parts;
}

/** The text in a server's base64 ("+" is empty). */
export const challengeText = (encoded) =>
  encoded === "+" || !encoded ? "" : new TextDecoder().decode(fromBase64(encoded));
