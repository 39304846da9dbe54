// TOKEN (draft/authtoken): a ticket for the server's services over HTTP, good once, within five minutes.

/** The ticket for a service (SESSION, FILEHOST); "" if the server has none for this person. */
export async function ticket(session, service) {
  if (!session?.account || !session.has("draft/authtoken")) return "";
  const { messages } = await session.ask("TOKEN", ["GENERATE", service]);
  return messages.find(({ command }) => command === "TOKEN")?.params[3] ?? "";
}
