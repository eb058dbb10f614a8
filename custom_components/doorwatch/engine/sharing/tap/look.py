"""The file that a person is shown before the tap, and whether they could see it.

A confirmation is good only once the bytes from the start of the shown file through its
first whole picture were written to the browser of the person who prepared.
"""

import os
from pathlib import Path
from typing import Final

from ...clips.video.media import first_picture_end
from ..errors import SharingError

# Device, inode, size, mtime and ctime: changes if the file is replaced or written to.
# Programs cannot set the ctime.
type Identity = tuple[int, int, int, int, int]

# Follow no link, which could lead to any file of the home, and do not wait for the
# writer of a pipe.
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Look:
    """A file that is shown to one person, and the byte ranges sent so far."""

    def __init__(self, path: Path) -> None:
        """Find the end of its first picture. Blocking; run on a thread.

        Raises `SharingError("preview_unreadable")` when there is none to be found, and
        `OSError`.
        """
        self.path = path
        self._identity = identity_of(path.lstat())
        self.size = self._identity[2]
        end = first_picture_end(path)
        if end is None or end > self.size:
            raise SharingError("preview_unreadable")
        self._end = end
        self._written: list[tuple[int, int]] = []

    @property
    def is_seen(self) -> bool:
        """Return whether the file was sent up to the end of its first picture."""
        return self._written[:1] == [(0, self._end)]

    def wrote(self, start: int, stop: int) -> None:
        """Record that the bytes from `start` up to but not including `stop` were sent."""
        stop = min(stop, self._end)
        if not 0 <= start < stop:
            return
        apart = []
        for each in self._written:
            if each[1] < start or stop < each[0]:
                apart.append(each)
            else:
                start, stop = min(start, each[0]), max(stop, each[1])
        self._written = sorted([*apart, (start, stop)])

    def read(self, start: int, stop: int) -> bytes:
        """Return these bytes. Blocking; run on a thread.

        Raises `OSError` if the file was replaced or changed.
        """
        handle = os.open(self.path, _READ)
        try:
            block = os.pread(handle, stop - start, start)
            if identity_of(os.fstat(handle)) != self._identity:
                raise OSError("not the file that was made")
        finally:
            os.close(handle)
        if len(block) != stop - start:
            raise OSError("not all of the file can be read")
        return block


def identity_of(stat: os.stat_result) -> Identity:
    """Return the identity of a file."""
    return stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
