"""Fetch recordings on the card or disk of a Reolink, in high resolution."""

from datetime import timedelta
from typing import Final, override

from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util

from ...engine.doorbells.base import DoorbellEvent
from ...engine.doorbells.labels import labels_in
from .base import ProviderError
from .media import MediaItem, MediaProvider, local

_TIME: Final = "%Y%m%d%H%M%S"
# Core splits recordings into parts of this length at most.
_SPLIT: Final = timedelta(minutes=5)


class ReolinkProvider(MediaProvider):
    """Find the file by the times in its ID, which are from the camera's clock."""

    @override
    async def items(
        self, camera: er.RegistryEntry, event: DoorbellEvent
    ) -> list[MediaItem]:
        root = f"media-source://{camera.platform}"
        folder = await self.camera_folder(root, camera)
        if folder is None:
            raise ProviderError("recordings_unavailable")
        # "CAM|entry|channel"
        _, _, place = folder.partition("|")
        # A recording that spans midnight is listed under the day on which it began.
        days = {dt_util.as_local(at).date() for at in (event.at - _SPLIT, event.at)}
        children = []
        for day in sorted(days):
            children += await self.browse(
                f"{root}/DAY|{place}|main|{day.year}|{day.month}|{day.day}"
            )
        found = []
        for child in children:
            parts = child.media_content_id.split("|")
            if not child.can_play or len(parts) < 3:
                continue
            started_at = local(parts[-2], _TIME, event)
            ended_at = local(parts[-1], _TIME, event)
            if started_at is not None and ended_at is not None:
                found.append(
                    MediaItem(
                        media_id=child.media_content_id,
                        started_at=started_at,
                        ended_at=ended_at,
                        # "10:20:00 0:00:30 Person Motion"
                        labels=labels_in(child.title.split()),
                    )
                )
        return found
