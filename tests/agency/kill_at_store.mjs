// Loaded into an intake before it starts: kills it (SIGKILL) right before or right after
// something that it asks of the bucket or of the database, once the file ARMED exists.
//
// KILL_AT=5 is before the fifth thing that it asks, KILL_AT=5+ after the answer to it came.
// Without KILL_AT, the file says which thing: the name of a command of S3, or words of a
// statement. Whoever comes there first takes the file away, so no other one dies for it.

import { readFileSync, renameSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.BUCKET);
const { ARMED, KILL_AT } = process.env;
let left = Number.parseInt(KILL_AT, 10);

function die() {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {}); // it may take a moment to die
}

function armedWith() {
  try {
    return readFileSync(ARMED, "utf8");
  } catch {
    return undefined; // it isn't there
  }
}

/** Whether no one else was there before. */
function isFirst() {
  try {
    renameSync(ARMED, `${ARMED}.done`);
    return true;
  } catch {
    return false;
  }
}

function isHere(named, thing) {
  if (KILL_AT !== undefined) return (left -= 1) === 0;
  return thing.includes(named.replace(/\+$/, "")) && isFirst();
}

/** Do it, unless this is where to die. */
function asked(thing, work) {
  const named = armedWith();
  if (named === undefined || !isHere(named, thing)) return work();
  return (KILL_AT ?? named).endsWith("+") ? work().then(die, die) : die();
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
