"""What the index is asked: reading has a thread and a connection of its own."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future
from datetime import date, datetime
import json
import sqlite3

from ..files.names import Files
from ..model import Clip, ClipState, Day, Sought, Usage
from .rows import Begun, to_begun, to_clip, to_micros
from .search import walk_of

type ClipList = list[Clip]

_WALK = (
    "SELECT started_at, rowid AS number FROM clips INDEXED BY clips_of_doorbell"
    " WHERE state = 'saved' AND doorbell_id = ? AND started_at >= ? AND started_at < ?"
)
_WALK_OF_EVENT = (
    "SELECT started_at, rowid AS number FROM clips INDEXED BY clips_of_event"
    " WHERE state = 'saved' AND doorbell_id = ? AND event = ? AND started_at >= ?"
    " AND started_at < ?"
)


class Questions(ABC):
    """Everything that only reads. Methods return futures."""

    _files: Files

    @abstractmethod
    def _read[T](self, work: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Ask on the thread that reads."""

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
        event: str | None = None,
    ) -> Future[ClipList]:
        """Return saved clips of these doorbells, newest first."""
        lower = to_micros(after) if after else -(2**62)
        upper = to_micros(before) if before else 2**62
        if event is None:
            return self._merged(doorbell_ids, _WALK, (lower, upper), limit)
        return self._merged(doorbell_ids, _WALK_OF_EVENT, (event, lower, upper), limit)

    def find(
        self, doorbell_ids: Collection[str], sought: Sought, limit: int
    ) -> Future[ClipList]:
        """Return saved clips of these doorbells that are what is sought, newest first."""
        return self._merged(doorbell_ids, *walk_of(sought), limit)

    def _merged(
        self,
        doorbell_ids: Collection[str],
        walk: str,
        values: Sequence[object],
        limit: int,
    ) -> Future[ClipList]:
        """Return the newest clips of one walk down an index for each doorbell.

        `values` are those of the walk after the doorbell.
        """
        doorbells = dict.fromkeys(doorbell_ids)
        # SQLite merges the walks (up to 500) as they go; for an IN it would sort all
        # clips of all doorbells.
        walks = " UNION ALL ".join([walk] * len(doorbells))
        query = (
            "SELECT * FROM clips WHERE rowid IN"  # noqa: S608 - our own text
            f" (SELECT number FROM ({walks}"
            " ORDER BY started_at DESC, number DESC LIMIT ?))"
            " ORDER BY started_at DESC, rowid DESC"
        )
        asked = [value for doorbell in doorbells for value in (doorbell, *values)]

        def read(connection: sqlite3.Connection) -> ClipList:
            if not doorbells:
                return []
            rows = connection.execute(query, [*asked, limit])
            return [to_clip(row, self._files) for row in rows]

        return self._read(read)

    def parts(self, doorbell_id: str, event_id: str) -> Future[list[str]]:
        """Return the ids of the saved clips of one event, in the order of its parts."""

        def read(connection: sqlite3.Connection) -> list[str]:
            rows = connection.execute(
                # The first part has the id of the event, the others an index.
                "SELECT clip_id FROM ("
                " SELECT clip_id, part, started_at FROM clips WHERE clip_id = ?1"
                " AND event_id = ?1 AND state = 'saved' AND doorbell_id = ?2"
                " UNION ALL"
                " SELECT clip_id, part, started_at FROM clips INDEXED BY clips_parts"
                " WHERE event_id = ?1 AND event_id != clip_id"
                " AND state = 'saved' AND doorbell_id = ?2"
                ") ORDER BY part, started_at",
                (event_id, doorbell_id),
            )
            return [row["clip_id"] for row in rows]

        return self._read(read)

    def without(self, clip_ids: Collection[str], before: datetime) -> Future[ClipList]:
        """Return the saved clips but for these that began before, oldest first."""

        def read(connection: sqlite3.Connection) -> ClipList:
            missing = [
                row["clip_id"]
                for row in connection.execute(
                    "SELECT clip_id FROM clips WHERE state = 'saved'"
                    " AND started_at < ?",
                    (to_micros(before),),
                )
                if row["clip_id"] not in clip_ids
            ]
            return [
                to_clip(row, self._files)
                for row in connection.execute(
                    "SELECT * FROM clips WHERE clip_id IN"
                    " (SELECT value FROM json_each(?)) AND state = 'saved'"
                    " ORDER BY started_at",
                    (json.dumps(missing),),
                )
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

    def deleted(
        self, doorbell_ids: Collection[str] | None, limit: int
    ) -> Future[ClipList]:
        """Return what lies in the bin of these doorbells (or any), newest deletion first.

        Clips that retention took only pass through it and are left out.
        """

        def read(connection: sqlite3.Connection) -> ClipList:
            return [
                to_clip(row, self._files)
                for row in connection.execute(
                    "SELECT * FROM clips WHERE state != 'saved' AND state = 'bin'"
                    " AND binned_at > 0"
                    " AND (?1 IS NULL"
                    " OR doorbell_id IN (SELECT value FROM json_each(?1)))"
                    " ORDER BY binned_at DESC, started_at DESC LIMIT ?2",
                    (
                        None if doorbell_ids is None else json.dumps([*doorbell_ids]),
                        limit,
                    ),
                )
            ]

        return self._read(read)

    def days(self, doorbell_ids: Collection[str]) -> Future[list[Day]]:
        """Return how many saved clips there are of each day, newest day first."""

        def read(connection: sqlite3.Connection) -> list[Day]:
            return [
                Day(row["doorbell_id"], date.fromisoformat(row["day"]), row["clips"])
                for row in connection.execute(
                    "SELECT doorbell_id, day, clips FROM days WHERE clips > 0"
                    " AND doorbell_id IN (SELECT value FROM json_each(?))"
                    " ORDER BY day DESC, doorbell_id",
                    (json.dumps([*doorbell_ids]),),
                )
            ]

        return self._read(read)

    def rows_of_day(self, doorbell_id: str, day: str) -> Future[list[tuple[Clip, str]]]:
        """Return the saved clips, and paths, of a local day (as in paths)."""
        noon = to_micros(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        # No zone is more than 14 hours away; the path says which of these it are.
        reach = 27 * 3_600_000_000

        def read(connection: sqlite3.Connection) -> list[tuple[Clip, str]]:
            return [
                (to_clip(row, self._files), row["path"])
                for row in connection.execute(
                    "SELECT * FROM clips INDEXED BY clips_of_doorbell"
                    " WHERE state = 'saved' AND doorbell_id = ?"
                    " AND started_at BETWEEN ? AND ?"
                    " AND substr(path, instr(path, '/') + 1, 10) = ?",
                    (doorbell_id, noon - reach, noon + reach, day),
                )
            ]

        return self._read(read)

    def unknown(self, clip_ids: Collection[str]) -> Future[set[str]]:
        """Return those of these ids that have no row, in whatever state."""

        def read(connection: sqlite3.Connection) -> set[str]:
            return {
                row[0]
                for row in connection.execute(
                    "SELECT value FROM json_each(?) WHERE NOT EXISTS"
                    " (SELECT 1 FROM clips WHERE clip_id = value)",
                    (json.dumps([*clip_ids]),),
                )
            }

        return self._read(read)

    def all_days(self) -> Future[list[tuple[str, str]]]:
        """Return doorbell and local day of all saved clips."""
        return self._read(
            lambda connection: [
                (row["doorbell_id"], row["day"])
                for row in connection.execute(
                    "SELECT doorbell_id, day FROM days WHERE clips > 0"
                )
            ]
        )

    def all_with_paths(self) -> Future[list[tuple[Clip, str]]]:
        """Return all clips that are saved or in the bin, the newest first."""
        return self._read(
            lambda connection: [
                (to_clip(row, self._files), row["path"])
                for row in connection.execute(
                    "SELECT * FROM clips WHERE state IN ('saved', 'bin')"
                    " ORDER BY started_at DESC"
                )
            ]
        )
