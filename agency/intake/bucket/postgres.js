// Records that several intakes share, in PostgreSQL (schema.sql).
//
// Uploads are acknowledged only after the commit. A change that must happen once is one
// statement that checks the previous state, so it doesn't matter which intake runs it, or how
// often.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { refusal } from "../src/refusals.js";
import { about } from "./away.js";
import { SharedLocker } from "./locker.js";

export const VERSION = 1;
const AWAY = 5000; // milliseconds to connect
const LONGEST = 15_000; // milliseconds for a statement

const SHARE = `select id, home, ledger, size, upload, sha256, received_at, state, object, told
  from shares`;

const recordOf = (row) => ({
  id: row.id,
  size: Number(row.size),
  metadata: { share_id: row.id, home: row.home, ...(row.ledger && { ledger: row.ledger }) },
  sha256: row.sha256 ?? undefined,
  received_at: row.received_at?.toISOString(),
  arrived: row.state === "arrived",
  finished: row.state !== "begun" && row.state !== "arrived",
  state: row.state,
  object: row.object ?? undefined,
  upload: row.upload ?? undefined,
  told: row.told,
});

const noteOf = ({ id, request, request_sha256, result, says, at }) => ({
  id,
  request,
  request_sha256,
  result,
  text: says,
  at: at.toISOString(),
});

const configOf = (url) => ({
  connectionString: url,
  application_name: "doorwatch-intake",
  connectionTimeoutMillis: AWAY,
  query_timeout: LONGEST, // for a database that accepts connections but doesn't respond
  // Commit to disk, whatever the server's setting is. Let the server notice within 30 seconds
  // that an intake is gone, so that its locks end.
  options:
    "-c synchronous_commit=on -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
});

/** Create the tables if they don't exist. */
export async function prepare(url) {
  const client = new pg.Client(configOf(url));
  client.on("error", () => undefined); // the pending query reports it
  await client.connect();
  try {
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock(20)");
    const { rows } = await client.query("select to_regclass('doorwatch_schema') as there");
    if (rows[0].there === null)
      await client.query(readFileSync(new URL("schema.sql", import.meta.url), "utf8"));
    await client.query("commit");
    return rows[0].there === null;
  } finally {
    await client.end();
  }
}

export class PostgresRecords {
  #pool;

  constructor({ url, log }) {
    this.#pool = new pg.Pool({ ...configOf(url), max: 8, statement_timeout: LONGEST });
    // The pending query reports it, and an unhandled error event would end the process.
    this.#pool.on("error", () => undefined);
    this.#pool.on("connect", (client) => client.on("error", () => undefined));
    this.locker = new SharedLocker({ config: configOf(url), log });
  }

