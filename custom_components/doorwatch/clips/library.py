"""The library of clips: the only door to the index and the files."""

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import Self

from ..recording.model import ClipStart, FinishedClip
from .model import Clip, Limits, Recovery, Usage


class LibraryError(Exception):
    """The library cannot be used; `problem` is a translation key: `folder_not_writable`, `disk_full`, `index_newer`."""

    def __init__(self, problem: str) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem


class Library:
    """Index (SQLite, WAL, one thread that writes) and files of all doorbells under one folder.

    Coroutines run their blocking work on the library's threads.
    """

    @classmethod
    async def open(cls, folder: Path, timezone: Callable[[], str]) -> Self:
        """Open or make the library. Raises `LibraryError`."""
        raise NotImplementedError

    async def close(self) -> None:
        """Finish what is queued and close the index."""
        raise NotImplementedError

    @property
    def folder(self) -> Path:
        """Where everything lies."""
        raise NotImplementedError

    async def recover(self) -> list[Recovery]:
        """Finish or remove what a crash left; call once, before any recorder starts."""
        raise NotImplementedError

    # Called on recorder threads (see recording.model.ClipSink; `sink_for` in this module binds a doorbell).
    def begin(self, doorbell_id: str, start: ClipStart) -> Path:
        """Note a clip as being recorded and name its temporary file."""
        raise NotImplementedError

    def finish(self, doorbell_id: str, finished: FinishedClip) -> Clip:
        """Digest, thumbnail, rename, index; after it returns the clip is whole on disk and listed."""
        raise NotImplementedError

    def abandon(self, clip_id: str) -> None:
        """Remove what `begin` noted."""
        raise NotImplementedError

    async def get(self, clip_id: str) -> Clip | None:
        """A saved clip by its id, None for an unknown or binned one."""
        raise NotImplementedError

    async def list(
        self,
        doorbell_ids: Collection[str],
        *,
        before: datetime | None = None,
        after: datetime | None = None,
        limit: int = 50,
    ) -> list[Clip]:
        """Saved clips of these doorbells, newest first. An empty collection gives an empty list."""
        raise NotImplementedError

    async def count(self, doorbell_id: str, after: datetime) -> int:
        """How many saved clips began at or after this."""
        raise NotImplementedError

    async def usage(self, doorbell_id: str) -> Usage:
        """Kept up to date, not summed."""
        raise NotImplementedError

    async def set_protected(self, clip_id: str, protected: bool) -> Clip:
        """Protect or release. Raises `KeyError` for an unknown clip."""
        raise NotImplementedError

    async def delete(self, clip_id: str) -> Clip:
        """Move to the bin, kept 24 hours. Raises `KeyError` for an unknown clip."""
        raise NotImplementedError

    async def enforce(self, limits: Limits, now: datetime) -> list[Clip]:
        """Empty the bin of what is over 24 hours, then take the oldest unprotected clips until the limits hold.

        Returns the clips that are gone for good.
        """
        raise NotImplementedError

    async def verify(self, clip_id: str) -> bool:
        """Hash the file again and compare with its digest at close."""
        raise NotImplementedError
