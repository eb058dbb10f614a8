"""The file of a recording that was fetched, until the library has it; all is blocking."""

from contextlib import suppress
from pathlib import Path
from typing import Final

import av

from ..engine.clips.files.names import TEMPORARY_SUFFIX, sync_file
from ..engine.clips.video.media import MediaFacts, first_picture, read_facts
from ..engine.doorbells.probe import VIDEO_CODECS
from .providers.base import ProviderError

# Seconds. What claims to be longer is none of a visitor, and may not be countable.
LONGEST_FETCHED: Final = 86400.0


def part_of(path: Path) -> Path:
    """Return where to write what becomes this file once it is whole.

    Of a kill in between nothing stays. Under its own name the half that is there would
    be taken for a clip that was cut off, beside the whole one that is fetched again.
    """
    return path.with_name(path.name + TEMPORARY_SUFFIX)


def look_into(path: Path) -> tuple[MediaFacts, bytes]:
    """Open what was fetched as MP4 and nothing else. Raises `ProviderError`, `OSError`."""
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
    """Give a whole file its name. Raises `OSError`."""
    sync_file(part)
    part.replace(path)


def remove(*paths: Path) -> None:
    """Remove what is there."""
    for path in paths:
        with suppress(OSError):
            path.unlink()
