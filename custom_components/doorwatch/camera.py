"""The doorbell's camera: live view, and stills from the clip recorder."""

from typing import override

from homeassistant.components.camera import (
    Camera,
    CameraEntityDescription,
    CameraEntityFeature,
)
from homeassistant.components.stream import Stream
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actions.problems import translated
from .const import CONF_PROVIDER
from .coordinator import DoorbellCoordinator, DoorbellEntry
from .engine.doorbells.base import DoorbellError
from .entity import DoorbellEntity

PARALLEL_UPDATES = 0


# The class tells them from other cameras where the targets of trigger and action are.
CAMERA = CameraEntityDescription(key="camera", name=None, device_class="doorbell")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorbellEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the camera of a doorbell."""
    async_add_entities([DoorbellCamera(entry.runtime_data)])


class DoorbellCamera(DoorbellEntity, Camera):
    """Stills come from the last keyframe: a cheap doorbell allows one connection."""

    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, coordinator: DoorbellCoordinator) -> None:
        """Set up both sides."""
        Camera.__init__(self)
        DoorbellEntity.__init__(self, coordinator, CAMERA)
        if coordinator.entry.data.get(CONF_PROVIDER):
            # There is no stream; the camera that is linked has the live view.
            self._attr_supported_features = CameraEntityFeature(0)

    @property
    @override
    def is_recording(self) -> bool:
        return self.coordinator.data.recording

    @property
    @override
    def motion_detection_enabled(self) -> bool:
        return self.coordinator.data.motion_enabled

    @override
    async def async_will_remove_from_hass(self) -> None:
        """End the live view: the next one may have another address."""
        await super().async_will_remove_from_hass()
        if (stream := self.stream) is not None:
            self.stream = None
            for output in list(stream.outputs().values()):
                await stream.remove_provider(output)
            await stream.stop()

    @override
    async def async_create_stream(self) -> Stream | None:
        """Show the live view, also one that somebody watches, to who may see it."""
        self._refuse_strangers()
        return await super().async_create_stream()

    @override
    async def stream_source(self) -> str | None:
        """Tell it on behalf of who may see the camera: WebRTC asks for nothing else."""
        self._refuse_strangers()
        coordinator = self.coordinator
        if live := coordinator.recorder.live_address:
            return live
        try:
            return (await coordinator.doorbell.live_source()).address
        except DoorbellError:
            return None

    def _refuse_strangers(self) -> None:
        if not self.requester_may_view:
            raise translated("camera_hidden")

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        if not self.requester_may_view:
            return None
        coordinator = self.coordinator
        # Before the first keyframe some doorbells can make a picture by themselves.
        return (
            await coordinator.recorder.still() or await coordinator.doorbell.snapshot()
        )

    @override
    async def async_enable_motion_detection(self) -> None:
        self.coordinator.set_motion_enabled(True)

    @override
    async def async_disable_motion_detection(self) -> None:
        self.coordinator.set_motion_enabled(False)
