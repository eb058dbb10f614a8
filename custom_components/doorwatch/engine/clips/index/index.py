"""The index: one row a clip in SQLite, written by one thread."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future
import contextlib
from datetime import datetime
import json
from pathlib import Path
import sqlite3
from typing import Self, override

from ..files.names import Files
from ..model import Clip, ClipState
from ..worker import Worker
from .queries import Questions
from .rows import Begun, to_clip, to_micros
from .schema import connect, is_damage, migrate, put_aside


class Index(Questions):
    """Rows of clips. Writing and reading have a thread and a connection each.

    Methods return futures, so that threads and coroutines can wait in their own way.
    """

    def __init__(
        self,
        path: Path,
        writer: sqlite3.Connection,
        reader: sqlite3.Connection,
        files: Files,
    ) -> None:
        """Take the open connections."""
        self._path = path
        self._inode = path.stat().st_ino
        self._damaged = False
        self._files = files
        self._writer = writer
        self._reader = reader
        self._write_thread = Worker("doorwatch-index-write")
        self._read_thread = Worker("doorwatch-index-read")

    @classmethod
    def open(cls, path: Path, files: Files, *, damaged: bool = False) -> Self:
        """Open or make the index; one that is no database any more is put aside.

        So is one that is known to be damaged somewhere inside. Raises `LibraryError`,
        `OSError` or `sqlite3.Error`.
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

    def close(self, timeout: float | None = None) -> bool:
        """Finish what is queued, then close; say whether that was done in time."""
        done = self._read_thread.shutdown(timeout)
        done = self._write_thread.shutdown(timeout) and done
        if done:
            self._reader.close()
            self._writer.close()
        return done

    @property
    def is_damaged(self) -> bool:
        """Whether damage was met inside."""
        return self._damaged

    @property
    def is_whole(self) -> bool:
        """Whether it is still the file that was opened, and no damage was met."""
        try:
            return not self._damaged and self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def begin(self, *begun: Begun) -> Future[None]:
        """Note clips that are being recorded; those that have a row keep it."""

        def write(connection: sqlite3.Connection) -> None:
            for one in begun:
                _note(connection, one)

        return self._write(write)

    def save(self, begun: Begun, clip: Clip, thumbnail_size: int) -> Future[None]:
        """Turn a clip that is being recorded into a saved one.

        It gets its row anew when the index was lost meanwhile; one that is saved stays
        as it is.
        """

        def write(connection: sqlite3.Connection) -> None:
            _note(connection, begun)
            connection.execute(
                "UPDATE clips SET event = ?, started_at = ?, ended_at = ?, size = ?,"
                " thumbnail_size = ?, sha256 = ?, video_codec = ?, audio_codec = ?,"
                " width = ?, height = ?, frames = ?, gaps = ?, recovered = ?,"
                " video_profile = ?, pixel_format = ?, fetched_from = ?, state = ?"
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
                    clip.video_profile,
                    clip.pixel_format,
                    clip.fetched_from,
                    ClipState.SAVED,
                    clip.clip_id,
                    ClipState.RECORDING,
                ),
            )

        return self._write(write)

    def add(self, clips: Sequence[tuple[Clip, str, int]]) -> Future[int]:
        """Add rows of clips that have none: with path, and size of the thumbnail.

        Returns how many had none.
        """

        def write(connection: sqlite3.Connection) -> int:
            done = connection.executemany(
                "INSERT OR IGNORE INTO clips (clip_id, doorbell_id, event_id, part,"
                " event, started_at, ended_at, timezone, path, size, thumbnail_size,"
                " sha256, video_codec, audio_codec, width, height, frames, gaps,"
                " protected, recovered, state, binned_at, video_profile, pixel_format,"
                " fetched_from)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                " ?, ?, ?, ?, ?)",
                [
                    (
                        *(clip.clip_id, clip.doorbell_id, clip.event_id, clip.part),
                        *(clip.event, to_micros(clip.started_at)),
                        *(to_micros(clip.ended_at), clip.timezone, path, clip.size),
                        *(thumbnail_size, clip.sha256, clip.video_codec),
                        *(clip.audio_codec, clip.width, clip.height, clip.frames),
                        json.dumps([[to_micros(t) for t in gap] for gap in clip.gaps]),
                        *(clip.protected, clip.recovered, clip.state),
                        to_micros(clip.deleted_at) if clip.deleted_at else None,
                        *(clip.video_profile, clip.pixel_format, clip.fetched_from),
                    )
                    for clip, path, thumbnail_size in clips
                ],
            )
            return done.rowcount

        return self._write(write)

    def forget(self, clip_ids: Collection[str]) -> Future[None]:
        """Remove rows."""

        def write(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "DELETE FROM clips WHERE clip_id = ?", [(c,) for c in clip_ids]
            )

        return self._write(write)

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

    def expire(
        self,
        before: datetime | None,
        max_bytes: int | None,
        *,
        room: int = 0,
        until: datetime | None = None,
    ) -> Future[int]:
        """Put the oldest unprotected clips into the bin until the limits hold.

        `room` is how many bytes are to be freed at least, of clips that began before
        `until`.

        They count as binned in 1970: the next emptying takes them, and so does the
        one after a crash. Returns how many.
        """

        def write(connection: sqlite3.Connection) -> int:
            (total,) = connection.execute(
                "SELECT coalesce(sum(saved_bytes), 0) FROM usage"
            ).fetchone()
            excess = total - max_bytes if max_bytes is not None else 0
            excess = max(excess, room)
            newest = to_micros(until) if until else 2**62
            oldest = to_micros(before) if before else -(2**62)
            taken: list[tuple[int]] = []
            for row in connection.execute(
                "SELECT rowid, started_at, size + thumbnail_size AS bytes FROM clips"
                " INDEXED BY clips_by_start WHERE state = 'saved' AND protected = 0"
                " ORDER BY started_at"
            ):
                if row["started_at"] >= oldest and (
                    excess <= 0 or row["started_at"] >= newest
                ):
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

        return self._write_thread.submit(self._watched, run)

    @override
    def _read[T](self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        return self._read_thread.submit(self._watched, lambda: work(self._reader))

    def _watched[T](self, work: Callable[[], T]) -> T:
        """Notice a file that is damaged: it is put aside when it is next opened."""
        try:
            return work()
        except sqlite3.DatabaseError as error:
            self._damaged = self._damaged or is_damage(error)
            raise


def _note(connection: sqlite3.Connection, begun: Begun) -> None:
    """Add the row of a clip that is being recorded, unless it has one."""
    started = to_micros(begun.started_at)
    connection.execute(
        "INSERT INTO clips (clip_id, doorbell_id, event_id, part, event, started_at,"
        " ended_at, timezone, path, state, fetched_from)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (clip_id) DO NOTHING",
        (
            *(begun.clip_id, begun.doorbell_id, begun.event_id, begun.part),
            *(begun.event, started, started, begun.timezone, begun.path),
            *(ClipState.RECORDING, begun.fetched_from),
        ),
    )


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
