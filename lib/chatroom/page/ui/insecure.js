// What an address without encryption cannot do, and how to change it.

import { h } from "./dom.js";

/** A paragraph that says so; null where the address is encrypted, or this machine's own. */
export function insecureNote() {
  if (isSecureContext) return null;
  const address = `https://${location.host}/`;
  return h("p", { class: "muted insecure" }, "This address is not encrypted. So the server takes no passwords, and the browser allows neither notifications nor copying with one click. ",
    "If the server has a certificate, all of it works at ", h("a", { href: address }, address), ".");
}
