// Loaded into the intake before it starts: kills it (SIGKILL) before the so-manieth change
// of its files that KILL_AT names, counted from the moment when the file ARMED exists.

import { existsSync } from "node:fs";
import fs from "node:fs/promises";

let left = Number(process.env.KILL_AT);
for (const name of ["link", "open", "rename", "rm", "unlink", "writeFile"]) {
  const real = fs[name];
  fs[name] = (...parameters) => {
    if (existsSync(process.env.ARMED)) {
      left -= 1;
      if (left === 0) process.kill(process.pid, "SIGKILL");
      if (left <= 0) return new Promise(() => {}); // it may take a moment to die
    }
    return real(...parameters);
  };
}
