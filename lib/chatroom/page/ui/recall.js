// What one has sent in a room, to take it back into the text field. No DOM.

import { unformatted } from "../protocol/formatting.js";

const MOST = 50;

export class Recall {
  #sent = new Map(); // room -> texts, the newest first
  #at = -1; // which of them is in the field
  #shown = "";

  add(room, text) {
    this.#at = -1;
    this.#sent.set(room, [text, ...this.#texts(room).filter((each) => each !== text)].slice(0, MOST));
  }

  /**
   * The text that is `step` older than what the field has; null where the arrow key only moves the cursor,
   * because something else has been typed.
   */
  step(room, step, typed) {
    if (!typed) this.#at = -1;
    else if (typed !== this.#shown || this.#at < 0) return null;
    const texts = this.#texts(room);
    const at = this.#at + step;
    if (at < -1 || at >= texts.length) return null;
    this.#at = at;
    this.#shown = texts[at] ?? "";
    return this.#shown;
  }

  // After a reload only the log knows.
  #texts(room) {
    return this.#sent.get(room) ?? room.history.lines
      .filter((line) => line.isOwn && line.kind === "message" && line.text)
      .map((line) => unformatted(line.text)).reverse().slice(0, MOST);
  }
}
