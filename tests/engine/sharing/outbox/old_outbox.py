"""Outboxes as earlier versions stored them, with the statements of these versions."""

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
# The changes of versions 3 and 4.
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
# An intent of versions that bound only the terms, root and addresses of an agency, and only the
# name of a page.
_INTENT = """
{"user_id": "user", "user_name": "Sam", "clip": {"clip_id": "0193-clip", "doorbell_id":
"front", "event_id": "event", "part": 0, "event": "ring", "started_at":
"2026-11-03T17:04:09.250000+00:00", "ended_at": "2026-11-03T17:04:29.250000+00:00",
"timezone": "Europe/Amsterdam", "path": "/share/doorwatch/clip.mp4", "size": 1000,
"sha256": "abababababababababababababababababababababababababababababababab",
"video_codec": "h264", "audio_codec": null, "width": 1920, "height": 1080, "frames": 300,
"gaps": [["2026-11-03T17:04:09.250000+00:00", "2026-11-03T17:04:10.250000+00:00"]],
"protected": false, "recovered": false, "state": "saved", "video_profile": null,
"pixel_format": null, "deleted_at": null, "fetched_from": null}, "agency_id": "agency",
"agency": AGENCY, "agency_name": "Agency", "agency_compared": true, "edits": {"start":
1.5, "end": 9.0, "audio": false, "redact": []}, "staged": {"path": "/staging/staged.mp4",
"sha256": "0cab1c9617404faf2b24e221e189ca5945813e14d3f766345b09ca13bbe28ffc", "size": 5,
"derived": true, "started_at": "2026-11-03T17:04:09.250000+00:00", "ended_at":
"2026-11-03T17:04:18.250000+00:00", "audio": false, "reencoded": false}, "notice":
{"agency": {"name": "Agency"}, "sentences": ["others_visible"]}, "notice_digest":
"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", "personal": {"name":
"Sam Jansen", "contact": null}, "note": "He took the parcel", "case_reference":
"PL1300-2026", "request_id": null}
"""
STAGED = b"video"  # the content that matches the digest in the intent


def old_intent(upload_origin: str) -> str:
    """Return a stored intent for an agency with a document."""
    return _INTENT.replace(
        "AGENCY",
        f"""{{"issuer": "https://agency.example", "root_thumbprint": "root",
"terms_digest": "7a4a1dfff4543ef79d2710c5531e1d47d149112cd5a35a4a9ad9af1434b8a9ec",
"upload_origin": "{upload_origin}", "name": null}}""",
    )


def old_page_intent() -> str:
    """Return a stored intent for a page that an administrator typed."""
    return _INTENT.replace(
        "AGENCY",
        """{"issuer": "https://agency.vendor.example", "root_thumbprint": null,
"terms_digest": null, "upload_origin": "https://agency.vendor.example", "name":
"Agency"}""",
    )


def make_outbox(folder: Path, version: int, **share: object) -> None:
    """Make an outbox of this version with one share."""
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
