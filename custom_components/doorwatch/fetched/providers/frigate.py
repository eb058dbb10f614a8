"""Fetch recordings that Frigate keeps, through its custom integration.

Its media source lists the events of a camera and plays them as HLS. A view of the
integration returns an MP4 of any recorded time span.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
import re
from typing import Final, override
from urllib.parse import quote

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellEvent
from ...engine.doorbells.labels import labels_in
from .base import EARLIER, LATER, ProviderError, Recording
from .media import MediaItem, MediaProvider

# Names that Frigate accepts. Another server may return anything, and the name becomes
# part of a path.
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
# Padding of an event, as long as Frigate's own.
_BEFORE: Final = timedelta(seconds=5)
_AFTER: Final = timedelta(seconds=5)
# "INSTANCE/event/clips/CAMERA/1790000000.123456-abc123": the last part begins with the
# time.
_EVENT: Final = re.compile(r"[^/]+/event/clips/[^/]+/(\d+\.?\d*)-[^/]+")
# "2026-11-25 10:20:00 [12s, Person 80%]"; for an ongoing event, the length until now.
_LENGTH: Final = re.compile(r"\[(\d+)s\b(?:, (\w[\w ]*?) \d+%)?")
_RECORDED: Final = "/api/frigate/{instance}/recording/{camera}/start/{start}/end/{end}"


class FrigateProvider(MediaProvider):
    """Find the event by the time in its ID, and fetch the recording around it."""

    @override
    @classmethod
    def lacks(cls, hass: HomeAssistant, camera: er.RegistryEntry) -> str | None:
        # Object pictures and the view of all cameras are not recorded.
        return None if _name_of(camera) else "no_stream_address"

    @override
    async def items(
        self, camera: er.RegistryEntry, event: DoorbellEvent
    ) -> list[MediaItem]:
        root = f"media-source://{camera.platform}"
        name, instance = _name_of(camera), await self._instance(root, camera)
        if not name or not instance:
            raise ProviderError("recordings_unavailable")
        after = int((event.at - EARLIER).timestamp()) - 1
        before = int((event.at + LATER).timestamp()) + 1
        folder = f"{instance}/event-search/clips//{after}/{before}/{name}//"
        found = []
        for child in await self.browse(f"{root}/{folder}"):
            identifier = child.media_content_id.removeprefix(f"{root}/")
            at, length = _EVENT.fullmatch(identifier), _LENGTH.search(child.title)
            if not child.can_play or at is None or length is None:
                continue
            begins = datetime.fromtimestamp(float(at[1]), UTC)
            # The length is given in whole seconds.
            ends = begins + timedelta(seconds=int(length[1]) + 1) + _AFTER
            found.append(
                MediaItem(
                    media_id=_RECORDED.format(
                        instance=quote(instance, safe=""),
                        camera=name,
                        start=int((begins - _BEFORE).timestamp()),
                        end=int(ends.timestamp()),
                    ),
                    started_at=begins,
                    ended_at=ends,
                    lead=_BEFORE,
                    labels=labels_in([length[2] or ""]),
                )
            )
        return found

    @override
    async def fetch(self, recording: Recording, path: Path) -> None:
        await self.fetch_here(recording.recording_id, path)

    async def _instance(self, root: str, camera: er.RegistryEntry) -> str | None:
        """Return the name of the camera's Frigate instance in identifiers."""
        entry = self._hass.config_entries.async_get_entry(camera.config_entry_id or "")
        if entry is None:
            return None
        named = {
            folder.title: folder.media_content_id.removeprefix(f"{root}/").split("/")
            for folder in await self.browse(root)
        }
        instance, kind, *_ = named.get(f"Clips [{entry.title}]", ["", ""])
        return instance if kind == "event-search" else None


def _name_of(camera: er.RegistryEntry) -> str | None:
    """Return Frigate's name of a camera; the entity's unique ID is "ENTRY:camera:NAME"."""
    _, _, rest = camera.unique_id.partition(":")
    kind, _, name = rest.partition(":")
    named = kind == "camera" and _NAME.fullmatch(name) and name != "birdseye"
    return name if named else None
