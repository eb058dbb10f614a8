"""Recordings that UniFi Protect keeps: the events of the last day."""

from datetime import datetime, timedelta
import re
from typing import ClassVar, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellEvent, Label
from ...engine.doorbells.labels import labels_in
from .base import ProviderError
from .media import MediaItem, MediaProvider, local

# As the title begins: in the words of the system's language, so read the same way.
_TIME: Final = "%x %X"
# A ring lasts no time at all, and motion begins before it is noticed: the console records
# without a pause, so more than the event can be had.
_BEFORE: Final = timedelta(seconds=5)
_AFTER: Final = timedelta(seconds=10)
# Before the names of what was seen.
_OBJECTS: Final = " Object Detection - "
_LENGTH: Final = re.compile(r"(?:(\d+)h ?)?(?:(\d+)m ?)?(?:(\d+)s)?")


class ProtectProvider(MediaProvider):
    """Finds the event by the time and the length in its title."""

    # Core lists an event when it is over.
    hides_growth: ClassVar[bool] = True

    @override
    @classmethod
    def lacks(cls, hass: HomeAssistant, camera: er.RegistryEntry) -> str | None:
        # With an API key alone core has no recordings, and its media source is empty.
        entry = hass.config_entries.async_get_entry(camera.config_entry_id or "")
        if entry is not None and entry.data.get("connection_mode") == "api_key_only":
            return "needs_rtsp_or_user"
        return None

    @override
    async def items(
        self, camera: er.RegistryEntry, event: DoorbellEvent
    ) -> list[MediaItem]:
        folder = await self.camera_folder(f"media-source://{camera.platform}", camera)
        if folder is None:
            raise ProviderError("recordings_unavailable")
        found = [
            parsed(child.media_content_id, child.title, event)
            for child in await self.browse(f"{folder}:all:recent:1")
            if child.can_play
        ]
        return [item for item in found if item is not None]

    @override
    def whole(self, url: str) -> str:
        # /api/unifiprotect/video/CONSOLE/CAMERA/BEGIN/END
        front, _, end = url.rpartition("/")
        front, _, begin = front.rpartition("/")
        try:
            begins, ends = (
                datetime.fromisoformat(begin) - _BEFORE,
                datetime.fromisoformat(end) + _AFTER,
            )
        except ValueError:
            return url  # of another form: the event alone
        return f"{front}/{begins.isoformat()}/{ends.isoformat()}"


def parsed(media_id: str, title: str, event: DoorbellEvent) -> MediaItem | None:
    """Read when an event began and how long it was; None when the title is another."""
    words = title.split(" ")
    for count in range(2, min(5, len(words))):
        if (at := local(" ".join(words[:count]), _TIME, event)) is None:
            continue
        match = _LENGTH.match(" ".join(words[count:]))
        hours, minutes, seconds = match.groups(default="0") if match else ("0",) * 3
        length = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
        return MediaItem(
            media_id=media_id,
            started_at=at,
            ended_at=at + length + _AFTER,
            lead=_BEFORE,
            labels=_labels(title),
        )
    return None


def _labels(title: str) -> frozenset[Label]:
    """Return what was seen, by how core names it in a title, in English always.

    A vehicle may be a "Red Sedan: AB 123 CD": what is no other object is one.
    """
    names = title.partition(_OBJECTS)[2]
    words = [name for name in names.split(", ") if name]
    return frozenset().union(*(labels_in([word]) or {Label.VEHICLE} for word in words))
