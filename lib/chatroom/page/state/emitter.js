// Who wants to know of changes: on(topic, act), tell(topic, ...what).

export class Emitter {
  #listeners = new Map();

  on(topic, act) {
    const acts = this.#listeners.get(topic) ?? [];
    this.#listeners.set(topic, [...acts, act]);
    return this;
  }

  tell(topic, ...what) {
    for (const act of this.#listeners.get(topic) ?? []) act(...what);
  }
}
