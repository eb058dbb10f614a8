"""Define and migrate the tables of the outbox."""

import sqlite3
from typing import Final

from ..errors import SharingError

_VERSION: Final = 8
_SCHEMA: Final = """
CREATE TABLE shares (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  share_id TEXT NOT NULL UNIQUE,
  clip_id TEXT NOT NULL,
  agency_id TEXT NOT NULL,
  agency_name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  state TEXT NOT NULL,
  intent TEXT,           -- JSON; NULL when finished, since it holds personal details
  created_at REAL NOT NULL,
  cancel_window REAL NOT NULL,
  begun INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL,
  problem TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  upload_url TEXT,
  package_sha256 TEXT,
  package_size INTEGER,
  delivered_at REAL,
  removal TEXT,
  ended_at REAL,         -- or when it was known what became of what it left
  receipt TEXT,          -- the person's own copy of what they agreed to
  issuer TEXT,
  home TEXT,             -- thumbprint of this home's key for the agency
  ledger TEXT,           -- digest of the ledger line that the package names
  receipt_state TEXT,
  delivery_receipt TEXT,
  received_at REAL,
  withdrawal TEXT,
  withdrawal_request TEXT,
  withdrawal_answer TEXT,
  withdrawal_text TEXT NOT NULL DEFAULT '',
  withdrawn_at REAL,
  hand_over_until REAL,  -- set when a person downloads it and hands it over
  downloads INTEGER NOT NULL DEFAULT 0,
  acknowledged INTEGER NOT NULL DEFAULT 0,  -- bytes the agency said it has of upload_url
  begun_anew INTEGER NOT NULL DEFAULT 0,    -- how often, since it contradicted itself
  left_behind INTEGER NOT NULL DEFAULT 0,   -- whether it may have more than upload_url
  request TEXT,          -- JSON; the agency's request as it was shown
  declaration TEXT,      -- the draft that goes along, for the person too
  opened_at REAL,        -- when an officer opened it, by the agency's receipt
  receipt_due REAL       -- when the agency is asked for another one; NULL: not any more
) STRICT;
CREATE TABLE ends (      -- what automations were told last of a share
  share_id TEXT PRIMARY KEY,
  told TEXT NOT NULL,
  attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX shares_by_state ON shares (state);
CREATE TABLE lines (
  line_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  personal TEXT NOT NULL,
  after INTEGER NOT NULL  -- the ledger's last line when this one was noted
) STRICT;
"""
_STEPS: Final = {
    1: """
ALTER TABLE shares ADD COLUMN removal TEXT;
ALTER TABLE shares ADD COLUMN ended_at REAL;
ALTER TABLE shares ADD COLUMN receipt TEXT;
""",
    2: """
ALTER TABLE shares ADD COLUMN issuer TEXT;
ALTER TABLE shares ADD COLUMN home TEXT;
ALTER TABLE shares ADD COLUMN ledger TEXT;
ALTER TABLE shares ADD COLUMN receipt_state TEXT;
ALTER TABLE shares ADD COLUMN delivery_receipt TEXT;
ALTER TABLE shares ADD COLUMN received_at REAL;
ALTER TABLE shares ADD COLUMN withdrawal TEXT;
ALTER TABLE shares ADD COLUMN withdrawal_request TEXT;
ALTER TABLE shares ADD COLUMN withdrawal_answer TEXT;
ALTER TABLE shares ADD COLUMN withdrawal_text TEXT NOT NULL DEFAULT '';
ALTER TABLE shares ADD COLUMN withdrawn_at REAL;
""",
    3: """
ALTER TABLE shares ADD COLUMN hand_over_until REAL;
ALTER TABLE shares ADD COLUMN downloads INTEGER NOT NULL DEFAULT 0;
""",
    4: """
ALTER TABLE shares ADD COLUMN acknowledged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN begun_anew INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN left_behind INTEGER NOT NULL DEFAULT 0;
""",
    5: """
ALTER TABLE shares ADD COLUMN request TEXT;
ALTER TABLE shares ADD COLUMN declaration TEXT;
""",
    # Earlier versions stopped after the first receipt or a week; now receipts are
    # requested for a month.
    6: """
ALTER TABLE shares ADD COLUMN opened_at REAL;
ALTER TABLE shares ADD COLUMN receipt_due REAL;
UPDATE shares SET receipt_due = unixepoch()
 WHERE receipt_state IN ('received', 'missing') AND delivered_at > unixepoch() - 2592000;
""",
    # Earlier versions already announced the shares that are over.
    7: """
CREATE TABLE ends (
  share_id TEXT PRIMARY KEY,
  told TEXT NOT NULL,
  attempts INTEGER NOT NULL
) STRICT;
INSERT INTO ends SELECT share_id, CASE
  WHEN withdrawal = 'deleted' OR state = 'cancelled' THEN 'withdrawn'
  WHEN state = 'delivered' AND coalesce(receipt_state, 'none') = 'none' THEN 'uploaded'
  WHEN state IN ('delivered', 'handed_over') THEN state
  ELSE 'failed' END, attempts FROM shares
 WHERE state NOT IN ('waiting', 'packaging', 'uploading', 'ready');
""",
}


def prepare(database: sqlite3.Connection) -> None:
    """Configure the database, and create or migrate its tables."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    # Overwrite deleted data (personal details).
    database.execute("PRAGMA secure_delete = ON")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > _VERSION:
        raise SharingError("outbox_newer")
    if version == 0:
        steps = _SCHEMA
    else:
        steps = "".join(_STEPS[step] for step in range(version, _VERSION))
    if steps:
        database.executescript(
            f"BEGIN; {steps} PRAGMA user_version = {_VERSION}; COMMIT"
        )
