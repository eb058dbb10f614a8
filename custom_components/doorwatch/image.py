"""Show the picture of a doorbell's last clip."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .access.permissions import async_watch_permissions
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
    """The thumbnail of the newest clip."""

    # A user who loses access to the camera must not find them in the history.
    _unrecorded_attributes = frozenset({CONF_LABELS})

    def __init__(self, hass: HomeAssistant, coordinator: DoorbellCoordinator) -> None:
        """Initialize both base classes."""
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
        """Return the clip's ID, and its labels only if everyone may see the camera."""
        if (clip := self.coordinator.data.last_clip) is None:
            return None
        told = {
            "clip_id": clip.clip_id,
            "event": clip.event,
            "started_at": clip.started_at.isoformat(),
        }
        if clip.labels and self.coordinator.users.all_may_view(clip.doorbell_id):
            return {**told, CONF_LABELS: list(clip.labels)}
        return told

    @property
    @override
    def entity_picture(self) -> str | None:
        """Return None before the first clip, so that the icon is shown."""
        return super().entity_picture if self.coordinator.data.last_clip else None

    @override
    async def async_image(self) -> bytes | None:
        """Return no picture to a user who may not see the camera."""
        if not self.requester_may_view:
            return None
        return await super().async_image()

    @override
    def image(self) -> bytes | None:
        """Read the file; called on a thread."""
        return self.last_image()
