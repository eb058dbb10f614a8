"""Keep the events that wait for their recording on disk, so that a crash loses none.

The file contains times, kinds and the providers' IDs, but no addresses or pictures.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
import sqlite3
import time
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import CONF_CAMERA, CONF_PROVIDER
from ..engine.clips.errors import LibraryError
from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..engine.sharing.errors import SharingError
from ..engine.sharing.files import private_folder, write_private
from ..household.private import PrivateFolder
from .providers.base import Recording, RecordingMark

_LOGGER = logging.getLogger(__name__)

_VERSION: Final = 1
# Maximum age of a waiting event, however long Home Assistant was away: UniFi Protect
# lists the last day, Ring shows the last recording, and the clock may have been set.
OLDEST: Final = timedelta(days=1)
# How many fetched recordings are remembered.
_REMEMBERED: Final = 50
# Maximum number of waiting events, for example of a bell that keeps ringing while the
# disk is away.
MOST_WAITING: Final = 1000
# More than is seen while waiting for a recording, even in a busy street.
_MOST_SEEN: Final = 4096
# Bytes. An event takes about 200, so a larger file is not ours.
_LONGEST: Final = 1024 * 1024
# An event this much before or after a clip belongs to it.
_SLACK: Final = timedelta(seconds=5)


@dataclass(eq=False, kw_only=True, slots=True)
class PendingRecording:
    """An event whose recording is not ready yet.

    `since` (seconds, `time.monotonic`) is when the wait for it starts. `clip_id` and
    `recording_id` name the recording that is about to become a clip.
    """

    event: DoorbellEvent
    mark: RecordingMark
    since: float
    clip_id: str | None = None
    recording_id: str | None = None


# The waiting events, the fetched recordings and the time that the last one covers.
type _Stored = tuple[
    list[PendingRecording], list[str], tuple[datetime, datetime] | None
]


class FetchQueue:
    """The waiting events and fetched recordings of one doorbell; for the event loop."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Initialize without reading the file."""
        self._hass = hass
        self._name = entry.title
        # Stored here, because the entry may name another provider before this one
        # stops.
        self.provider: str = entry.data[CONF_PROVIDER]
        # IDs and times of one camera are meaningless for another.
        self._of: list[str] = [self.provider, entry.data[CONF_CAMERA]]
        self._file = _file(hass, entry.entry_id)
        self.waiting: list[PendingRecording] = []
        self.taken: deque[str] = deque(maxlen=_REMEMBERED)
        # Recent detections. Not stored, because providers report most of them too.
        self._seen: deque[DoorbellEvent] = deque(maxlen=_MOST_SEEN)
        self._covered: tuple[datetime, datetime] | None = None
        self._saved = self._content()
        self._saving = asyncio.Lock()
        self._told = False

    @callback
    def covers(self, at: datetime) -> bool:
        """Return whether the last fetched recording covers this time."""
        return self._covered is not None and _within(at, self._covered)

    @callback
    def add(self, event: DoorbellEvent, mark: RecordingMark) -> bool:
        """Add an event, and return whether the oldest one was dropped for it."""
        self.waiting.append(
            PendingRecording(event=event, mark=mark, since=event.monotonic)
        )
        if len(self.waiting) <= MOST_WAITING:
            return False
        del self.waiting[0]
        return True

    @callback
    def see(self, event: DoorbellEvent) -> None:
        """Remember a detection for the recording that will show it."""
        if event.kind is EventKind.SEEN:
            self._seen.append(event)

    @callback
    def have_patience(self) -> None:
        """Restart the wait for all events that are not too old."""
        for waiting in self.waiting:
            if not self.is_too_old(waiting):
                waiting.since = time.monotonic()

    @callback
    def is_too_old(self, waiting: PendingRecording) -> bool:
        """Return whether the recording is no longer expected.

        If the clock was set back, the event seems to be in the future.
        """
        return abs(dt_util.utcnow() - waiting.event.at) > OLDEST

    @callback
    def give_up(self, waiting: PendingRecording) -> None:
        """Stop waiting for a recording."""
        if waiting in self.waiting:
            self.waiting.remove(waiting)

    @callback
    def fetched(
        self,
        waiting: PendingRecording,
        recording_id: str,
        begin: datetime,
        end: datetime,
    ) -> tuple[DoorbellEvent, ...]:
        """Remove the waiting events that a recording covers, and return them."""
        span = _span(begin, end)
        held = [
            other
            for other in self.waiting
            if other is waiting or _within(other.event.at, span)
        ]
        if waiting not in held:
            held.insert(0, waiting)  # it was dropped for newer events meanwhile
        self.taken.append(recording_id)
        self._covered = span
        self.waiting = [other for other in self.waiting if other not in held]
        return tuple(other.event for other in held)

    @callback
    def labels_of(
        self, recording: Recording, begin: datetime, end: datetime
    ) -> dict[str, str]:
        """Return the labels seen in a recording, each with its source.

        These are the labels from the provider and those reported during the recording.
        """
        span = _span(begin, end)
        labels = {label.value: self.provider for label in recording.labels}
        for event in self._seen:
            if _within(event.at, span):
                labels |= event.labels
        return labels

    # On disk

    @property
    def unsaved(self) -> bool:
        """Return whether there are changes that could not be stored yet."""
        return self._content() != self._saved

    async def async_save(self) -> None:
        """Store all changes; what the disk refuses is stored by a later call."""
        async with self._saving:
            content = self._content()
            if content == self._saved:
                return
            try:
                await self._hass.async_add_executor_job(self._write, content)
            except (OSError, SharingError) as err:
                if not self._told:
                    self._told = True
                    _LOGGER.warning(
                        "The recordings that %s waits for can't be stored, and a"
                        " restart would forget them: %s",
                        self._name,
                        err,
                    )
                return
            self._saved = content
            if self._told:
                self._told = False
                _LOGGER.info(
                    "The recordings that %s waits for can be stored again", self._name
                )

    async def async_load(
        self, saved_clip: Callable[[str], Awaitable[Clip | None]]
    ) -> bool:
        """Restore the stored state, and return whether some events were too old.

        If an earlier run crashed after finishing a clip, its event is marked as
        fetched.
        """
        stored = await self._hass.async_add_executor_job(self._read)
        if stored is None:
            return False
        waiting, taken, self._covered = stored
        self.taken.extend(taken)
        self.waiting = [one for one in waiting if not self.is_too_old(one)]
        too_old = len(self.waiting) < len(waiting)
        for one in list(self.waiting):
            if one.clip_id is None or one.recording_id is None:
                continue
            with suppress(LibraryError, sqlite3.Error):
                if (clip := await saved_clip(one.clip_id)) is not None:
                    self.fetched(one, one.recording_id, clip.started_at, clip.ended_at)
        return too_old

    def _content(self) -> bytes:
        content = {
            "version": _VERSION,
            "of": self._of,
            "waiting": [
                {
                    "kind": one.event.kind.value,
                    "at": one.event.at.isoformat(),
                    "mark": one.mark.recording_id,
                    "clip_id": one.clip_id,
                    "recording_id": one.recording_id,
                }
                for one in self.waiting
            ],
            "taken": list(self.taken),
            "covered": self._covered and [at.isoformat() for at in self._covered],
        }
        return json.dumps(content).encode()

    def _write(self, content: bytes) -> None:
        private_folder(self._file.parent)
        write_private(self._file, content)

    def _read(self) -> _Stored | None:
        """Read the file; rename it if it can't be parsed."""
        try:
            return self._parsed(_json(self._file))
        except FileNotFoundError:
            return None
        except (
            ArithmeticError,
            LookupError,
            OSError,
            RecursionError,
            TypeError,
            ValueError,
        ) as err:
            stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
            aside = self._file.with_name(f"{self._file.name}.broken-{stamp}")
            _LOGGER.error(
                "The list of recordings that %s waited for cannot be read (%s). It"
                " was kept as %s",
                self._name,
                type(err).__name__,
                aside.name,
            )
            with suppress(OSError):
                self._file.replace(aside)
            return None

    def _parsed(self, content: object) -> _Stored | None:
        """Parse the content; return None if it is of another camera.

        Raises various exceptions if the content is invalid.
        """
        if not isinstance(content, dict) or content["version"] != _VERSION:
            raise ValueError("another version")
        if content["of"] != self._of:
            return None
        covered = content["covered"] and [_time(at) for at in content["covered"]]
        return (
            [_event(one) for one in content["waiting"]],
            [_text(one) for one in content["taken"]],
            (covered[0], covered[1]) if covered else None,
        )


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the queue of a doorbell that was removed or no longer uses a provider."""

    def remove() -> None:
        file = _file(hass, entry_id)
        with suppress(OSError):
            found = [one for one in file.parent.iterdir() if file.name in one.name]
            for one in found:
                one.unlink(missing_ok=True)
            if found:
                file.parent.rmdir()

    await hass.async_add_executor_job(remove)


def _file(hass: HomeAssistant, entry_id: str) -> Path:
    return PrivateFolder(hass.config.config_dir).fetch_queues / f"{entry_id}.json"


def _json(file: Path) -> object:
    if file.stat().st_size > _LONGEST:
        raise ValueError("too long")
    return json.loads(file.read_bytes())


def _span(begin: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the time span that a recording covers, which is limited to now."""
    return begin - _SLACK, min(end, dt_util.utcnow()) + _SLACK


def _within(at: datetime, span: tuple[datetime, datetime]) -> bool:
    return span[0] <= at <= span[1]


def _event(content: dict[str, object]) -> PendingRecording:
    kind, at = EventKind(_text(content["kind"])), _time(content["at"])
    mark, clip_id, recording_id = (
        None if content[name] is None else _text(content[name])
        for name in ("mark", "clip_id", "recording_id")
    )
    # Nothing was checked meanwhile, and integrations restart too, so the wait starts
    # again.
    now = time.monotonic()
    return PendingRecording(
        event=DoorbellEvent(kind=kind, at=at, monotonic=now),
        mark=RecordingMark(recording_id=mark, watched=False),
        since=now,
        clip_id=clip_id,
        recording_id=recording_id,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _time(value: object) -> datetime:
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return at.astimezone(UTC)
