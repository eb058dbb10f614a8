// Loaded into an intake before it starts: kills it (SIGKILL) right before or right after
// something that it asks of the bucket or of the database, once the file ARMED exists.
//
// KILL_AT=5 is before the fifth thing that it asks, KILL_AT=5+ after the answer to it came.
// Without KILL_AT, ARMED is a folder. The first file in it names the thing, after two digits:
// a command of S3, or words of a statement. Whoever comes there first moves the file to
// ARMED.done, so no other one dies for it, and the next file counts.

import { existsSync, readdirSync, renameSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.BUCKET);
const { ARMED, KILL_AT } = process.env;
let left = Number.parseInt(KILL_AT, 10);

function die() {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {}); // it may take a moment to die
}

/** Where to die: here, right before it or after it (+), or not. */
function pointAt(thing) {
  if (KILL_AT !== undefined) return existsSync(ARMED) && (left -= 1) === 0 ? KILL_AT : undefined;
  const [name] = existsSync(ARMED) ? readdirSync(ARMED).sort() : [];
  if (name === undefined || !thing.includes(name.slice(3).replace(/\+$/, ""))) return undefined;
  try {
    renameSync(`${ARMED}/${name}`, `${ARMED}.done/${name}`);
    return name;
  } catch {
    return undefined; // the other one was faster
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
// A pool hands its callback on: what the intake awaits is the pool's own.
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
