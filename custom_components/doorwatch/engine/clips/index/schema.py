"""Define and migrate the tables of the index."""

import contextlib
from datetime import UTC, datetime
import logging
from pathlib import Path
import sqlite3
from typing import Final

from ..errors import LibraryError

_LOGGER = logging.getLogger(__name__)

# Seconds to wait for another process (a backup, a person with the sqlite3 program).
_BUSY_TIMEOUT: Final = 10.0

# Each entry migrates to the next version; `user_version` counts them. Never change an
# entry after its release.
MIGRATIONS: Final = (
    """
    CREATE TABLE clips (
        clip_id TEXT NOT NULL UNIQUE,
        doorbell_id TEXT NOT NULL,
        event_id TEXT NOT NULL,
        part INTEGER NOT NULL,
        event TEXT NOT NULL,
        started_at INTEGER NOT NULL,
        ended_at INTEGER NOT NULL,
        timezone TEXT NOT NULL,
        path TEXT NOT NULL,
        size INTEGER NOT NULL DEFAULT 0,
        thumbnail_size INTEGER NOT NULL DEFAULT 0,
        sha256 TEXT NOT NULL DEFAULT '',
        video_codec TEXT NOT NULL DEFAULT '',
        audio_codec TEXT,
        width INTEGER NOT NULL DEFAULT 0,
        height INTEGER NOT NULL DEFAULT 0,
        frames INTEGER NOT NULL DEFAULT 0,
        gaps TEXT NOT NULL DEFAULT '[]',
        protected INTEGER NOT NULL DEFAULT 0,
        recovered INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL,
        binned_at INTEGER
    ) STRICT;

    -- Times are microseconds since 1970 in UTC.
    CREATE INDEX clips_of_doorbell ON clips (doorbell_id, started_at)
        WHERE state = 'saved';
    CREATE INDEX clips_by_start ON clips (started_at, doorbell_id, protected)
        WHERE state = 'saved';
    CREATE INDEX clips_in_motion ON clips (state, binned_at) WHERE state != 'saved';

    CREATE TABLE usage (
        doorbell_id TEXT PRIMARY KEY,
        clips INTEGER NOT NULL DEFAULT 0,
        saved_bytes INTEGER NOT NULL DEFAULT 0,
        bin_bytes INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TRIGGER clip_added AFTER INSERT ON clips BEGIN
        INSERT INTO usage (doorbell_id) VALUES (new.doorbell_id)
            ON CONFLICT DO NOTHING;
        UPDATE usage SET
            clips = clips + (new.state = 'saved'),
            saved_bytes = saved_bytes
                + (new.state = 'saved') * (new.size + new.thumbnail_size),
            bin_bytes = bin_bytes
                + (new.state = 'bin') * (new.size + new.thumbnail_size)
            WHERE doorbell_id = new.doorbell_id;
    END;

    CREATE TRIGGER clip_changed
    AFTER UPDATE OF state, size, thumbnail_size ON clips BEGIN
        UPDATE usage SET
            clips = clips + (new.state = 'saved') - (old.state = 'saved'),
            saved_bytes = saved_bytes
                + (new.state = 'saved') * (new.size + new.thumbnail_size)
                - (old.state = 'saved') * (old.size + old.thumbnail_size),
            bin_bytes = bin_bytes
                + (new.state = 'bin') * (new.size + new.thumbnail_size)
                - (old.state = 'bin') * (old.size + old.thumbnail_size)
            WHERE doorbell_id = new.doorbell_id;
    END;

    CREATE TRIGGER clip_removed AFTER DELETE ON clips BEGIN
        UPDATE usage SET
            clips = clips - (old.state = 'saved'),
            saved_bytes = saved_bytes
                - (old.state = 'saved') * (old.size + old.thumbnail_size),
            bin_bytes = bin_bytes
                - (old.state = 'bin') * (old.size + old.thumbnail_size)
            WHERE doorbell_id = old.doorbell_id;
    END;
    """,
    # 2: codec details, days, and an index by kind of event.
    """
    ALTER TABLE clips ADD COLUMN video_profile TEXT;
    ALTER TABLE clips ADD COLUMN pixel_format TEXT;

    CREATE INDEX clips_of_event ON clips (doorbell_id, event, started_at)
        WHERE state = 'saved';
    -- A first part has the id of its event, which is an index already.
    CREATE INDEX clips_parts ON clips (event_id) WHERE event_id != clip_id;

    -- The local day of a clip is the second part of its path.
    CREATE TABLE days (
        doorbell_id TEXT NOT NULL,
        day TEXT NOT NULL,
        clips INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (doorbell_id, day)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO days
        SELECT doorbell_id, substr(path, instr(path, '/') + 1, 10) AS day, count(*)
        FROM clips WHERE state = 'saved' GROUP BY doorbell_id, day;

    CREATE TRIGGER clip_of_day_added AFTER INSERT ON clips
    WHEN new.state = 'saved' BEGIN
        INSERT INTO days VALUES
            (new.doorbell_id, substr(new.path, instr(new.path, '/') + 1, 10), 1)
            ON CONFLICT DO UPDATE SET clips = clips + 1;
    END;

    CREATE TRIGGER clip_of_day_changed AFTER UPDATE OF state ON clips
    WHEN (old.state = 'saved') != (new.state = 'saved') BEGIN
        INSERT INTO days VALUES
            (new.doorbell_id, substr(new.path, instr(new.path, '/') + 1, 10), 0)
            ON CONFLICT DO NOTHING;
        UPDATE days SET
            clips = clips + (new.state = 'saved') - (old.state = 'saved')
            WHERE doorbell_id = new.doorbell_id
            AND day = substr(new.path, instr(new.path, '/') + 1, 10);
        DELETE FROM days WHERE clips = 0 AND doorbell_id = new.doorbell_id
            AND day = substr(new.path, instr(new.path, '/') + 1, 10);
    END;

    CREATE TRIGGER clip_of_day_removed AFTER DELETE ON clips
    WHEN old.state = 'saved' BEGIN
        UPDATE days SET clips = clips - 1
            WHERE doorbell_id = old.doorbell_id
            AND day = substr(old.path, instr(old.path, '/') + 1, 10);
        DELETE FROM days WHERE clips = 0 AND doorbell_id = old.doorbell_id
            AND day = substr(old.path, instr(old.path, '/') + 1, 10);
    END;
    """,
    # 3: an index to search by day, time of day and kind without reading rows.
    """
    -- The name of the file begins with the local time; an id and ".mp4" end it.
    CREATE INDEX clips_by_moment
        ON clips (doorbell_id, started_at, event, substr(path, -60, 16))
        WHERE state = 'saved';
    """,
    # 4: the integration that a clip was fetched from.
    """
    ALTER TABLE clips ADD COLUMN fetched_from TEXT;
    """,
    # 5: all kinds of events of a clip, and indexes by them.
    """
    -- Beside `event`, in the order ring, motion, manual, with spaces between.
    ALTER TABLE clips ADD COLUMN also TEXT NOT NULL DEFAULT '';

    DROP INDEX clips_of_event;
    CREATE INDEX clips_of_kinds
        ON clips (doorbell_id, event, also, started_at, substr(path, -60, 16), protected)
        WHERE state = 'saved';
    DROP INDEX clips_by_moment;
    CREATE INDEX clips_by_moment
        ON clips (doorbell_id, started_at, substr(path, -60, 16), protected)
        WHERE state = 'saved';
    CREATE INDEX clips_protected
        ON clips (doorbell_id, started_at)
        WHERE state = 'saved' AND protected = 1;
    """,
    # 6: labels with their sources ("package=reolink person=onvif", in this order), and
    # indexes by them.
    """
    ALTER TABLE clips ADD COLUMN labels TEXT NOT NULL DEFAULT '';

    DROP INDEX clips_of_kinds;
    CREATE INDEX clips_of_kinds ON clips
        (doorbell_id, event, also, started_at, substr(path, -60, 16), protected, labels)
        WHERE state = 'saved';
    CREATE INDEX clips_with_person ON clips
        (doorbell_id, started_at, event, also, substr(path, -60, 16), protected, labels)
        WHERE state = 'saved' AND instr(labels, 'person=');
    CREATE INDEX clips_with_vehicle ON clips
        (doorbell_id, started_at, event, also, substr(path, -60, 16), protected, labels)
        WHERE state = 'saved' AND instr(labels, 'vehicle=');
    CREATE INDEX clips_with_animal ON clips
        (doorbell_id, started_at, event, also, substr(path, -60, 16), protected, labels)
        WHERE state = 'saved' AND instr(labels, 'animal=');
    CREATE INDEX clips_with_package ON clips
        (doorbell_id, started_at, event, also, substr(path, -60, 16), protected, labels)
        WHERE state = 'saved' AND instr(labels, 'package=');
    """,
)


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the index, without implicit transactions."""
    connection = sqlite3.connect(
        path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            # An announced clip must survive a power failure.
            connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection) -> None:
    """Migrate the tables to the current version, each step in a transaction.

    Raises `LibraryError` when a newer version of Doorwatch made them.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        raise LibraryError("index_newer")
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE; {script} PRAGMA user_version = {number}; COMMIT;"
            )
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Return whether the error means that the file is not an intact database."""
    # The upper bits of an extended code have only the details.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)


def put_aside(path: Path) -> None:
    """Rename a damaged index; the files of clips stay unchanged."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    _LOGGER.error(
        "The index of clips cannot be read. It was kept as %s, and a new one was"
        " started",
        f"{path.name}.broken-{stamp}",
    )
    for suffix in ("", "-wal", "-shm"):
        side = path.with_name(path.name + suffix)
        with contextlib.suppress(FileNotFoundError):
            side.replace(path.with_name(f"{path.name}.broken-{stamp}{suffix}"))
