// Loaded into an intake before it starts: kills it (SIGKILL) right before or right after the
// so-manieth thing that it asks of the bucket or of the database, counted from the moment when
// the file ARMED exists. KILL_AT=5 is before the fifth, KILL_AT=5+ after its answer came.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.env.BUCKET);
const at = process.env.KILL_AT;
let left = Number.parseInt(at, 10);
const after = at.endsWith("+");

function die() {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {}); // it may take a moment to die
}

function hook(prototype, name) {
  const real = prototype[name];
  prototype[name] = function (...parameters) {
    if (!existsSync(process.env.ARMED)) return real.apply(this, parameters);
    left -= 1;
    if (left === 0 && !after) return die();
    const work = real.apply(this, parameters);
    return left === 0 && after ? work.then(die, die) : work;
  };
}

const { Client } = require("pg");
const { S3Client } = require("@aws-sdk/client-s3");
// A pool hands its callback on: what the intake awaits is the pool's own.
hook(require("pg").Pool.prototype, "query");
hook(S3Client.prototype, "send");
const query = Client.prototype.query;
Client.prototype.query = function (...parameters) {
  const text = typeof parameters[0] === "string" ? parameters[0] : "";
  const ours = /^(begin|commit|select state|update shares set state = 'deleted')/.test(text);
  if (!ours || typeof parameters.at(-1) === "function" || !existsSync(process.env.ARMED))
    return query.apply(this, parameters);
  left -= 1;
  if (left === 0 && !after) return die();
  const work = query.apply(this, parameters);
  return left === 0 && after ? work.then(die, die) : work;
};
