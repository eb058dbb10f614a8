// Loaded into the intake before its start: kills the intake (SIGKILL) before the file operation
// with the number KILL_AT, counted from the creation of the file ARMED.

import { existsSync } from "node:fs";
import fs from "node:fs/promises";

let left = Number(process.env.KILL_AT);
for (const name of ["link", "open", "rename", "rm", "unlink", "writeFile"]) {
  const real = fs[name];
  fs[name] = (...parameters) => {
    if (existsSync(process.env.ARMED)) {
      left -= 1;
      if (left === 0) process.kill(process.pid, "SIGKILL");
      if (left <= 0) return new Promise(() => {}); // the signal may take a moment
    }
    return real(...parameters);
  };
}
