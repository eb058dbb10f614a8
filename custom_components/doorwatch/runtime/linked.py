"""A doorbell whose camera another integration of Home Assistant provides."""

import asyncio
from collections.abc import Callable, Mapping
import concurrent.futures
from typing import Final, override
from urllib.parse import urlsplit

import async_timeout
from homeassistant.components.camera import Camera, async_get_stream_source
from homeassistant.components.camera.const import DATA_COMPONENT
from homeassistant.core import (
    CALLBACK_TYPE,
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
    valid_entity_id,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event

from ..engine.doorbells.address import join_login, split_login
from ..engine.doorbells.base import Doorbell, DoorbellError, DoorbellEvent, StreamSource
from ..engine.doorbells.rtsp import SOCKET_TIMEOUT

# Seconds that an integration has to name its stream; some ask a cloud for it.
ASKING: Final = 10.0
# Seconds of these to wait for a camera that is not there: at the start of Home Assistant
# its integration may be set up after Doorwatch.
_APPEARING: Final = 8.0

_TIMEOUT: Final = str(SOCKET_TIMEOUT * 1_000_000)
_RTSP_TRANSPORTS: Final = frozenset({"tcp", "udp", "udp_multicast", "http"})
# What FFmpeg may open for an address of each kind, and with which timeout. "timeout"
# would make RTMP listen.
_PROTOCOLS: Final = {
    "http": ("http", "tcp"),
    "https": ("https", "tls", "tcp", "crypto"),
    "rtmp": ("rtmp", "tcp"),
    "rtmps": ("rtmps", "tls", "tcp", "crypto"),
}


@callback
def entity_id_of(hass: HomeAssistant, entity: str) -> str | None:
    """Return the entity id that an id of the registry has now; None when it is gone.

    What never was in the registry is known by its entity id alone.
    """
    if valid_entity_id(entity):
        return entity
    found = er.async_get(hass).entities.get_entry(entity)
    return None if found is None else found.entity_id


@callback
def lasting_id_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return what still names this entity when it was renamed meanwhile."""
    found = er.async_get(hass).async_get(entity_id)
    return entity_id if found is None else found.id


@callback
def async_follow(
    hass: HomeAssistant, entity: str, on_change: Callable[[str | None], None]
) -> CALLBACK_TYPE:
    """Tell the new entity id when an entity is renamed, None when it is gone.

    What is back is told too: an integration that adds its entity again gets the same id
    of the registry. Returns how to stop.
    """
    current = entity_id_of(hass, entity)

    @callback
    def on_registry(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        nonlocal current
        data = event.data
        if valid_entity_id(entity):
            if data["action"] != "update" or data.get("old_entity_id") != current:
                return
            new: str | None = data["entity_id"]
        else:
            new = entity_id_of(hass, entity)
        if new != current:
            current = new
            on_change(new)

    return hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, on_registry)


@callback
def async_follow_states(
    hass: HomeAssistant,
    entity: str,
    on_state: Callable[[Event[EventStateChangedData]], None],
    on_change: Callable[[str | None], None] = lambda _entity_id: None,
) -> CALLBACK_TYPE:
    """Tell the states of an entity, under whatever name it has by then.

    Another entity that takes its old name tells nothing. `on_change` is told as by
    `async_follow`. Returns how to stop.
    """
    stop_states: CALLBACK_TYPE | None = None
    gone = False

    @callback
    def end() -> None:
        nonlocal stop_states
        if stop_states is not None:
            stop_states()
            stop_states = None

    @callback
    def tell(event: Event[EventStateChangedData]) -> None:
        # What is gone has one more thing to tell: that its state goes.
        if gone and event.data["new_state"] is not None:
            end()
            return
        on_state(event)
        if gone:
            end()

    @callback
    def listen(entity_id: str | None) -> None:
        nonlocal stop_states, gone
        gone = entity_id is None
        if entity_id is not None:
            end()
            stop_states = async_track_state_change_event(hass, entity_id, tell)

    @callback
    def changed(entity_id: str | None) -> None:
        listen(entity_id)
        on_change(entity_id)

    listen(entity_id_of(hass, entity))
    stop_following = async_follow(hass, entity, changed)

    @callback
    def stop() -> None:
        stop_following()
        end()

    return stop


@callback
def problem_of(hass: HomeAssistant, camera: str) -> str | None:
    """Say what keeps a linked camera from being used, before anybody asks it."""
    found = er.async_get(hass).entities.get_entry(camera)
    if found is None:
        return "camera_missing"
    return "camera_disabled" if found.disabled else None


class LinkedDoorbell(Doorbell):
    """Video from wherever the linked camera says it is, each time anew."""

    def __init__(self, hass: HomeAssistant, camera: str) -> None:
        """Take the camera by its id in the registry, which outlives a new name."""
        self._hass = hass
        self.camera = camera
        self._video: str | None = None

    @override
    async def start(self) -> None:
        """Nothing to begin: the clip recorder asks by itself."""

    @override
    async def stop(self) -> None:
        """Nothing to release."""

    @override
    def stream_source(self) -> StreamSource:
        """Ask Home Assistant's event loop; on the reader's thread."""
        question = self.live_source()
        try:
            answer = asyncio.run_coroutine_threadsafe(question, self._hass.loop)
        except RuntimeError:  # the loop was closed without stopping us
            question.close()
            raise DoorbellError("camera_unavailable") from None
        try:
            # The coroutine ends in time by itself, unless the loop stands still.
            return answer.result(2 * ASKING)
        except TimeoutError, concurrent.futures.CancelledError:
            answer.cancel()
            raise DoorbellError("camera_unavailable") from None

    @override
    async def live_source(self) -> StreamSource:
        try:
            async with async_timeout.timeout(ASKING):
                camera = await self._camera()
                address = await async_get_stream_source(self._hass, camera.entity_id)
        except DoorbellError:
            raise
        except Exception:  # noqa: BLE001 - it is the code of any integration
            # Not chained: the text may hold an address.
            raise DoorbellError("camera_unavailable") from None
        if not address:
            raise DoorbellError("no_stream_address")
        source = source_of(address, camera)
        scheme = urlsplit(source.address).scheme
        transport = source.options.get("rtsp_transport")
        self._video = f"{scheme}/{transport}" if transport else scheme
        return source

    @override
    def diagnostics(self) -> Mapping[str, object]:
        return {"video": self._video}

    @override
    def subscribe(
        self, callback: Callable[[DoorbellEvent], None]
    ) -> Callable[[], None]:
        """Return a function that does nothing: entities tell of events."""
        return lambda: None

    async def _camera(self) -> Camera:
        """Return the camera that is linked; wait a little for one that is on its way.

        Raises `DoorbellError`.
        """
        deadline = self._hass.loop.time() + _APPEARING
        while True:
            starting = self._hass.state in (CoreState.not_running, CoreState.starting)
            if problem := problem_of(self._hass, self.camera):
                raise DoorbellError(problem)
            if found := camera_object(self._hass, self.camera):
                if found.available:
                    return found
                raise DoorbellError("camera_unavailable")
            if not starting or self._hass.loop.time() > deadline:
                raise DoorbellError("camera_unavailable")
            await asyncio.sleep(0.1)


@callback
def camera_object(hass: HomeAssistant, camera: str) -> Camera | None:
    """Return the entity itself: what the state machine says any token can write."""
    entity_id = entity_id_of(hass, camera)
    component = hass.data.get(DATA_COMPONENT)
    if component is None or entity_id is None:
        return None
    return component.get_entity(entity_id)


def source_of(address: str, camera: Camera) -> StreamSource:
    """Say how to open what an integration names as its stream.

    Raises `DoorbellError` for what FFmpeg should not open: files, pipes, playlists of
    the local disk.
    """
    scheme = urlsplit(address.strip()).scheme.lower()
    if protocols := _PROTOCOLS.get(scheme):
        return StreamSource(
            address=address.strip(),
            protocols=protocols,
            options={"rw_timeout": _TIMEOUT},
        )
    transport = camera.stream_options.get("rtsp_transport")
    return StreamSource(
        address=join_login(*split_login(address)),
        options={
            "rtsp_transport": str(transport)
            if transport in _RTSP_TRANSPORTS
            else "tcp",
            "timeout": _TIMEOUT,
        },
    )
