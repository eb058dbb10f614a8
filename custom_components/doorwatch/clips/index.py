"""The index: one row a clip in SQLite, written by one thread."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
import contextlib
from datetime import datetime
import heapq
from itertools import islice
import json
from pathlib import Path
import sqlite3
from typing import Self

from .files import Files
from .model import Clip, ClipState, Usage
from .rows import Begun, to_begun, to_clip, to_micros
from .schema import connect, migrate, put_aside

type ClipList = list[Clip]

_WALK = (
    "SELECT started_at, rowid FROM clips INDEXED BY clips_of_doorbell"
    " WHERE state = 'saved' AND doorbell_id = ? AND started_at >= ?"
    " AND started_at < ? ORDER BY started_at DESC, rowid DESC LIMIT ?"
)
_ROWS = "SELECT rowid, * FROM clips WHERE rowid IN (SELECT value FROM json_each(?))"


class Index:
    """Rows of clips. Writing and reading have a thread and a connection each.

    Methods return futures, so that threads and coroutines can wait in their own way.
    """

    def __init__(
        self, writer: sqlite3.Connection, reader: sqlite3.Connection, files: Files
    ) -> None:
        """Take the open connections."""
        self._files = files
        self._writer = writer
        self._reader = reader
        self._write_thread = ThreadPoolExecutor(1, "doorwatch-index-write")
        self._read_thread = ThreadPoolExecutor(1, "doorwatch-index-read")

    @classmethod
    def open(cls, path: Path, files: Files) -> Self:
        """Open or make the index; one that is no database any more is put aside.

        Raises `LibraryError`, `OSError` or `sqlite3.Error`.
        """
        try:
            writer = _open_writer(path)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode not in (
                sqlite3.SQLITE_NOTADB,
                sqlite3.SQLITE_CORRUPT,
            ):
                raise
            put_aside(path)
            writer = _open_writer(path)
        try:
            reader = connect(path, read_only=True)
        except sqlite3.Error:
            writer.close()
            raise
        return cls(writer, reader, files)

    def close(self) -> None:
        """Finish what is queued, then close."""
        self._read_thread.shutdown()
        self._write_thread.shutdown()
        self._reader.close()
        self._writer.close()

    def begin(self, begun: Begun) -> Future[None]:
        """Note a clip that is being recorded."""

        def write(connection: sqlite3.Connection) -> None:
            started = to_micros(begun.started_at)
            connection.execute(
                "INSERT INTO clips (clip_id, doorbell_id, event_id, part, event,"
                " started_at, ended_at, timezone, path, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    begun.clip_id,
                    begun.doorbell_id,
                    begun.event_id,
                    begun.part,
                    begun.event,
                    started,
                    started,
                    begun.timezone,
                    begun.path,
                    ClipState.RECORDING,
                ),
            )

        return self._write(write)

    def recording(self) -> Future[list[Begun]]:
        """Return the clips that are being recorded."""
        return self._read(
            lambda connection: [
                to_begun(row)
                for row in connection.execute(
                    # Both conditions: SQLite sees by the first that it may use the
                    # index of the few clips that are not saved.
                    "SELECT * FROM clips WHERE state != 'saved'"
                    " AND state = 'recording' ORDER BY started_at"
                )
            ]
        )

    def begun(self, clip_id: str) -> Future[Begun | None]:
        """Return what was noted when this clip began, None once it is saved."""

        def read(connection: sqlite3.Connection) -> Begun | None:
            row = connection.execute(
                "SELECT * FROM clips WHERE clip_id = ? AND state = ?",
                (clip_id, ClipState.RECORDING),
            ).fetchone()
            return to_begun(row) if row else None

        return self._read(read)

    def save(self, clip: Clip, thumbnail_size: int) -> Future[None]:
        """Turn a clip that is being recorded into a saved one."""

        def write(connection: sqlite3.Connection) -> None:
            done = connection.execute(
                "UPDATE clips SET event = ?, started_at = ?, ended_at = ?, size = ?,"
                " thumbnail_size = ?, sha256 = ?, video_codec = ?, audio_codec = ?,"
                " width = ?, height = ?, frames = ?, gaps = ?, recovered = ?, state = ?"
                " WHERE clip_id = ? AND state = ?",
                (
                    clip.event,
                    to_micros(clip.started_at),
                    to_micros(clip.ended_at),
                    clip.size,
                    thumbnail_size,
                    clip.sha256,
                    clip.video_codec,
                    clip.audio_codec,
                    clip.width,
                    clip.height,
                    clip.frames,
                    json.dumps([[to_micros(t) for t in gap] for gap in clip.gaps]),
                    clip.recovered,
                    ClipState.SAVED,
                    clip.clip_id,
                    ClipState.RECORDING,
                ),
            )
            if done.rowcount != 1:
                raise KeyError(clip.clip_id)

        return self._write(write)

    def forget(self, clip_ids: Collection[str]) -> Future[None]:
        """Remove rows."""

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM clips WHERE clip_id = ?", [(c,) for c in clip_ids]
            )

        return self._write(write)

    def get(self, clip_id: str) -> Future[tuple[Clip, str] | None]:
        """Return a clip in any state but recording, and its path in the index."""

        def read(connection: sqlite3.Connection) -> tuple[Clip, str] | None:
            row = connection.execute(
                "SELECT * FROM clips WHERE clip_id = ? AND state != ?",
                (clip_id, ClipState.RECORDING),
            ).fetchone()
            return (to_clip(row, self._files), row["path"]) if row else None

        return self._read(read)

    def newest(
        self,
        doorbell_ids: Collection[str],
        before: datetime | None,
        after: datetime | None,
        limit: int,
    ) -> Future[ClipList]:
        """Return saved clips of these doorbells, newest first."""
        lower = to_micros(after) if after else -(2**62)
        upper = to_micros(before) if before else 2**62

        def read(connection: sqlite3.Connection) -> ClipList:
            # One walk down the index for each doorbell, as SQLite would sort all
            # clips of all of them for an IN. The walks are merged as they go.
            walks: list[sqlite3.Cursor] = []
            try:
                for doorbell_id in dict.fromkeys(doorbell_ids):
                    walk = connection.cursor()
                    walk.row_factory = None
                    walks.append(walk)
                    walk.execute(_WALK, (doorbell_id, lower, upper, limit))
                merged = islice(heapq.merge(*walks, reverse=True), limit)
                rowids = [rowid for _, rowid in merged]
            finally:
                for walk in walks:
                    walk.close()
            found = {
                row["rowid"]: row
                for row in connection.execute(_ROWS, [json.dumps(rowids)])
            }
            return [to_clip(found[rowid], self._files) for rowid in rowids]

        return self._read(read)

    def parts(self, doorbell_id: str, event_id: str) -> Future[list[str]]:
        """Return the ids of the saved clips of one event, in the order of its parts."""

        def read(connection: sqlite3.Connection) -> list[str]:
            rows = connection.execute(
                "SELECT clip_id FROM clips WHERE state = 'saved'"
                " AND doorbell_id = ? AND event_id = ? ORDER BY part, started_at",
                (doorbell_id, event_id),
            )
            return [row["clip_id"] for row in rows]

        return self._read(read)

    def without(self, clip_ids: Collection[str]) -> Future[ClipList]:
        """Return the saved clips but for these, oldest first."""

        def read(connection: sqlite3.Connection) -> ClipList:
            rows = connection.execute(
                "SELECT * FROM clips WHERE state = 'saved' ORDER BY started_at"
            )
            return [
                to_clip(row, self._files)
                for row in rows
                if row["clip_id"] not in clip_ids
            ]

        return self._read(read)

    def count(self, doorbell_id: str, after: datetime) -> Future[int]:
        """Count saved clips from a time on."""

        def read(connection: sqlite3.Connection) -> int:
            row = connection.execute(
                "SELECT count(*) FROM clips WHERE state = 'saved'"
                " AND doorbell_id = ? AND started_at >= ?",
                (doorbell_id, to_micros(after)),
            ).fetchone()
            return int(row[0])

        return self._read(read)

    def usage(self, doorbell_id: str) -> Future[Usage]:
        """Return what a doorbell's clips take."""

        def read(connection: sqlite3.Connection) -> Usage:
            row = connection.execute(
                "SELECT clips, saved_bytes + bin_bytes AS bytes FROM usage"
                " WHERE doorbell_id = ?",
                (doorbell_id,),
            ).fetchone()
            if row is None:
                return Usage(clips=0, bytes=0)
            return Usage(clips=row["clips"], bytes=row["bytes"])

        return self._read(read)

    def set_protected(self, clip_id: str, protected: bool) -> Future[Clip]:
        """Protect or release a saved clip. The future raises `KeyError`."""
        return self._change(
            clip_id, "protected = ?", (protected,), ClipState.SAVED, ClipState.SAVED
        )

    def to_bin(self, clip_id: str, now: datetime) -> Future[Clip]:
        """Note a saved clip as deleted. The future raises `KeyError`."""
        return self._change(
            clip_id,
            "binned_at = ?",
            (to_micros(now),),
            ClipState.SAVED,
            ClipState.BIN,
        )

    def from_bin(self, clip_id: str) -> Future[Clip]:
        """Note a deleted clip as saved again. The future raises `KeyError`."""
        return self._change(
            clip_id, "binned_at = NULL", (), ClipState.BIN, ClipState.SAVED
        )

    def binned(self, until: datetime | None = None) -> Future[list[tuple[Clip, str]]]:
        """Return deleted clips, and paths, of those binned up to a time."""
        limit = to_micros(until) if until else 2**62

        def read(connection: sqlite3.Connection) -> list[tuple[Clip, str]]:
            return [
                (to_clip(row, self._files), row["path"])
                for row in connection.execute(
                    "SELECT * FROM clips WHERE state != 'saved'"
                    " AND state = 'bin' AND binned_at <= ?"
                    " ORDER BY binned_at, started_at",
                    (limit,),
                )
            ]

        return self._read(read)

    def expire(self, before: datetime | None, max_bytes: int | None) -> Future[int]:
        """Put the oldest unprotected clips into the bin until the limits hold.

        They count as binned in 1970: the next emptying takes them, and so does the
        one after a crash. Returns how many.
        """

        def write(connection: sqlite3.Connection) -> int:
            (total,) = connection.execute(
                "SELECT coalesce(sum(saved_bytes), 0) FROM usage"
            ).fetchone()
            excess = total - max_bytes if max_bytes is not None else 0
            oldest = to_micros(before) if before else -(2**62)
            taken: list[tuple[int]] = []
            for row in connection.execute(
                "SELECT rowid, started_at, size + thumbnail_size AS bytes FROM clips"
                " INDEXED BY clips_by_start WHERE state = 'saved' AND protected = 0"
                " ORDER BY started_at"
            ):
                if row["started_at"] >= oldest and excess <= 0:
                    break
                excess -= row["bytes"]
                taken.append((row["rowid"],))
            connection.executemany(
                "UPDATE clips SET state = 'bin', binned_at = 0 WHERE rowid = ?", taken
            )
            return len(taken)

        return self._write(write)

    def _change(
        self,
        clip_id: str,
        assignment: str,
        values: tuple[object, ...],
        before: ClipState,
        after: ClipState,
    ) -> Future[Clip]:
        def write(connection: sqlite3.Connection) -> Clip:
            row = connection.execute(
                f"UPDATE clips SET {assignment}, state = ?"  # noqa: S608 - our own text
                " WHERE clip_id = ? AND state = ? RETURNING *",
                (*values, after, clip_id, before),
            ).fetchone()
            if row is None:
                raise KeyError(clip_id)
            return to_clip(row, self._files)

        return self._write(write)

    def _write[T](self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        def run() -> T:
            with _transaction(self._writer) as connection:
                return work(connection)

        return self._write_thread.submit(run)

    def _read[T](self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        return self._read_thread.submit(work, self._reader)


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run statements as one, whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # SQLite rolls back by itself on some errors, a full disk among them.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _open_writer(path: Path) -> sqlite3.Connection:
    # Made first, for this user alone; SQLite gives its side files the same mode.
    path.touch(mode=0o600)
    writer = connect(path)
    try:
        migrate(writer)
    except BaseException:
        writer.close()
        raise
    return writer
