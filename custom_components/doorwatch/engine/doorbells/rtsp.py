"""A doorbell that is told by its RTSP address."""

from collections.abc import Callable, Mapping
from typing import Final, override

from .address import join_login
from .base import Doorbell, DoorbellEvent, StreamSource

# Seconds without a byte after which FFmpeg gives up; 5 s outlives a slow keyframe.
SOCKET_TIMEOUT: Final = 5
_OPTIONS: Final = {
    "rtsp_transport": "tcp",
    "timeout": str(SOCKET_TIMEOUT * 1_000_000),
    # Do not wait for twenty pictures to tell how many come in a second: nobody asks.
    "fpsprobesize": "1",
}


class RtspDoorbell(Doorbell):
    """Video over RTSP and TCP; motion and ring come from elsewhere."""

    def __init__(
        self,
        address: str,
        username: str | None = None,
        password: str | None = None,
        *,
        sub_address: str | None = None,
    ) -> None:
        """Take the addresses without their login. Raises `DoorbellError`."""
        self._source = StreamSource(
            address=join_login(address, username, password), options=_OPTIONS
        )
        self._sub_source: StreamSource | None = None
        if sub_address is not None:
            self._sub_source = StreamSource(
                address=join_login(sub_address, username, password),
                # Pictures are looked at; sound would only be thrown away.
                options={**_OPTIONS, "allowed_media_types": "video"},
            )

    @override
    async def start(self) -> None:
        """Nothing to begin: the clip recorder connects by itself."""

    @override
    async def stop(self) -> None:
        """Nothing to release."""

    @override
    def stream_source(self) -> StreamSource:
        return self._source

    @override
    def sub_stream_source(self) -> StreamSource | None:
        return self._sub_source

    @override
    def diagnostics(self) -> Mapping[str, object]:
        return {"video": "rtsp/tcp"}

    @override
    def subscribe(
        self, callback: Callable[[DoorbellEvent], None]
    ) -> Callable[[], None]:
        """Return a function that does nothing: RTSP tells of no events."""
        return lambda: None
