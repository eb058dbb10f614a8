// Loaded into an intake before it starts: its patience is a sixth as long as in truth, and its
// clock is wrong by as many seconds as the file CLOCK says just then.

import { readFileSync } from "node:fs";
import net from "node:net";

const BY = 6;
const hurried = (after) => (after >= 1000 ? after / BY : after);

const { setInterval: every, setTimeout: once } = globalThis;
globalThis.setTimeout = (work, after, ...more) => once(work, hurried(after), ...more);
// What is done each minute is done every two seconds: nobody waits for it.
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
