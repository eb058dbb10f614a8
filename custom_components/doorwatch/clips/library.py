"""The library of clips: the only door to the index and the files."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
import contextlib
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
import sqlite3
from typing import Final, Self

from ..doorbells.base import DoorbellEvent, EventKind
from ..recording.model import ClipStart, FinishedClip
from .errors import LibraryError, problem_of
from .files import Files, digest, relative_path, sync_file
from .index import Index
from .model import Clip, ClipState, Day, Limits, Recovery, Usage
from .questions import ClipList
from .recovery import recover
from .rows import Begun
from .sink import sink_for

__all__ = ["Library", "LibraryError", "sink_for"]

_LOGGER = logging.getLogger(__name__)

BIN_KEPT: Final = timedelta(hours=24)


class Library:
    """Index (SQLite, WAL, one thread that writes) and files of all doorbells.

    All lies under one folder. Coroutines run their blocking work on the library's threads.
    """

    def __init__(self, files: Files, index: Index, timezone: Callable[[], str]) -> None:
        """Take the open parts; use `open`."""
        self._files = files
        self._index = index
        self._timezone = timezone
        self._thread = ThreadPoolExecutor(1, "doorwatch-files")

    @classmethod
    async def open(cls, folder: Path, timezone: Callable[[], str]) -> Self:
        """Open or make the library. Raises `LibraryError`.

        `timezone` tells the IANA name of the home's zone; it is called on any thread.
        """
        return await asyncio.to_thread(cls._open, folder, timezone)

    @classmethod
    def _open(cls, folder: Path, timezone: Callable[[], str]) -> Self:
        files = Files(folder)
        try:
            files.prepare()
            index = Index.open(folder / "index.db", files)
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(problem_of(error)) from error
        return cls(files, index, timezone)

    async def close(self) -> None:
        """Finish what is queued and close the index."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._thread.shutdown()
        self._index.close()

    @property
    def folder(self) -> Path:
        """Return where everything lies."""
        return self._files.folder

    async def recover(self) -> list[Recovery]:
        """Finish or remove what a crash left; call once, before any recorder starts."""
        return await self._run(
            lambda: recover(self._index, self._files, self._timezone())
        )

    # Called on recorder threads (see recording.model.ClipSink and sink.py).
    def begin(self, doorbell_id: str, start: ClipStart) -> Path:
        """Note a clip as being recorded and name its temporary file.

        Raises `LibraryError`.
        """
        timezone = self._timezone()
        path = relative_path(doorbell_id, start.clip_id, start.started_at, timezone)
        begun = Begun(
            clip_id=start.clip_id,
            doorbell_id=doorbell_id,
            event_id=start.event_id,
            part=start.part,
            event=_kind(start.events),
            started_at=start.started_at,
            timezone=timezone,
            path=str(path),
        )
        try:
            part = self._files.new_part(path)
            try:
                self._index.begin(begun).result()
            except sqlite3.Error:
                part.unlink(missing_ok=True)
                raise
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(problem_of(error)) from error
        return part

    def finish(self, doorbell_id: str, finished: FinishedClip) -> Clip:
        """Digest, thumbnail, rename, index.

        After it returns the clip is whole on disk and listed. Raises `LibraryError`, and leaves all there is for `recover`; `KeyError` for a
        clip that was not begun.
        """
        begun = self._index.begun(finished.clip_id).result()
        if begun is None or begun.doorbell_id != doorbell_id:
            raise KeyError(finished.clip_id)
        video = self._files.video(begun.path)
        thumbnail = self._files.thumbnail(begun.path)
        try:
            sync_file(finished.path)
            clip = Clip(
                clip_id=finished.clip_id,
                doorbell_id=doorbell_id,
                event_id=finished.event_id,
                part=finished.part,
                event=_kind(finished.events),
                started_at=finished.started_at,
                ended_at=finished.ended_at,
                timezone=begun.timezone,
                path=video,
                thumbnail=thumbnail,
                size=finished.path.stat().st_size,
                sha256=digest(finished.path),
                video_codec=finished.video_codec,
                audio_codec=finished.audio_codec,
                width=finished.width,
                height=finished.height,
                frames=finished.frames,
                gaps=finished.gaps,
                protected=False,
                recovered=False,
                state=ClipState.SAVED,
                video_profile=finished.video_profile,
                pixel_format=finished.pixel_format,
            )
            self._files.write(thumbnail, finished.thumbnail)
            self._files.move(finished.path, video)
            self._index.save(clip, len(finished.thumbnail)).result()
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(problem_of(error)) from error
        return clip

    def abandon(self, clip_id: str) -> None:
        """Remove what `begin` noted."""
        if (begun := self._index.begun(clip_id).result()) is None:
            return
        try:
            self._files.remove(begun.path)
            self._index.forget([clip_id]).result()
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(problem_of(error)) from error

    async def get(self, clip_id: str) -> Clip | None:
        """Return a saved clip by its id, None for an unknown or binned one."""
        found = await asyncio.wrap_future(self._index.get(clip_id))
        if found is None or found[0].state is not ClipState.SAVED:
            return None
        return found[0]

    async def list(
        self,
        doorbell_ids: Collection[str],
        *,
        before: datetime | None = None,
        after: datetime | None = None,
        limit: int = 50,
        event: str | None = None,
    ) -> ClipList:
        """Return saved clips of these doorbells, newest first.

        An empty collection gives an empty list. `before` is exclusive, `after`
        inclusive; `event` asks for one kind (see `Clip`).
        """
        if not doorbell_ids or limit < 1:
            return []
        return await asyncio.wrap_future(
            self._index.newest(doorbell_ids, before, after, limit, event)
        )

    async def days(self, doorbell_ids: Collection[str]) -> Sequence[Day]:
        """Count the saved clips of each local day of these doorbells, newest first."""
        return await asyncio.wrap_future(self._index.days(doorbell_ids))

    async def deleted(
        self, doorbell_ids: Collection[str], *, limit: int = 50
    ) -> ClipList:
        """Return what lies in the bin of these doorbells, newest deletion first."""
        if not doorbell_ids or limit < 1:
            return []
        return await asyncio.wrap_future(self._index.deleted(doorbell_ids, limit))

    async def other_parts(self, clip: Clip) -> tuple[str, ...]:
        """Return the ids of the saved clips of the same event but for this one."""
        parts = await asyncio.wrap_future(
            self._index.parts(clip.doorbell_id, clip.event_id)
        )
        return tuple(part for part in parts if part != clip.clip_id)

    async def without(self, clip_ids: Collection[str]) -> ClipList:
        """Return the saved clips of all doorbells but for these, oldest first."""
        return await asyncio.wrap_future(self._index.without(clip_ids))

    async def count(self, doorbell_id: str, after: datetime) -> int:
        """Count the saved clips that began at or after this."""
        return await asyncio.wrap_future(self._index.count(doorbell_id, after))

    async def usage(self, doorbell_id: str) -> Usage:
        """Return what a doorbell takes; kept up to date, not summed."""
        return await asyncio.wrap_future(self._index.usage(doorbell_id))

    async def set_protected(self, clip_id: str, protected: bool) -> Clip:
        """Protect or release. Raises `KeyError` for an unknown clip."""
        return await self._run(
            lambda: self._index.set_protected(clip_id, protected).result()
        )

    async def delete(self, clip_id: str) -> Clip:
        """Move to the bin, kept 24 hours. Raises `KeyError` for an unknown clip."""
        return await self._run(lambda: self._delete(clip_id))

    def _delete(self, clip_id: str) -> Clip:
        clip = self._index.to_bin(clip_id, datetime.now(UTC)).result()
        # The row comes first: a crash in between leaves files that recover() moves.
        if found := self._index.get(clip_id).result():
            self._files.to_bin(found[1])
        return clip

    async def restore(self, clip_id: str) -> Clip:
        """Take a clip back out of the bin. Raises `KeyError` for an unknown clip."""
        return await self._run(lambda: self._restore(clip_id))

    def _restore(self, clip_id: str) -> Clip:
        found = self._index.get(clip_id).result()
        if found is None or found[0].state is not ClipState.BIN:
            raise KeyError(clip_id)
        self._files.from_bin(found[1])
        return self._index.from_bin(clip_id).result()

    async def enforce(self, limits: Limits, now: datetime) -> ClipList:
        """Take the oldest unprotected clips until the limits hold, and empty the bin.

        What was deleted stays in the bin for 24 hours. The bin does not count against the limit in bytes: deleting clips makes room
        at once. Returns the clips that are gone for good.
        """
        return await self._run(lambda: self._enforce(limits, now))

    def _enforce(self, limits: Limits, now: datetime) -> ClipList:
        before = None if limits.days is None else now - timedelta(days=limits.days)
        self._index.expire(before, limits.bytes).result()
        gone: ClipList = []
        for clip, path in self._index.binned(now - BIN_KEPT).result():
            try:
                self._files.remove(path)
            except OSError as error:
                _LOGGER.warning(
                    "Clip %s could not be removed: %s", clip.clip_id, error.strerror
                )
                continue
            gone.append(clip)
        self._index.forget([clip.clip_id for clip in gone]).result()
        return gone

    async def verify(self, clip_id: str) -> bool:
        """Hash the file again and compare with its digest at close.

        False when the file is gone. Raises `KeyError` for an unknown clip.
        """
        if (clip := await self.get(clip_id)) is None:
            raise KeyError(clip_id)

        def compare() -> bool:
            with contextlib.suppress(OSError):
                return digest(clip.path) == clip.sha256
            return False

        return await asyncio.to_thread(compare)

    async def _run[T](self, work: Callable[[], T]) -> T:
        """Do blocking work on the library's own thread."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(problem_of(error)) from error


def _kind(events: Collection[DoorbellEvent]) -> str:
    """Say what people look for: a ring before motion, motion before a wish."""
    kinds = {event.kind for event in events}
    if EventKind.RING in kinds:
        return EventKind.RING.value
    if kinds == {EventKind.MANUAL}:
        return EventKind.MANUAL.value
    return EventKind.MOTION.value
