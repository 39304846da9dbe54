// Batches (IRCv3 batch): messages between BATCH +ref and BATCH -ref belong together.

const MOST_LINES = 10000; // of one open batch: a server that sends more is not waited for

/** Collects open batches. `finish(batch)` gets each when it is complete. */
export class Batches {
  #open = new Map();
  #finish;

  constructor(finish) {
    this.#finish = finish;
  }

  /** Whether the message was one of a batch, and is kept until the batch ends. */
  take(message) {
    if (message.command === "BATCH") {
      this.#mark(message);
      return true;
    }
    const batch = this.#open.get(message.tags.get("batch"));
    if (!batch) return false;
    if (batch.messages.length < MOST_LINES) batch.messages.push(message);
    return true;
  }

  #mark(message) {
    const [word = "", type = "", ...params] = message.params;
    const reference = word.slice(1);
    if (word.startsWith("+")) {
      this.#open.set(reference, { type, params, tags: message.tags, source: message.source, messages: [] });
      return;
    }
    const batch = this.#open.get(reference);
    if (!batch) return;
    this.#open.delete(reference);
    const parent = this.#open.get(batch.tags.get("batch"));
    if (!parent) this.#finish(batch);
    else if (batch.type === "draft/multiline") parent.messages.push(joined(batch));
    else parent.messages.push(...batch.messages);
  }
}

/** The one message that a draft/multiline batch is: its lines joined, its own tags and msgid. */
export function joined(batch) {
  const [first] = batch.messages;
  const text = batch.messages.reduce((before, message, index) => {
    const isConcat = message.tags.has("draft/multiline-concat");
    return before + (index && !isConcat ? "\n" : "") + (message.params.at(-1) ?? "");
  }, "");
  const tags = new Map([...(first?.tags ?? []), ...batch.tags]);
  tags.delete("batch");
  return {
    tags, source: first?.source ?? batch.source, command: first?.command ?? "PRIVMSG",
    params: [batch.params[0], text],
  };
}
