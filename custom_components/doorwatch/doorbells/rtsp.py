"""A doorbell that is told by its RTSP address."""

from collections.abc import Callable
from typing import Final, override

from .address import check_address, join_login
from .base import Doorbell, DoorbellEvent, StreamSource

# Seconds without a byte after which FFmpeg gives up; 5 s outlives a slow keyframe.
SOCKET_TIMEOUT: Final = 5


class RtspDoorbell(Doorbell):
    """Video over RTSP and TCP; motion and ring come from elsewhere."""

    def __init__(
        self, address: str, username: str | None = None, password: str | None = None
    ) -> None:
        """Take the address without its login. Raises `DoorbellError`."""
        self._address = check_address(address)
        self._source = StreamSource(
            address=join_login(address, username, password),
            protocols=("rtsp", "rtp", "tcp", "udp", "tls", "crypto"),
            options={
                "rtsp_transport": "tcp",
                "timeout": str(SOCKET_TIMEOUT * 1_000_000),
            },
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
    def subscribe(
        self, callback: Callable[[DoorbellEvent], None]
    ) -> Callable[[], None]:
        """Return a function that does nothing: RTSP tells of no events."""
        return lambda: None
