"""The picture of the last clip."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .access.permissions import async_watch_permissions, everybody_may_view
from .const import CONF_LABELS
from .coordinator import DoorbellCoordinator, DoorbellEntry
from .entity import DoorbellEntity, Needs

PARALLEL_UPDATES = 0


LAST_CLIP = ImageEntityDescription(key="last_clip", translation_key="last_clip")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorbellEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the image of a doorbell."""
    async_add_entities([LastClipImage(hass, entry.runtime_data)])


class LastClipImage(DoorbellEntity, ImageEntity):
    """The thumbnail of the newest clip that is still there."""

    # Whoever is kept from the camera later must not find them in what was recorded.
    _unrecorded_attributes = frozenset({CONF_LABELS})

    def __init__(self, hass: HomeAssistant, coordinator: DoorbellCoordinator) -> None:
        """Set up both sides."""
        ImageEntity.__init__(self, hass)
        DoorbellEntity.__init__(self, coordinator, LAST_CLIP, needs=Needs.NOTHING)

    @property
    @override
    def image_last_updated(self) -> datetime | None:
        clip = self.coordinator.data.last_clip
        return clip.ended_at if clip is not None else None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            async_watch_permissions(self.hass, self.async_write_ha_state)
        )

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Say which clip it is; what was seen only while everybody may see the camera."""
        if (clip := self.coordinator.data.last_clip) is None:
            return None
        told = {
            "clip_id": clip.clip_id,
            "event": clip.event,
            "started_at": clip.started_at.isoformat(),
        }
        if clip.labels and everybody_may_view(self.hass, clip.doorbell_id):
            return {**told, CONF_LABELS: list(clip.labels)}
        return told

    @property
    @override
    def entity_picture(self) -> str | None:
        """Before the first clip the icon is shown, not a picture that is broken."""
        return super().entity_picture if self.coordinator.data.last_clip else None

    @override
    async def async_image(self) -> bytes | None:
        """Keep it from a signed-in user who may not see the camera."""
        if not self.requester_may_view:
            return None
        return await super().async_image()

    @override
    def image(self) -> bytes | None:
        """Read the file; runs on a thread."""
        if (clip := self.coordinator.data.last_clip) is None:
            return None
        try:
            return clip.thumbnail.read_bytes()
        except FileNotFoundError:
            return None  # deleted just now
