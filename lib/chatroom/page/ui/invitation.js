// The link and the QR code that lead into a room, or to the server.

import { h } from "./dom.js";
import { button } from "./forms.js";

const LOOPBACK = /^(localhost|127\.|\[::1\])/;

/** The server knows its public address (web.url). */
export async function invitationLink(title = "") {
  const answer = await fetch(`invite?${new URLSearchParams({ room: title })}`);
  const text = (await answer.text()).trim();
  if (!answer.ok) throw new Error(text);
  return text;
}

/** `room` null: to the server. */
export async function fillInvitation(body, { room, copy }) {
  const title = room?.title ?? "";
  const link = await invitationLink(title);
  const field = h("input", { type: "text", readonly: true, value: link, "aria-label": "Link", onfocus: () => field.select() });
  body.append(h("img", { class: "qr", src: `invite.svg?${new URLSearchParams({ room: title })}`, alt: "QR code of the link", width: "200", height: "200" }),
    h("div", { class: "find" }, field, button("Copy link", () => copy(link), "primary")));
  if (LOOPBACK.test(new URL(link).host)) body.append(h("p", { class: "muted" }, "This link works on this computer only. Open the page by the computer's name or address to get one for others."));
}
