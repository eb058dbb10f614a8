"""Fetch recordings that UniFi Protect keeps: the events of the last day."""

from datetime import datetime, timedelta
import re
from typing import ClassVar, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellEvent, Label
from ...engine.doorbells.labels import labels_in
from .base import ProviderError
from .media import MediaItem, MediaProvider, local

# How titles begin. The format follows the system's locale, as does parsing.
_TIME: Final = "%x %X"
# A ring has no duration, and motion begins before it is noticed. The console records
# continuously, so more than the event is available.
_BEFORE: Final = timedelta(seconds=5)
_AFTER: Final = timedelta(seconds=10)
# Precedes the names of detected objects.
_OBJECTS: Final = " Object Detection - "
_LENGTH: Final = re.compile(r"(?:(\d+)h ?)?(?:(\d+)m ?)?(?:(\d+)s)?")


class ProtectProvider(MediaProvider):
    """Find the event by the time and length in its title."""

    # Core lists an event when it is over.
    hides_growth: ClassVar[bool] = True

    @override
    @classmethod
    def lacks(cls, hass: HomeAssistant, camera: er.RegistryEntry) -> str | None:
        # With only an API key, core has no recordings, and its media source is empty.
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
            return url  # unknown format: fetch the event alone
        return f"{front}/{begins.isoformat()}/{ends.isoformat()}"


def parsed(media_id: str, title: str, event: DoorbellEvent) -> MediaItem | None:
    """Parse the begin and length of an event; return None for other titles."""
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
    """Return the labels from the names in a title, which core always writes in English.

    A vehicle may be described as "Red Sedan: AB 123 CD", so an unknown object is a
    vehicle.
    """
    names = title.partition(_OBJECTS)[2]
    words = [name for name in names.split(", ") if name]
    return frozenset().union(*(labels_in([word]) or {Label.VEHICLE} for word in words))
