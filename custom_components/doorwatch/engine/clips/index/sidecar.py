"""Store the facts of a clip in a JSON file beside its video.

The index can be lost, damaged or restored from an old backup; the JSON file has the
whole row, including the protection. The facts are not in the MP4, whose bytes are
shared and hashed.

The file is written without a sync, because it is only needed when the index, which is
synced, is lost. A file that a power failure truncated is ignored.
"""

from collections.abc import Mapping
from datetime import datetime
import json
from pathlib import Path
import re
from typing import Final

from ...doorbells.base import EventKind, Label
from ..files.names import FACTS_SUFFIX, write_file
from ..model import Clip
from .rows import facts_of, from_micros

_VERSION: Final = 1
# Bytes. A row is about 700 bytes, more with gaps; larger files are ignored.
_LONGEST: Final = 256 * 1024
# The source of a label is the domain of an integration.
_WHO: Final = re.compile(r"[a-z0-9_]{1,64}")


def beside(video: Path) -> Path:
    """Return the path of the facts of a clip."""
    return video.with_suffix(FACTS_SUFFIX)


def write(clip: Clip, video: Path) -> None:
    """Write the facts of a clip beside this file, atomically."""
    content = json.dumps({"version": _VERSION, **facts_of(clip)}, separators=(",", ":"))
    write_file(beside(video), content.encode(), sync=False)


def read(video: Path) -> Clip | None:
    """Read the facts beside this file, or None if they are missing or invalid.

    `deleted_at` is set if the clip was in the bin when they were written; the state is
    always that of a saved clip. Raises `OSError` when the disk fails.
    """
    try:
        with beside(video).open("rb") as file:
            content = file.read(_LONGEST + 1)
    except FileNotFoundError:
        return None
    try:
        if len(content) > _LONGEST:
            return None
        return _parse(json.loads(content), video)
    except ValueError, TypeError, KeyError, OverflowError:
        return None


def _parse(facts: dict[str, object], video: Path) -> Clip:
    """Parse facts and check their types."""

    def one[T](key: str, kind: type[T]) -> T:
        value = facts[key]
        if type(value) is not kind:
            raise TypeError(key)
        return value

    def or_none[T](key: str, kind: type[T]) -> T | None:
        return None if facts[key] is None else one(key, kind)

    def moment(micros: object) -> datetime:
        if type(micros) is not int:
            raise TypeError
        return from_micros(micros)

    def kind(value: object) -> str:
        if type(value) is not str:
            raise TypeError
        return EventKind(value).value

    deleted_at = or_none("deleted_at", int)
    clip = Clip(
        clip_id=one("clip_id", str),
        doorbell_id=one("doorbell_id", str),
        event_id=one("event_id", str),
        part=one("part", int),
        event=one("event", str),
        started_at=from_micros(one("started_at", int)),
        ended_at=from_micros(one("ended_at", int)),
        timezone=one("timezone", str),
        path=video,
        size=one("size", int),
        sha256=one("sha256", str),
        video_codec=one("video_codec", str),
        audio_codec=or_none("audio_codec", str),
        width=one("width", int),
        height=one("height", int),
        frames=one("frames", int),
        gaps=tuple((moment(a), moment(b)) for a, b in one("gaps", list)),
        protected=one("protected", bool),
        recovered=one("recovered", bool),
        video_profile=or_none("video_profile", str),
        pixel_format=or_none("pixel_format", str),
        deleted_at=from_micros(deleted_at) if deleted_at is not None else None,
        # Earlier versions did not write this.
        fetched_from=or_none("fetched_from", str) if "fetched_from" in facts else None,
        also=tuple(kind(each) for each in one("also", list)) if "also" in facts else (),
        labels=_labels(one("labels", dict)) if "labels" in facts else {},
    )
    if facts["version"] != _VERSION or clip.ended_at < clip.started_at:
        raise ValueError("not facts of ours")
    return clip


def _labels(facts: Mapping[object, object]) -> dict[str, str]:
    """Parse the labels that this version knows and that have a source."""
    return {
        label.value: said_by
        for label in Label
        if isinstance(said_by := facts.get(label.value), str)
        and _WHO.fullmatch(said_by)
    }


def describes(facts: Clip, clip_id: str, size: int) -> bool:
    """Return whether these facts belong to this clip and file size."""
    return facts.clip_id == clip_id and facts.size == size
