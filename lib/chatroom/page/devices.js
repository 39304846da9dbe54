// Staying logged in: this browser's cookie, which no script can read, and the account's other browsers
// (docs/api.md). Everything here is HTTP.

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
