"""A doorbell whose camera another integration of Home Assistant provides."""

import asyncio
from collections.abc import Callable, Mapping
import concurrent.futures
from typing import Final, override
from urllib.parse import urlsplit

from homeassistant.components.camera import Camera, async_get_stream_source
from homeassistant.core import CoreState, HomeAssistant

from ..engine.doorbells.address import join_login, split_login
from ..engine.doorbells.base import Doorbell, DoorbellError, DoorbellEvent, StreamSource
from ..engine.doorbells.rtsp import SOCKET_TIMEOUT
from ..registry import camera_object, problem_of

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
            async with asyncio.timeout(ASKING):
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
