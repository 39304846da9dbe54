// How files come into the page: chosen by the button, pasted, or dropped anywhere in the window.

import { h, iconButton } from "./dom.js";

const isDialogOpen = () => Boolean(document.querySelector("dialog[open]"));

export class FilePicker {
  /** take(files): stages them. */
  constructor({ chat, uploads, take, note }) {
    this.#chat = chat;
    this.#take = take;
    this.input = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Files", onchange: () => {
      take([...this.input.files]);
      this.input.value = "";
    } });
    this.choose = () => (uploads.refusal ? note(uploads.refusal, true) : this.input.click());
    this.button = iconButton("clip", "Send files", this.choose);
    this.target = h("div", { class: "drop-target", hidden: true, "aria-hidden": "true" });
    uploads.on("terms", () => {
      this.button.hidden = !uploads.terms;
      this.button.classList.toggle("unable", Boolean(uploads.refusal));
      this.button.title = uploads.refusal || "Send files";
    });
    this.button.hidden = true;
    this.#listen(uploads, note);
  }

  #chat;
  #take;

  #listen(uploads, note) {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    // Whatever happens to it, a dropped file must not replace the page.
    document.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    document.addEventListener("dragenter", (event) => hasFiles(event) && this.#show());
    this.target.addEventListener("dragleave", () => (this.target.hidden = true));
    document.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      this.target.hidden = true;
      const entries = [...event.dataTransfer.items].filter(({ kind }) => kind === "file");
      const files = entries.filter((each) => !each.webkitGetAsEntry?.()?.isDirectory).map((each) => each.getAsFile());
      if (!isDialogOpen()) this.#take(files, files.length < entries.length);
    });
    document.addEventListener("paste", (event) => {
      if (isDialogOpen()) return;
      const { files, types } = event.clipboardData;
      const text = event.clipboardData.getData("text/plain");
      const field = event.target;
      if (field.type === "textarea" && field.value.length + text.length > field.maxLength) {
        event.preventDefault(); // the field would cut it without a word
        if (uploads.refusal) note("That is too long for a message.", true);
        else this.#take([new File([text], "text.txt", { type: "text/plain" })]);
        return;
      }
      // Office programs put a picture of each text beside it.
      if (!files.length || types.includes("text/plain")) return;
      event.preventDefault();
      this.#take([...files]);
    });
  }

  #show() {
    const room = this.#chat.current;
    if (!room || isDialogOpen() || !this.target.isConnected) return;
    this.target.textContent = `Drop files here to send them to ${room.title}.`;
    this.target.hidden = false;
  }
}
