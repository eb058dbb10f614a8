"""Define and migrate the tables of the outbox."""

import sqlite3
from typing import Final

from ..errors import SharingError

# The statements from each version to the next. Their columns are described in `Record`.
_STEPS: Final = (
    """
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
  delivered_at REAL
) STRICT;
CREATE INDEX shares_by_state ON shares (state);
CREATE TABLE lines (
  line_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  personal TEXT NOT NULL,
  after INTEGER NOT NULL  -- the ledger's last line when this one was noted
) STRICT;
""",
    """
ALTER TABLE shares ADD COLUMN removal TEXT;
ALTER TABLE shares ADD COLUMN ended_at REAL;  -- or when its removal was decided
ALTER TABLE shares ADD COLUMN receipt TEXT;
""",
    """
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
    """
ALTER TABLE shares ADD COLUMN hand_over_until REAL;
ALTER TABLE shares ADD COLUMN downloads INTEGER NOT NULL DEFAULT 0;
""",
    """
ALTER TABLE shares ADD COLUMN acknowledged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN begun_anew INTEGER NOT NULL DEFAULT 0;
ALTER TABLE shares ADD COLUMN left_behind INTEGER NOT NULL DEFAULT 0;
""",
    """
ALTER TABLE shares ADD COLUMN request TEXT;
ALTER TABLE shares ADD COLUMN declaration TEXT;
""",
    # Earlier versions stopped after the first receipt or a week; now receipts are
    # requested for a month.
    """
ALTER TABLE shares ADD COLUMN opened_at REAL;
ALTER TABLE shares ADD COLUMN receipt_due REAL;
UPDATE shares SET receipt_due = unixepoch()
 WHERE receipt_state IN ('received', 'missing') AND delivered_at > unixepoch() - 2592000;
""",
    # Earlier versions already announced the shares that are over.
    """
CREATE TABLE ends (      -- what automations were told last of a share
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
)


def prepare(database: sqlite3.Connection) -> None:
    """Configure the database, and create or migrate its tables."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    # Overwrite deleted data (personal details).
    database.execute("PRAGMA secure_delete = ON")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > len(_STEPS):
        raise SharingError("outbox_newer")
    if steps := _STEPS[version:]:
        database.executescript(
            f"BEGIN; {''.join(steps)} PRAGMA user_version = {len(_STEPS)}; COMMIT"
        )
