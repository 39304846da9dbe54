// The WebSocket: opens it, and opens it again after a loss, ever more slowly.

const FIRST_WAIT = 500; // ms
const LONGEST_WAIT = 30000;
const SILENCE = 90000; // ms without a line after which the connection is tried with a PING
const PATIENCE = 20000; // ms for its answer

/** The address of the page's own server. */
export function ownAddress({ protocol, host } = location) {
  return `${protocol === "https:" ? "wss:" : "ws:"}//${host}/irc`;
}

/** ms before the attempt of that number, spread so that not everybody returns at once. */
export function pause(attempt, random = Math.random) {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt) * (0.7 + 0.6 * random());
}

export class Connection {
  /**
   * opened(), received(line), closed({code, reason, willRetry, wasOpen}) are called. `isWanted` ends with `close`.
   */
  constructor({ address = ownAddress(), opened, received, closed }) {
    Object.assign(this, { address, opened, received, closed });
    addEventListener("online", () => this.retryNow());
  }

  #socket = null;
  #attempt = 0;
  #timer = 0;
  #watch = 0;
  #wasOpen = false;
  isWanted = false;

  open() {
    this.isWanted = true;
    clearTimeout(this.#timer);
    const socket = new WebSocket(this.address, ["text.ircv3.net"]);
    this.#socket = socket;
    const current = (act) => (event) => this.#socket === socket && act(event);
    this.#wasOpen = false;
    socket.onopen = current(() => {
      this.#wasOpen = true;
      this.#listen();
      this.opened();
    });
    socket.onmessage = current(({ data }) => {
      this.#listen();
      this.received(data);
    });
    socket.onclose = current((event) => this.#lost(event));
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  write(line) {
    if (this.isOpen) this.#socket.send(line);
  }

  /** The session works: the next loss is tried again soon. */
  succeeded() {
    this.#attempt = 0;
  }

  close() {
    this.isWanted = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#watch);
    this.#socket?.close(1000);
  }

  retryNow() {
    if (this.isWanted && !this.#socket) this.open();
  }

  /** Ends the connection, and opens another one at once. */
  reconnect() {
    this.#attempt = 0;
    if (this.#socket) this.#giveUp();
    this.retryNow();
  }

  // A network that went away is not noticed by TCP for minutes.
  #listen() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.write("PING :still-there");
      this.#watch = setTimeout(() => this.#giveUp(), PATIENCE);
    }, SILENCE);
  }

  #giveUp() {
    const socket = this.#socket;
    this.#lost({ code: 1006, reason: "" });
    socket?.close();
  }

  #lost({ code, reason }) {
    this.#socket = null;
    clearTimeout(this.#watch);
    if (this.isWanted) this.#timer = setTimeout(() => this.open(), pause(this.#attempt++));
    this.closed({ code, reason, willRetry: this.isWanted, wasOpen: this.#wasOpen });
  }
}
