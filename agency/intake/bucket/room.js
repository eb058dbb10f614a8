// Limits how many parts are in memory at once. While a store is slower than homes, the others
// wait on disk (scratch.js).

import { about } from "./away.js";

export class Room {
  #free;
  #longest;
  #waiting = [];

  /** most: parts in memory. longest: milliseconds to wait for one of them. */
  constructor(most, longest) {
    this.#free = most;
    this.#longest = longest;
  }

  #turn() {
    return new Promise((resolve, reject) => {
      const go = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(Object.assign(new Error("no turn"), { code: "too slow" }));
      }, this.#longest);
      this.#waiting.push(go);
    });
  }

  /** Run `work`, which keeps a part in memory, when there is space for it. */
  async use(work) {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn().catch(about("bucket"));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
