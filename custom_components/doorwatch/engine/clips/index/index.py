"""Keep one row for each clip in SQLite, with a writing and a reading thread."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
import contextlib
from datetime import date, datetime
from functools import partial
from itertools import count
import json
from pathlib import Path
import sqlite3
from typing import Self

from ...transactions import transaction
from ..files.names import LibraryFiles
from ..model import (
    Clip,
    ClipQuery,
    ClipState,
    Day,
    Facets,
    Mark,
    RetentionPolicy,
    Usage,
)
from ..worker import Worker
from . import rows, search
from .retention_scan import ExpiredClip, RetentionScan
from .rows import UnfinishedClip, to_micros
from .schema import connect, is_damage, migrate, put_aside


class Index:
    """Read and write the rows of clips, with one thread and connection for each.

    Methods return futures, for threads and coroutines alike.
    """

    def __init__(
        self,
        path: Path,
        writer: sqlite3.Connection,
        reader: sqlite3.Connection,
        files: LibraryFiles,
    ) -> None:
        """Initialize with open connections."""
        self._path = path
        self._inode = path.stat().st_ino
        self.damaged = False  # whether a read or write found damage
        self._to_clip = partial(rows.to_clip, files=files)
        self._writer = writer
        self._reader = reader
        self._write_thread = Worker("doorwatch-index-write")
        self._read_thread = Worker("doorwatch-index-read")

    @classmethod
    def open(cls, path: Path, files: LibraryFiles, *, damaged: bool = False) -> Self:
        """Open or create the index; renames a file that is not a database.

        `damaged` renames the file in any case. Raises `LibraryError`, `OSError` or
        `sqlite3.Error`.
        """
        if damaged:
            put_aside(path)
        try:
            writer = _open_writer(path)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            put_aside(path)
            writer = _open_writer(path)
        try:
            reader = connect(path, read_only=True)
        except sqlite3.Error:
            writer.close()
            raise
        return cls(path, writer, reader, files)

    def close(self, timeout: float) -> None:
        """Finish queued work and close, if that is done in time (seconds)."""
        done = self._read_thread.shutdown(timeout)
        done = self._write_thread.shutdown(timeout) and done
        if done:
            self._reader.close()
            self._writer.close()

    @property
    def is_whole(self) -> bool:
        """Return whether the opened file is still in place and not damaged."""
        try:
            return not self.damaged and self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    # Writing

    def begin(self, *begun: UnfinishedClip) -> Future[None]:
        """Add clips that are being recorded; existing rows are kept."""

        def write(connection: sqlite3.Connection) -> None:
            _insert(connection, map(rows.of_unfinished, begun))

        return self._write(write)

    def note(self, begun: UnfinishedClip) -> Future[None]:
        """Save the current events and labels of a clip that is being recorded."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(
                "UPDATE clips SET event = :event, also = :also, labels = :labels"
                " WHERE clip_id = :clip_id AND state = 'recording'",
                rows.of_unfinished(begun),
            )

        return self._write(write)

    def save(
        self, begun: UnfinishedClip, clip: Clip, thumbnail_size: int
    ) -> Future[None]:
        """Change a clip that is being recorded to saved.

        Adds the row first if the index was lost meanwhile; a saved clip stays
        unchanged.
        """

        def write(connection: sqlite3.Connection) -> None:
            _insert(connection, [rows.of_unfinished(begun)])
            connection.execute(
                "UPDATE clips SET event = :event, also = :also, labels = :labels,"
                " started_at = :started_at, ended_at = :ended_at, size = :size,"
                " thumbnail_size = :thumbnail_size, sha256 = :sha256,"
                " video_codec = :video_codec, audio_codec = :audio_codec,"
                " width = :width, height = :height, frames = :frames, gaps = :gaps,"
                " recovered = :recovered, video_profile = :video_profile,"
                " pixel_format = :pixel_format, fetched_from = :fetched_from,"
                " state = 'saved' WHERE clip_id = :clip_id AND state = 'recording'",
                rows.of_clip(clip, begun.path, thumbnail_size),
            )

        return self._write(write)

    def add(self, clips: Sequence[tuple[Clip, str, int]]) -> Future[int]:
        """Add clips without a row, each with path and size of the thumbnail.

        Returns how many were added.
        """
        return self._write(
            lambda connection: _insert(
                connection, [rows.of_clip(*each) for each in clips]
            )
        )

    def replace(self, clip: Clip, path: str) -> Future[None]:
        """Replace the row of a clip whose time and path have changed."""

        def write(connection: sqlite3.Connection) -> None:
            row = connection.execute(
                "DELETE FROM clips WHERE clip_id = ? RETURNING thumbnail_size",
                (clip.clip_id,),
            ).fetchone()
            if row is not None:
                _insert(connection, [rows.of_clip(clip, path, row["thumbnail_size"])])

        return self._write(write)

    def forget(self, clip_ids: Collection[str]) -> Future[None]:
        """Remove the rows of clips."""

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM clips WHERE clip_id = ?", [(c,) for c in clip_ids]
            )

        return self._write(write)

    def set_protected(self, clip_id: str, protected: bool) -> Future[Clip]:
        """Protect or release a saved clip. The future raises `KeyError`."""
        return self._change(clip_id, ClipState.SAVED, "protected = ?", protected)

    def set_labels(self, clip_id: str, labels: Mapping[str, str]) -> Future[Clip]:
        """Replace the labels of a saved clip. The future raises `KeyError`."""
        return self._change(
            clip_id, ClipState.SAVED, "labels = ?", rows.labels_text(labels)
        )

    def to_bin(self, clip_id: str, now: datetime) -> Future[Clip]:
        """Mark a saved clip as deleted. The future raises `KeyError`."""
        return self._change(
            clip_id, ClipState.SAVED, "state = 'bin', binned_at = ?", to_micros(now)
        )

    def from_bin(self, clip_id: str) -> Future[Clip]:
        """Mark a deleted clip as saved again. The future raises `KeyError`."""
        return self._change(clip_id, ClipState.BIN, "state = 'saved', binned_at = NULL")

    def expire(self, going: Iterable[ExpiredClip]) -> Future[int]:
        """Mark clips as expired; return how many.

        Skips clips that were protected since the scan, and row numbers that now belong
        to another clip. The deletion time of expired clips is 1970, so that the next
        cleanup removes them, also after a crash.
        """
        numbers = [(clip.number, clip.started_at) for clip in going]

        def write(connection: sqlite3.Connection) -> int:
            return connection.executemany(
                "UPDATE clips SET state = 'bin', binned_at = 0"
                " WHERE rowid = ? AND started_at = ? AND state = 'saved'"
                " AND protected = 0",
                numbers,
            ).rowcount

        return self._write(write)

    def _change(
        self, clip_id: str, state: ClipState, assignments: str, *values: object
    ) -> Future[Clip]:
        """Change a clip in this state. The future raises `KeyError`."""

        def write(connection: sqlite3.Connection) -> Clip:
            row = connection.execute(
                f"UPDATE clips SET {assignments}"  # noqa: S608 - our own text
                " WHERE clip_id = ? AND state = ? RETURNING *",
                (*values, clip_id, state),
            ).fetchone()
            if row is None:
                raise KeyError(clip_id)
            return self._to_clip(row)

        return self._write(write)

    def _write[T](self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        def run() -> T:
            with transaction(self._writer):
                return work(self._writer)

        return self._write_thread.submit(self._watched, run)

    # Reading

    def recording(self) -> Future[list[UnfinishedClip]]:
        """Return the clips that are being recorded."""
        return self._rows(
            rows.to_unfinished,
            # The first condition lets SQLite use the small index of clips that are not
            # saved.
            "SELECT * FROM clips WHERE state != 'saved' AND state = 'recording'"
            " ORDER BY started_at",
        )

    def begun(self, clip_id: str) -> Future[UnfinishedClip | None]:
        """Return a clip that is being recorded, None once it is saved."""

        def read(connection: sqlite3.Connection) -> UnfinishedClip | None:
            row = connection.execute(
                "SELECT * FROM clips WHERE clip_id = ? AND state = 'recording'",
                (clip_id,),
            ).fetchone()
            return rows.to_unfinished(row) if row else None

        return self._read(read)

    def get(self, clip_id: str) -> Future[tuple[Clip, str] | None]:
        """Return a clip that is saved or in the bin, and its path in the index."""

        def read(connection: sqlite3.Connection) -> tuple[Clip, str] | None:
            row = connection.execute(
                "SELECT * FROM clips WHERE clip_id = ? AND state != 'recording'",
                (clip_id,),
            ).fetchone()
            return self._clip_and_path(row) if row else None

        return self._read(read)

    def find(
        self,
        doorbell_ids: Collection[str],
        query: ClipQuery,
        limit: int,
        *,
        oldest: bool = False,
    ) -> Future[list[Clip]]:
        """Return saved clips of at least one doorbell that match, newest first.

        `oldest` selects the oldest of them instead of the newest.
        """

        def read(connection: sqlite3.Connection) -> list[Clip]:
            found: list[Clip] = []
            cursor = connection.cursor()
            cursor.row_factory = None  # tuples, which are faster
            for offset in count(step=limit):
                page = [
                    self._to_clip(row)
                    for row in cursor.execute(
                        *search.matching(
                            doorbell_ids, query, limit, offset, oldest=oldest
                        )
                    )
                ]
                # Exclude IDs here: only a few results are excluded, but each scan of
                # the index would need all excluded IDs.
                kept = [clip for clip in page if clip.clip_id not in query.but]
                found = [*kept, *found] if oldest else [*found, *kept]
                if len(page) < limit or len(found) >= limit:
                    break
            return found[-limit:] if oldest else found[:limit]

        return self._read(read)

    def parts(self, doorbell_id: str, event_id: str) -> Future[list[str]]:
        """Return the IDs of the saved clips of one event, in the order of its parts."""
        return self._rows(
            lambda row: str(row["clip_id"]),
            # The first part has the ID of the event; the index `clips_parts` has the
            # others.
            "SELECT clip_id FROM ("
            " SELECT clip_id, part, started_at FROM clips WHERE clip_id = ?1"
            " AND event_id = ?1 AND state = 'saved' AND doorbell_id = ?2"
            " UNION ALL"
            " SELECT clip_id, part, started_at FROM clips INDEXED BY clips_parts"
            " WHERE event_id = ?1 AND event_id != clip_id"
            " AND state = 'saved' AND doorbell_id = ?2"
            ") ORDER BY part, started_at",
            event_id,
            doorbell_id,
        )

    def without(self, clip_ids: Collection[str], before: datetime) -> Future[list[str]]:
        """Return the IDs of saved clips before a time except these, oldest first."""

        def read(connection: sqlite3.Connection) -> list[str]:
            found = connection.execute(
                "SELECT clip_id FROM clips WHERE state = 'saved' AND started_at < ?"
                " ORDER BY started_at",
                (to_micros(before),),
            )
            return [row["clip_id"] for row in found if row["clip_id"] not in clip_ids]

        return self._read(read)

    def count(self, doorbell_id: str, after: datetime) -> Future[int]:
        """Count the saved clips that began at or after a time."""
        return self._read(
            lambda connection: connection.execute(
                "SELECT count(*) FROM clips WHERE state = 'saved'"
                " AND doorbell_id = ? AND started_at >= ?",
                (doorbell_id, to_micros(after)),
            ).fetchone()[0]
        )

    def usage(self, doorbell_id: str) -> Future[Usage]:
        """Return the number and size of a doorbell's clips."""

        def read(connection: sqlite3.Connection) -> Usage:
            clips, size = connection.execute(
                "SELECT coalesce(sum(clips), 0),"
                " coalesce(sum(saved_bytes + bin_bytes), 0)"
                " FROM usage WHERE doorbell_id = ?",
                (doorbell_id,),
            ).fetchone()
            return Usage(clips=clips, bytes=size)

        return self._read(read)

    def binned(
        self, until: datetime | None = None, limit: int = -1
    ) -> Future[list[tuple[Clip, str]]]:
        """Return clips that were binned up to a time, and their paths."""
        return self._rows(
            self._clip_and_path,
            "SELECT * FROM clips WHERE state != 'saved' AND state = 'bin'"
            " AND binned_at <= ? ORDER BY binned_at, started_at LIMIT ?",
            to_micros(until) if until else 2**62,
            limit,
        )

    def scan[T](
        self,
        retention: RetentionPolicy,
        now: datetime,
        look: Callable[[RetentionScan], T],
    ) -> T:
        """Return the result of a long scan of all clips in one transaction.

        Runs on the calling thread with a separate connection, so that nothing waits for
        it.
        """

        def work() -> T:
            with contextlib.closing(connect(self._path, read_only=True)) as connection:
                connection.execute("BEGIN")
                return look(RetentionScan(connection, retention, now))

        return self._watched(work)

    def deleted(
        self, doorbell_ids: Collection[str] | None, limit: int
    ) -> Future[list[Clip]]:
        """Return deleted clips of these doorbells (or all), latest deletion first.

        Leaves out expired clips that are about to be removed.
        """
        return self._rows(
            self._to_clip,
            "SELECT * FROM clips WHERE state != 'saved' AND state = 'bin'"
            " AND binned_at > 0"
            " AND (?1 IS NULL OR doorbell_id IN (SELECT value FROM json_each(?1)))"
            " ORDER BY binned_at DESC, started_at DESC LIMIT ?2",
            None if doorbell_ids is None else json.dumps([*doorbell_ids]),
            limit,
        )

    def days(self, doorbell_ids: Collection[str]) -> Future[list[Day]]:
        """Return the number of saved clips for each day, newest day first."""
        return self._rows(
            lambda row: Day(
                row["doorbell_id"], date.fromisoformat(row["day"]), row["clips"]
            ),
            "SELECT doorbell_id, day, clips FROM days WHERE clips > 0"
            " AND doorbell_id IN (SELECT value FROM json_each(?))"
            " ORDER BY day DESC, doorbell_id",
            json.dumps([*doorbell_ids]),
        )

    def marks(
        self, doorbell_ids: Collection[str], begin: datetime, end: datetime
    ) -> Future[list[Mark]]:
        """Return all saved clips that began in this time, oldest first."""
        return self._rows(
            rows.to_mark,
            "SELECT clip_id, doorbell_id, started_at, ended_at, event, also, labels,"
            " protected FROM clips INDEXED BY clips_by_start WHERE state = 'saved'"
            " AND started_at >= ? AND started_at < ?"
            " AND doorbell_id IN (SELECT value FROM json_each(?))"
            " ORDER BY started_at, rowid",
            to_micros(begin),
            to_micros(end),
            json.dumps([*doorbell_ids]),
        )

    def facets(self, doorbell_ids: Collection[str]) -> Future[dict[str, Facets]]:
        """Return the kinds and labels of the saved clips of each doorbell."""
        return self._read(
            lambda connection: {
                one: search.facets(connection, one) for one in doorbell_ids
            }
        )

    def beside(
        self, clip_id: str, doorbell_ids: Collection[str]
    ) -> Future[tuple[str | None, str | None]]:
        """Return the IDs of the next older and newer saved clips of these doorbells."""

        def read(connection: sqlite3.Connection) -> tuple[str | None, str | None]:
            found: list[str | None] = []
            for less, order in (("<", "DESC"), (">", "ASC")):
                nearest = [
                    row
                    for doorbell_id in doorbell_ids
                    for row in connection.execute(
                        "SELECT started_at, clips.rowid, clip_id"  # noqa: S608 - our own text
                        " FROM clips INDEXED BY clips_of_doorbell,"
                        " (SELECT started_at AS at, rowid AS number FROM clips"
                        " WHERE clip_id = ?)"
                        f" WHERE state = 'saved' AND doorbell_id = ?"
                        f" AND started_at {less}= at"
                        f" AND (started_at, clips.rowid) {less} (at, number)"
                        f" ORDER BY started_at {order}, clips.rowid {order} LIMIT 1",
                        (clip_id, doorbell_id),
                    )
                ]
                pick = max if less == "<" else min
                one = pick(nearest, key=lambda row: (row[0], row[1]), default=None)
                found.append(None if one is None else str(one[2]))
            older, newer = found
            return older, newer

        return self._read(read)

    def rows_of_day(self, doorbell_id: str, day: str) -> Future[list[tuple[Clip, str]]]:
        """Return the saved clips of a local day (as in paths), and their paths."""
        noon = to_micros(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        # Time zones are at most 14 hours from UTC, so all clips of the day are within
        # 26 hours of noon; the path decides which they are.
        reach = 27 * 3_600_000_000
        return self._rows(
            self._clip_and_path,
            "SELECT * FROM clips INDEXED BY clips_of_doorbell"
            " WHERE state = 'saved' AND doorbell_id = ?"
            " AND started_at BETWEEN ? AND ?"
            " AND substr(path, instr(path, '/') + 1, 10) = ?",
            *(doorbell_id, noon - reach, noon + reach, day),
        )

    def unknown(self, clip_ids: Collection[str]) -> Future[list[str]]:
        """Return the IDs that have no row in any state."""
        return self._rows(
            lambda row: str(row["value"]),
            "SELECT value FROM json_each(?) WHERE NOT EXISTS"
            " (SELECT 1 FROM clips WHERE clip_id = value)",
            json.dumps([*clip_ids]),
        )

    def all_days(self) -> Future[list[tuple[str, str]]]:
        """Return the doorbell and local day of all saved clips."""
        return self._rows(
            lambda row: (row["doorbell_id"], row["day"]),
            "SELECT doorbell_id, day FROM days WHERE clips > 0",
        )

    def all_with_paths(self) -> Future[list[tuple[Clip, str]]]:
        """Return all clips that are saved or in the bin, newest first."""
        return self._rows(
            self._clip_and_path,
            "SELECT * FROM clips WHERE state IN ('saved', 'bin')"
            " ORDER BY started_at DESC",
        )

    def _clip_and_path(self, row: sqlite3.Row) -> tuple[Clip, str]:
        return self._to_clip(row), row["path"]

    def _rows[T](
        self, convert: Callable[[sqlite3.Row], T], sql: str, *values: object
    ) -> Future[list[T]]:
        return self._read(
            lambda connection: [convert(row) for row in connection.execute(sql, values)]
        )

    def _read[T](self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        return self._read_thread.submit(self._watched, lambda: work(self._reader))

    def _watched[T](self, work: Callable[[], T]) -> T:
        """Run work and remember if it finds a damaged file."""
        try:
            return work()
        except sqlite3.DatabaseError as error:
            self.damaged = self.damaged or is_damage(error)
            raise


def _insert(
    connection: sqlite3.Connection, clips: Iterable[Mapping[str, object]]
) -> int:
    """Add clips that have no row, and return how many were added."""
    return sum(
        connection.execute(
            f"INSERT INTO clips ({', '.join(columns)})"  # noqa: S608 - our own text
            f" VALUES (:{', :'.join(columns)}) ON CONFLICT (clip_id) DO NOTHING",
            columns,
        ).rowcount
        for columns in clips
    )


def _open_writer(path: Path) -> sqlite3.Connection:
    # Create the file with private permissions; SQLite uses them for its side files.
    path.touch(mode=0o600)
    writer = connect(path)
    try:
        migrate(writer)
    except BaseException:
        writer.close()
        raise
    return writer
