"""Cameras of a doorbell: the live view, and a hidden one that carries a voice."""

from typing import override

from homeassistant.components.camera import (
    Camera,
    CameraEntityDescription,
    CameraEntityFeature,
    WebRTCSendMessage,
)
from homeassistant.components.stream import Stream
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from webrtc_models import RTCIceCandidateInit

from .actions.problems import translated
from .const import CONF_PROVIDER
from .coordinator import DoorbellCoordinator, DoorbellEntry
from .engine.doorbells.base import DoorbellError
from .entity import DoorbellEntity
from .registry import CAMERA_KEY, TALK_KEY, talk_entity_id
from .runtime.talk import Talk, talk_error
from .runtime.voice import sends_sound

PARALLEL_UPDATES = 0


# The device class lets the targets of triggers and actions select only doorbells.
CAMERA = CameraEntityDescription(key=CAMERA_KEY, name=None, device_class="doorbell")

TALK = CameraEntityDescription(
    key=TALK_KEY,
    translation_key="talk",
    # Hidden from lists, dashboards and voice assistants.
    entity_registry_visible_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: DoorbellEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the camera of a doorbell, and the hidden one that carries a voice."""
    coordinator = entry.runtime_data
    cameras: list[Camera] = [DoorbellCamera(coordinator)]
    if coordinator.talk is not None:
        cameras.append(TalkCamera(coordinator, coordinator.talk))
    elif (gone := talk_entity_id(hass, entry.entry_id)) is not None:
        # The doorbell was recorded before, and its clips are now fetched.
        er.async_get(hass).async_remove(gone)
    async_add_entities(cameras)


class DoorbellCamera(DoorbellEntity, Camera):
    """The live view, and stills from the last keyframe.

    A stream for stills would be a second connection, which cheap doorbells refuse.
    """

    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, coordinator: DoorbellCoordinator) -> None:
        """Initialize both base classes."""
        Camera.__init__(self)
        DoorbellEntity.__init__(self, coordinator, CAMERA)
        if coordinator.entry.data.get(CONF_PROVIDER):
            # There is no stream; the linked camera has the live view.
            self._attr_supported_features = CameraEntityFeature(0)
        # Core assumes no HLS if the class overrides this method.
        self.async_handle_async_webrtc_offer = self._async_answer_offer  # type: ignore[method-assign] # not in the class, see above

    async def _async_answer_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Refuse offers with sound, which the provider would relay for any viewer."""
        self._refuse_strangers()
        if sends_sound(offer_sdp):
            send_message(talk_error("elsewhere"))
            return
        await super().async_handle_async_webrtc_offer(
            offer_sdp, session_id, send_message
        )

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
        """End the live view, as the next one may have another address."""
        await super().async_will_remove_from_hass()
        if (stream := self.stream) is not None:
            self.stream = None
            for output in list(stream.outputs().values()):
                await stream.remove_provider(output)
            await stream.stop()

    @override
    async def async_create_stream(self) -> Stream | None:
        """Return the live view, even an existing one, only to users who may view it."""
        self._refuse_strangers()
        return await super().async_create_stream()

    @override
    async def stream_source(self) -> str | None:
        """Return the address for a user who may view it; WebRTC has no other check."""
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
        # Before the first keyframe, some doorbells can provide a snapshot.
        return (
            await coordinator.recorder.still()
            or await coordinator.doorbell.snapshot()
            or await self._async_last_thumbnail()
        )

    async def _async_last_thumbnail(self) -> bytes | None:
        """Return the image of the last clip, if no others arrive now."""
        state = self.coordinator.data
        fetched = CONF_PROVIDER in self.coordinator.entry.data
        if state.connected and not state.asleep and not fetched:
            return None
        return await self.hass.async_add_executor_job(self.last_image)

    @override
    async def async_enable_motion_detection(self) -> None:
        await self.coordinator.switches.async_set("motion_detection", True)

    @override
    async def async_disable_motion_detection(self) -> None:
        await self.coordinator.switches.async_set("motion_detection", False)


class TalkCamera(DoorbellEntity, Camera):
    """Carry a voice to the doorbell, and show nothing.

    Talking through the camera that a person watches would interrupt the picture. This
    camera grants no more access: talking requires the permission on the doorbell's
    camera, and nothing can be seen here.
    """

    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, coordinator: DoorbellCoordinator, talk: Talk) -> None:
        """Initialize both base classes."""
        Camera.__init__(self)
        DoorbellEntity.__init__(self, coordinator, TALK)
        self._talk = talk

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._talk.start(self)

    @override
    async def async_will_remove_from_hass(self) -> None:
        self._talk.stop()
        await super().async_will_remove_from_hass()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._talk.look()
        super()._handle_coordinator_update()

    @override
    async def async_refresh_providers(self, *, write_state: bool = True) -> None:
        """Check the session when core adds or removes a WebRTC provider."""
        await super().async_refresh_providers(write_state=write_state)
        self._talk.look()
        self._talk.tell_of_change()

    @override
    async def async_handle_async_webrtc_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        await self._talk.async_offer(offer_sdp, session_id, send_message)

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        await self._talk.async_candidate(session_id, candidate)

    @callback
    @override
    def close_webrtc_session(self, session_id: str) -> None:
        self._talk.close(session_id)

    @override
    async def stream_source(self) -> str:
        return await self._talk.async_source()

    @override
    async def async_create_stream(self) -> Stream | None:
        """Return None, because there is nothing to show."""
        return None

    @override
    async def async_enable_motion_detection(self) -> None:
        """Do nothing, because an action may target all cameras."""

    @override
    async def async_disable_motion_detection(self) -> None:
        """Do nothing, because an action may target all cameras."""

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return None, because there is nothing to show."""
        return None
