"""Use the camera of another integration as a doorbell."""

import asyncio
from collections.abc import Mapping
import concurrent.futures
from typing import Final, override
from urllib.parse import urlsplit

from homeassistant.components.camera import Camera, async_get_stream_source
from homeassistant.core import CoreState, HomeAssistant

from ..engine.doorbells.address import join_login, split_login
from ..engine.doorbells.base import Doorbell, DoorbellError, StreamSource
from ..engine.doorbells.rtsp import SOCKET_TIMEOUT
from ..registry import camera_object, camera_problem

# Seconds for an integration to return its stream address; some ask a cloud.
ASKING: Final = 10.0
# Seconds of these to wait for a missing camera: while Home Assistant starts, its
# integration may be set up after Doorwatch.
_APPEARING: Final = 8.0

_TIMEOUT: Final = str(SOCKET_TIMEOUT * 1_000_000)
_RTSP_TRANSPORTS: Final = frozenset({"tcp", "udp", "udp_multicast", "http"})
# The protocols that FFmpeg may open for each scheme. These use "rw_timeout", because
# "timeout" would make RTMP listen.
_PROTOCOLS: Final = {
    "http": ("http", "tcp"),
    "https": ("https", "tls", "tcp", "crypto"),
    "rtmp": ("rtmp", "tcp"),
    "rtmps": ("rtmps", "tls", "tcp", "crypto"),
}


class LinkedDoorbell(Doorbell):
    """Video from the linked camera, whose address is requested for each connection."""

    def __init__(self, hass: HomeAssistant, camera: str) -> None:
        """Set the camera by its registry ID, which is stable when it is renamed."""
        super().__init__()
        self._hass = hass
        self.camera = camera
        self._video: str | None = None

    @override
    def stream_source(self) -> StreamSource:
        """Get the stream source from the event loop; called on the reader's thread."""
        question = self.live_source()
        try:
            answer = asyncio.run_coroutine_threadsafe(question, self._hass.loop)
        except RuntimeError:  # the loop was closed without stopping this thread
            question.close()
            raise DoorbellError("camera_unavailable") from None
        try:
            # The coroutine has its own timeout; this one is for a blocked event loop.
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
        except Exception:  # noqa: BLE001 - code of any integration
            # Not chained: the text may contain an address with a password.
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

    async def _camera(self) -> Camera:
        """Return the linked camera; while Home Assistant starts, wait for it.

        Raises `DoorbellError`.
        """
        deadline = self._hass.loop.time() + _APPEARING
        while True:
            starting = self._hass.state in (CoreState.not_running, CoreState.starting)
            if problem := camera_problem(self._hass, self.camera):
                raise DoorbellError(problem)
            if found := camera_object(self._hass, self.camera):
                if found.available:
                    return found
                raise DoorbellError("camera_unavailable")
            if not starting or self._hass.loop.time() > deadline:
                raise DoorbellError("camera_unavailable")
            await asyncio.sleep(0.1)


def source_of(address: str, camera: Camera) -> StreamSource:
    """Return how to open the stream address of an integration.

    Raises `DoorbellError` for addresses that FFmpeg must not open, such as files, pipes
    and local playlists.
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
