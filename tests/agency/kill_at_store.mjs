// Loaded into an intake before its start: kills the intake (SIGKILL) right before or after a
// call to the bucket or the database, once the file ARMED exists.
//
// KILL_AT=5 is before the fifth call, KILL_AT=5+ after its answer. Without KILL_AT, ARMED is a
// folder. The name of its first file is two digits and a call: an S3 command, or a part of a
// statement. The first intake at this call moves the file to ARMED.done, so that only one
// intake is killed, and the next file names the next call.

import { existsSync, readdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.BUCKET);
const { ARMED, KILL_AT } = process.env;
let left = Number.parseInt(KILL_AT, 10);

function die() {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {}); // the signal may take a moment
}

/** Return the point of this call, which ends with + for a kill after the answer, or undefined. */
function pointAt(thing) {
  if (KILL_AT !== undefined) return existsSync(ARMED) && (left -= 1) === 0 ? KILL_AT : undefined;
  const [name] = existsSync(ARMED) ? readdirSync(ARMED).sort() : [];
  if (name === undefined || !thing.includes(name.slice(3).replace(/\+$/, ""))) return undefined;
  try {
    renameSync(`${ARMED}/${name}`, `${ARMED}.done/${name}`);
    return name;
  } catch {
    return undefined; // another intake was faster
  }
}

function asked(thing, work) {
  const point = pointAt(thing);
  if (point === undefined) return work();
  return point.endsWith("+") ? work().then(die, die) : die();
}

function hook(prototype, name, describe, counts = () => true) {
  const real = prototype[name];
  prototype[name] = function (...parameters) {
    const work = () => real.apply(this, parameters);
    return counts(parameters) ? asked(describe(parameters), work) : work();
  };
}

const text = ([query]) => (typeof query === "string" ? query.trim().replace(/\s+/g, " ") : "");
const { Client, Pool } = require("pg");
const { S3Client } = require("@aws-sdk/client-s3");
// A pool passes its callback to the client, so calls of the pool itself are hooked here.
hook(Pool.prototype, "query", text);
hook(S3Client.prototype, "send", ([command]) => command.constructor.name);
hook(
  Client.prototype,
  "query",
  text,
  (parameters) =>
    typeof parameters.at(-1) !== "function" &&
    (KILL_AT === undefined ||
      /^(begin|commit|select state|update shares set state = 'deleted')/.test(text(parameters))),
);
