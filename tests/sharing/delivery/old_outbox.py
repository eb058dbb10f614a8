"""Outboxes as earlier versions left them, in the very words in which they made them."""

from contextlib import closing
from pathlib import Path
import sqlite3

_VERSION_2 = """
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
  receipt TEXT           -- the person's own copy of what they agreed to
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
# As the versions after it changed it.
_VERSIONS_3_AND_4 = """
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
ALTER TABLE shares ADD COLUMN hand_over_until REAL;
ALTER TABLE shares ADD COLUMN downloads INTEGER NOT NULL DEFAULT 0;
"""
_ADDED_BY_VERSION_2 = ("removal", "ended_at", "receipt")


def make_outbox(folder: Path, version: int, **share: object) -> None:
    """Make an outbox that holds one share."""
    folder.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(folder / "outbox.db")) as database:
        database.executescript(_VERSION_2)
        if version == 4:
            database.executescript(_VERSIONS_3_AND_4)
        if version == 1:
            for column in _ADDED_BY_VERSION_2:
                database.execute(f"ALTER TABLE shares DROP COLUMN {column}")
        values: dict[str, object] = {
            "share_id": "a",
            "clip_id": "b",
            "agency_id": "agency",
            "agency_name": "Agency",
            "user_id": "user",
            "state": "delivered",
            "created_at": 1_800_000_000,
            "cancel_window": 10,
            "total": 99,
        }
        values |= share
        database.execute(
            f"INSERT INTO shares ({', '.join(values)})"  # noqa: S608 - names of ours
            f" VALUES ({', '.join('?' * len(values))})",
            list(values.values()),
        )
        database.execute(f"PRAGMA user_version = {version}")
        database.commit()
