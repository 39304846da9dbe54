// What the browser keeps for this person: values by name, as JSON. Works without storage, too.

const PREFIX = "chatroom.";

export const storage = {
  get(name, otherwise = null) {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + name)) ?? otherwise;
    } catch {
      return otherwise;
    }
  },
  set(name, value) {
    try {
      if (value === null || value === "") localStorage.removeItem(PREFIX + name);
      else localStorage.setItem(PREFIX + name, JSON.stringify(value));
    } catch {
      // private windows and full disks: the value lasts as long as the page
    }
  },
};

/** Settings with their defaults. */
const DEFAULTS = { theme: "auto", density: "cosy", comings: true, sound: false, notify: false, typing: true };

export const settings = {
  get: (name) => ({ ...DEFAULTS, ...storage.get("settings", {}) })[name],
  set: (name, value) => storage.set("settings", { ...storage.get("settings", {}), [name]: value }),
};

/** A set of names that the browser keeps. */
export class StoredNames {
  constructor(name) {
    this.#name = name;
    this.#names = new Set(storage.get(name, []));
  }

  #name;
  #names;

  has(name) {
    return this.#names.has(name);
  }

  set(name, isIn) {
    this.#names[isIn ? "add" : "delete"](name);
    storage.set(this.#name, [...this.#names]);
  }
}