  #query(text, values) {
    return this.#pool.query(text, values).catch(about("database"));
  }

  async #rows(text, values) {
    return (await this.#query(text, values)).rows;
  }

  async #changed(text, values) {
    return (await this.#query(text, values)).rowCount === 1;
  }

  async #ids(text, values) {
    return (await this.#rows(text, values)).map(({ id }) => id);
  }

  /** Throw unless the tables have the expected version. */
  async check() {
    const rows = await this.#rows("select version from doorwatch_schema");
    if (rows[0]?.version !== VERSION)
      throw Object.assign(new Error("other tables"), { code: "other tables", what: "database" });
  }

  /** Throw if the records are of another bucket. */
  async belongTo(bucket) {
    const rows = await this.#rows(
      "update doorwatch_schema set bucket = coalesce(bucket, $1) returning bucket",
      [bucket],
    );
    if (rows[0].bucket !== bucket)
      throw Object.assign(new Error("other bucket"), { code: "other bucket", what: "database" });
  }

  /** The database's time, which all intakes use instead of their own clocks. */
  async now() {
    return (await this.#rows("select now()"))[0].now;
  }

  async share(id) {
    const [row] = await this.#rows(`${SHARE} where id = $1`, [id]);
    return row && recordOf(row);
  }

  async *withoutReceipt() {
    const rows = await this.#rows(
      `${SHARE} where state = 'finished' and sha256 is not null and not receipted
       order by received_at limit 1000`,
    );
    for (const row of rows) yield [row.id, recordOf(row)];
  }

  async *untold() {
    yield* await this.#ids("select id from shares where not told and state <> 'arrived'");
  }

  async noteTold(id) {
    await this.#query("update shares set told = true where id = $1", [id]);
  }

  async hasReceipt(id) {
    return (await this.receipt(id)) !== undefined;
  }

  async receipt(id) {
    const [row] = await this.#rows("select token from receipts where id = $1", [id]);
    return row?.token;
  }

  async giveReceipt(id, token) {
    await this.#query(
      `with given as (insert into receipts (id, token, opened) values ($1, $2, false)
         on conflict (id) do nothing)
       update shares set receipted = true where id = $1`,
      [id, token],
    );
  }

  async withdrawal(id) {
    const [row] = await this.#rows("select * from withdrawals where id = $1", [id]);
    return row && noteOf(row);
  }

  async noteWithdrawal(id, { request, request_sha256, result, text, at }) {
    await this.#query(
      `insert into withdrawals (id, request, request_sha256, result, says, at)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do update set request = $2, request_sha256 = $3, result = $4,
         says = $5, at = $6`,
      [id, request, request_sha256, result, text, at],
    );
  }

  async answer(id) {
    const [row] = await this.#rows("select token from answers where id = $1", [id]);
    return row?.token;
  }

  /** Withdrawals whose deletion was started but not finished. */
  async *deletions() {
    yield* await this.#ids(
      `select id from withdrawals where result = 'deleting'
       union select id from shares join withdrawals using (id)
         where state = 'deleted' and object is not null`,
    );
  }

  async limit(kind, perMinute) {
    const [{ count }] = await this.#rows(
      `insert into rates (kind, minute, count)
       values ($1, floor(extract(epoch from now()) / 60), 1)
       on conflict (kind, minute) do update set count = rates.count + 1 returning count`,
      [kind],
    );
    if (count > perMinute) throw refusal(429, "Too many requests, try again later");
  }

  turn(id, work) {
    return this.locker.turn(`withdrawal ${id}`, work);
  }

  alone(what, work) {
    return this.locker.alone(what, work);
  }

  // State of uploads (writing.js). Only the last writer, `writer`, may change it.

  /** Add a share; return false if it exists. */
  begin({ id, size, metadata }, upload) {
    return this.#changed(
      `insert into shares (id, home, ledger, size, upload, state)
       values ($1, $2, $3, $4, $5, 'begun') on conflict (id) do nothing`,
      [id, metadata.home, metadata.ledger ?? null, size, upload],
    );
  }

  noteUpload(id, writer, upload) {
    return this.#changed(
      `update shares set upload = $3, touched_at = now() where id = $1 and state = 'begun'
         and upload->'writers'->> -1 is not distinct from $2`,
      [id, writer ?? null, upload],
    );
  }

  noteArrived(id, writer, object, upload) {
    return this.#changed(
      `update shares set upload = $4, object = $3, state = 'arrived', touched_at = now(),
         received_at = date_trunc('milliseconds', now())
       where id = $1 and state = 'begun' and upload->'writers'->> -1 is not distinct from $2`,
      [id, writer ?? null, object, upload],
    );
  }

  /** Store the digest; return the stored one, which may be of another process. */
  async noteDigest(id, sha256) {
    const [row] = await this.#rows(
      "update shares set sha256 = coalesce(sha256, $2) where id = $1 returning sha256",
      [id, sha256],
    );
    return row?.sha256;
  }

  noteFinished(id, told) {
    return this.#changed(
      `update shares set state = 'finished', told = $2, touched_at = now()
       where id = $1 and state = 'arrived'`,
      [id, told],
    );
  }

  async noteCleared(id) {
    await this.#query(
      "update shares set upload = null where id = $1 and state not in ('begun', 'arrived')",
      [id],
    );
  }

  /** Mark a share as deleted; return false if an officer took it first. */
  async claim(id) {
    const client = await this.#pool.connect().catch(about("database"));
    let failure;
    try {
      await client.query("begin");
      // The officer's command locks the row, too, before it changes anything.
      const { rows } = await client.query("select state from shares where id = $1 for update", [
        id,
      ]);
      const { rowCount } = await client.query(
        `update shares set state = 'deleted', told = true where id = $1 and state = 'finished'
           and not exists (select from receipts where id = $1 and opened)
           and not exists (select from answers where id = $1)`,
        [id],
      );
      await client.query("commit");
      return rowCount === 1 || rows[0]?.state === "deleted";
    } catch (error) {
      failure = error;
      return about("database")(error);
    } finally {
      client.release(failure); // an error closes the connection, which rolls back
    }
  }

  async noteGone(id) {
    await this.#query(
      "update shares set object = null where id = $1 and state = 'deleted'",
      [id],
    );
  }

  async remove(id) {
    await this.#query("delete from shares where id = $1 and state = 'begun'", [id]);
  }

  /** IDs of abandoned uploads; times in milliseconds. */
  stale(empty, expires) {
    return this.#ids(
      `select id from shares where state = 'begun'
         and touched_at < now() - $1 * interval '1 millisecond'
         and ((upload->>'offset')::bigint = 0
           or touched_at < now() - $2 * interval '1 millisecond')
       order by touched_at limit 1000`,
      [empty, expires],
    );
  }

  /** IDs of uploads that arrived and have no digest yet. */
  arrived() {
    return this.#ids(
      "select id from shares where state = 'arrived' order by touched_at limit 100",
    );
  }

  /** IDs of uploads that may have left other objects in the bucket. */
  uncleared() {
    return this.#ids(
      `select id from shares where upload is not null and state not in ('begun', 'arrived')
       limit 100`,
    );
  }

  async forgetRates() {
    await this.#query(
      "delete from rates where minute < floor(extract(epoch from now()) / 60) - 1",
    );
  }

  async counts() {
    const [row] = await this.#rows(
      `select
         (select count(*) from shares where state = 'begun') as unfinished,
         (select count(*) from shares where state = 'arrived')
           + (select count(*) from shares where state = 'finished') as waiting,
         count(*) as late, extract(epoch from now() - min(received_at)) as age
       from shares where state in ('arrived', 'finished') and not receipted`,
    );
    return {
      unfinished: Number(row.unfinished),
      waiting: Number(row.waiting),
      withoutReceipt: Number(row.late),
      age: Number(row.age ?? 0),
    };
  }

  async close() {
    await this.locker.close();
    await Promise.race([this.#pool.end(), sleep(AWAY)]); // don't wait for a server that hangs
  }
}
