// Loaded into an intake before its start: divides timeouts by six, and shifts the clock by the
// number of seconds in the file CLOCK.

import { readFileSync } from "node:fs";
import net from "node:net";

const BY = 6;
const hurried = (after) => (after >= 1000 ? after / BY : after);

const { setInterval: every, setTimeout: once } = globalThis;
globalThis.setTimeout = (work, after, ...more) => once(work, hurried(after), ...more);
// Run tasks of each minute every two seconds instead of every ten.
globalThis.setInterval = (work, after, ...more) => every(work, hurried(after) / 5, ...more);
const patient = net.Socket.prototype.setTimeout;
net.Socket.prototype.setTimeout = function (after, ...more) {
  return patient.call(this, hurried(after), ...more);
};
const end = AbortSignal.timeout;
AbortSignal.timeout = (after) => end(Math.ceil(hurried(after)));
const now = performance.now.bind(performance);
performance.now = () => now() * BY;

const { Date: Real } = globalThis;
function wrong() {
  try {
    return Number(readFileSync(process.env.CLOCK, "utf8")) * 1000;
  } catch {
    return 0;
  }
}
globalThis.Date = class Date extends Real {
  constructor(...parts) {
    if (parts.length === 0) super(Real.now() + wrong());
    else super(...parts);
  }

  static now() {
    return Real.now() + wrong();
  }
};
