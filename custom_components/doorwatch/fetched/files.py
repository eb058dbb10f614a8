"""Handle the file of a fetched recording until the library has it. All blocking."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import av

from ..engine.clips.files.names import TEMPORARY_SUFFIX, sync_file
from ..engine.clips.video.media import MediaFacts, first_picture, read_facts
from ..engine.doorbells.probe import VIDEO_CODECS
from .providers.base import ProviderError

# Seconds. Longer recordings are implausible, and invalid durations may overflow.
LONGEST_FETCHED: Final = 86400.0


def part_of(path: Path) -> Path:
    """Return where to write a file until it is complete.

    A crash then leaves no partial file. Under its final name, it would be recovered as
    a cut-off clip, next to the complete one that is fetched again.
    """
    return path.with_name(path.name + TEMPORARY_SUFFIX)


def look_into(path: Path) -> tuple[MediaFacts, bytes]:
    """Read a fetched file, which must be MP4; raises `ProviderError` and `OSError`."""
    try:
        facts = read_facts(path)
    except av.FFmpegError:
        facts = None
    if facts is None or not 0 < facts.duration < LONGEST_FETCHED:
        raise ProviderError("recording_unreadable")
    if facts.video_codec not in VIDEO_CODECS:
        raise ProviderError("unsupported_codec")
    return facts, first_picture(path)


def put(part: Path, path: Path) -> None:
    """Give a complete file its final name; raises `OSError`."""
    sync_file(part)
    part.replace(path)


def remove(*paths: Path) -> None:
    """Remove files that exist, as far as possible."""
    for path in paths:
        with suppress(OSError):
            path.unlink()
