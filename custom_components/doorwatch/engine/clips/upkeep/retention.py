"""Remove expired and deleted clips: first their files, then their rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
import logging
from typing import Final

from ..files import space
from ..files.names import LibraryFiles
from ..index.index import Index
from ..index.retention_scan import ExpiredClip, RetentionScan
from ..model import Clip, RetentionPolicy

_LOGGER = logging.getLogger(__name__)

BIN_KEPT: Final = timedelta(hours=24)
# Clips in one batch; other work runs between batches.
AT_ONCE: Final = 200


def first_batch(scan: RetentionScan) -> list[ExpiredClip]:
    """Return the first batch that exceeds the policy."""
    return list(islice(scan.clips(), AT_ONCE))


class ClipRemover:
    """Remove clips. Blocking, on the library's thread."""

    def __init__(self, files: LibraryFiles) -> None:
        """Initialize with the files of the library."""
        self._files = files
        self._stuck = 0  # clips that could not be removed the last time

    def remove(
        self, index: Index, going: Sequence[ExpiredClip], now: datetime
    ) -> list[Clip]:
        """Remove these clips, and clips deleted over 24 hours ago, in one batch.

        Returns the removed clips.
        """
        index.expire(going).result()
        # Add the failed clips to the batch, so that they do not block the others.
        most = AT_ONCE + self._stuck
        return self._remove(index, index.binned(now - BIN_KEPT, most).result())

    def make_room(
        self, index: Index, retention: RetentionPolicy, now: datetime
    ) -> list[Clip]:
        """Free a nearly full disk; return the removed clips.

        Deleted clips go first, even within 24 hours, because a person who deletes clips
        on a full disk wants space. Then the clips beyond the policy go, followed by
        other unprotected clips older than a day. No more than the missing bytes are
        freed, because other programs fill the disk too.
        """
        gone: list[Clip] = []
        for clip, path in index.binned().result():
            if space.lacking(self._files.folder) <= 0:
                return gone
            gone += self._remove(index, [(clip, path)])
        if (missing := space.lacking(self._files.folder)) > 0:
            going = index.scan(
                retention, now, lambda scan: list(scan.making_room(missing))
            )
            if taken := index.expire(going).result():
                _LOGGER.warning(
                    "The disk for clips is nearly full, so %d clips were deleted", taken
                )
                gone += self._remove(index, index.binned(now - BIN_KEPT).result())
        return gone

    def _remove(self, index: Index, clips: list[tuple[Clip, str]]) -> list[Clip]:
        """Remove the files and rows of deleted clips; keep rows with failed files."""
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
