"""Clips that go are gone: their files, then their rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
import logging
from typing import Final

from ..files import space
from ..files.names import LibraryFiles
from ..index.index import Index
from ..index.retention_scan import ExpiredClip, RetentionScan, summed
from ..model import Clip, RetentionPolicy, Usage

_LOGGER = logging.getLogger(__name__)

BIN_KEPT: Final = timedelta(hours=24)
# Clips in one step: what somebody does meanwhile comes after it, not after all.
AT_ONCE: Final = 200


def would_go(
    retention: RetentionPolicy, now: datetime, index: Index
) -> dict[str, Usage]:
    """Return what is beyond these rules, by what it is kept for. Blocking, on any thread."""
    return index.looked_through(
        lambda connection: summed(RetentionScan(connection, retention, now).clips())
    )


def first_to_go(
    retention: RetentionPolicy, now: datetime, index: Index
) -> list[ExpiredClip]:
    """Return what is beyond these rules, as much as goes in one step. Blocking, too."""
    return index.looked_through(
        lambda connection: list(
            islice(RetentionScan(connection, retention, now).clips(), AT_ONCE)
        )
    )


class ClipRemover:
    """Blocking, on the library's thread."""

    def __init__(self, files: LibraryFiles) -> None:
        """Take where the files lie."""
        self._files = files
        self._stuck = 0  # that could not be removed the last time

    def remove(
        self, index: Index, going: Sequence[ExpiredClip], now: datetime
    ) -> list[Clip]:
        """Let go of these, and of some of what lay in the bin; return what is gone."""
        index.expire(going).result()
        # What cannot go must not stand in the way of what can.
        most = AT_ONCE + self._stuck
        return self._remove(index, index.binned(now - BIN_KEPT, most).result())

    def make_room(
        self, index: Index, retention: RetentionPolicy, now: datetime
    ) -> list[Clip]:
        """Free a disk that is nearly full; return what is gone for good.

        What was deleted goes first, though its day is not over: whoever deletes clips
        on a full disk wants room. Then clips go as they do beyond the space limit, but
        no protected one and none of the last day. Not more than what is missing: others
        fill the disk too.
        """
        gone: list[Clip] = []
        for clip, path in index.binned().result():
            if space.lacking(self._files.folder) <= 0:
                return gone
            gone += self._remove(index, [(clip, path)])
        if (missing := space.lacking(self._files.folder)) > 0:
            going = index.looked_through(
                lambda connection: list(
                    RetentionScan(connection, retention, now).making_room(missing)
                )
            )
            if taken := index.expire(going).result():
                _LOGGER.warning(
                    "The disk for clips is nearly full, so %d clips were deleted", taken
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
        stuck, self._stuck = self._stuck, len(clips) - len(gone)
        if failed is not None and not stuck:
            _LOGGER.warning(
                "%d old clips couldn't be deleted: %s", self._stuck, failed.strerror
            )
        if gone:
            index.forget([clip.clip_id for clip in gone]).result()
        return gone
