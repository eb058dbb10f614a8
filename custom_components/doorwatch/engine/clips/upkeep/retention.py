"""Which clips go when, and that they are gone."""

from datetime import UTC, datetime, timedelta
import logging
from typing import Final

from ..files import space
from ..files.names import Files
from ..index.index import Index
from ..model import Clip, Limits

_LOGGER = logging.getLogger(__name__)

BIN_KEPT: Final = timedelta(hours=24)
# On a disk that is nearly full, clips of this age and younger are never taken.
SAFE: Final = timedelta(hours=24)


class Retention:
    """Blocking, on the library's thread."""

    def __init__(self, files: Files) -> None:
        """Take where the files lie."""
        self._files = files
        self._told = False

    def enforce(self, index: Index, limits: Limits, now: datetime) -> list[Clip]:
        """Let go of what is beyond the limits; return what is gone for good."""
        before = None if limits.days is None else now - timedelta(days=limits.days)
        index.expire(before, limits.bytes).result()
        return self._remove(index, index.binned(now - BIN_KEPT).result())

    def make_room(self, index: Index) -> list[Clip]:
        """Free a disk that is nearly full; return what is gone for good.

        What was deleted goes first, though its day is not over: whoever deletes clips
        on a full disk wants room. Then the oldest clips go, but no protected one and
        none of the last day. Not more than what is missing: others fill the disk too.
        """
        gone: list[Clip] = []
        for clip, path in index.binned().result():
            if space.lacking(self._files.folder) <= 0:
                return gone
            gone += self._remove(index, [(clip, path)])
        if (missing := space.lacking(self._files.folder)) > 0:
            now = datetime.now(UTC)
            taken = index.expire(None, None, room=missing, until=now - SAFE).result()
            if taken:
                _LOGGER.warning(
                    "The disk for clips is nearly full: the oldest %d had to go", taken
                )
                gone += self._remove(index, index.binned(now - BIN_KEPT).result())
        return gone

    def _remove(self, index: Index, clips: list[tuple[Clip, str]]) -> list[Clip]:
        """Remove files and rows of deleted clips; what cannot go now goes later."""
        gone: list[Clip] = []
        failed: OSError | None = None
        for clip, path in clips:
            try:
                self._files.remove(path)
            except OSError as error:
                failed = error
                continue
            gone.append(clip)
        if failed is not None and not self._told:
            _LOGGER.warning(
                "%d old clips could not be removed: %s",
                len(clips) - len(gone),
                failed.strerror,
            )
        self._told = failed is not None
        if gone:
            index.forget([clip.clip_id for clip in gone]).result()
        return gone
