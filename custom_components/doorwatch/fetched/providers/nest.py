"""Fetch recordings that the Nest integration keeps: the clips of its newest events."""

from typing import ClassVar, Final, override

from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellEvent
from ...engine.doorbells.labels import labels_in
from .base import ProviderError
from .media import MediaItem, MediaProvider, local

# "Motion, Person @ 2026-11-25 10:20:00"
_TIME: Final = "%Y-%m-%d %H:%M:%S"


class NestProvider(MediaProvider):
    """Find the clip by the time in its title, which has whole seconds."""

    asking_begins_stream: ClassVar[bool] = True

    @override
    async def items(
        self, camera: er.RegistryEntry, event: DoorbellEvent
    ) -> list[MediaItem]:
        children = await self.browse(
            f"media-source://{camera.platform}/{camera.device_id}"
        )
        if children and not any(child.can_play for child in children):
            raise ProviderError("only_pictures")
        found = []
        for child in children:
            kinds, _, time = child.title.rpartition(" @ ")
            at = local(time, _TIME, event)
            if child.can_play and at is not None:
                found.append(
                    MediaItem(
                        media_id=child.media_content_id,
                        started_at=at,
                        labels=labels_in(kinds.split(",")),
                    )
                )
        return found
