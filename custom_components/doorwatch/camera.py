"""The doorbell's camera: live view, and stills from the clip recorder; and its voice."""

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


# The class tells them from other cameras where the targets of trigger and action are.
CAMERA = CameraEntityDescription(key=CAMERA_KEY, name=None, device_class="doorbell")

TALK = CameraEntityDescription(
    key=TALK_KEY,
    translation_key="talk",
    # In no list, on no dashboard, with no voice assistant.
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
        # Its clips are fetched now, where they were recorded before.
        er.async_get(hass).async_remove(gone)
    async_add_entities(cameras)


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
        # Core takes a class that overrides it for one without HLS.
        self.async_handle_async_webrtc_offer = self._async_answer_offer  # type: ignore[method-assign] # not in the class, see above

    async def _async_answer_offer(
        self, offer_sdp: str, session_id: str, send_message: WebRTCSendMessage
    ) -> None:
        """Let nobody talk here: whoever answers would pass it on to any who may see."""
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
        await self.coordinator.switches.async_set("motion_detection", True)

    @override
    async def async_disable_motion_detection(self) -> None:
        await self.coordinator.switches.async_set("motion_detection", False)


class TalkCamera(DoorbellEntity, Camera):
    """Carries a voice to the doorbell, and shows nothing.

    Talking on the camera that somebody watches would interrupt the picture. It is no
    second door: who may talk is asked of that camera, and here nobody sees anything.
    """

    _attr_supported_features = CameraEntityFeature.STREAM

    def __init__(self, coordinator: DoorbellCoordinator, talk: Talk) -> None:
        """Set up both sides."""
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
        """Tell of what speaks WebRTC and came or went: core says so to each camera."""
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
        """There is nothing to see here."""
        return None

    @override
    async def async_enable_motion_detection(self) -> None:
        """Leave it to the camera that sees something: an action may mean all cameras."""

    @override
    async def async_disable_motion_detection(self) -> None:
        """Leave it to the camera that sees something, too."""

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """There is nothing to see here."""
        return None
