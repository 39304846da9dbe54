// What the browser keeps for this person: values by name, as JSON. Works without storage, too.

const PREFIX = "chatroom.";
const KEPT = ["settings", "nick", "way"];

function keptIn(area) {
  const memory = new Map(); // private windows and full disks: there the value lasts as long as the page
  return {
    get(name, otherwise = null) {
      try {
        return JSON.parse(memory.get(name) ?? globalThis[area].getItem(PREFIX + name)) ?? otherwise;
      } catch {
        return otherwise;
      }
    },
    set(name, value) {
      const text = value === null || value === "" ? null : JSON.stringify(value);
      memory.delete(name);
      try {
        if (text === null) globalThis[area].removeItem(PREFIX + name);
        else globalThis[area].setItem(PREFIX + name, text);
      } catch {
        memory.set(name, text);
      }
    },
    /** Forgets what one person read and wrote; the next one may be somebody else. */
    forget() {
      memory.clear();
      const keys = Object.keys(globalThis[area]).filter((key) => key.startsWith(PREFIX) && !KEPT.includes(key.slice(PREFIX.length)));
      keys.forEach((key) => globalThis[area].removeItem(key));
    },
  };
}

/** For all tabs. */
export const storage = keptIn("localStorage");
/** For this tab, also after a reload. */
export const tabStorage = keptIn("sessionStorage");

/** Settings with their defaults. */
const DEFAULTS = { theme: "auto", comings: true, sound: false, notify: false };

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

  [Symbol.iterator]() {
    return this.#names.values();
  }

  set(name, isIn) {
    this.#names[isIn ? "add" : "delete"](name);
    storage.set(this.#name, [...this.#names]);
  }
}
