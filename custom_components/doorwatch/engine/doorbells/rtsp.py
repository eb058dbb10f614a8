"""Connect to a doorbell by its RTSP address."""

from collections.abc import Mapping
from typing import Final, override

from .address import join_login
from .base import Doorbell, StreamSource

# Seconds without data after which FFmpeg gives up; longer than a slow keyframe takes.
SOCKET_TIMEOUT: Final = 5
_OPTIONS: Final = {
    "rtsp_transport": "tcp",
    "timeout": str(SOCKET_TIMEOUT * 1_000_000),
    # Don't wait for twenty frames to measure the frame rate, which is not used.
    "fpsprobesize": "1",
}


class RtspDoorbell(Doorbell):
    """A doorbell with video over RTSP and TCP; it has no events."""

    def __init__(
        self,
        address: str,
        username: str | None = None,
        password: str | None = None,
        *,
        sub_address: str | None = None,
    ) -> None:
        """Initialize with addresses that have no login; raises `DoorbellError`."""
        super().__init__()
        self._source = StreamSource(
            address=join_login(address, username, password), options=_OPTIONS
        )
        self._sub_source: StreamSource | None = None
        if sub_address is not None:
            self._sub_source = StreamSource(
                address=join_login(sub_address, username, password),
                # The sub-stream is only used for analysis, which needs no audio.
                options={**_OPTIONS, "allowed_media_types": "video"},
            )

    @override
    def stream_source(self) -> StreamSource:
        return self._source

    @override
    def sub_stream_source(self) -> StreamSource | None:
        return self._sub_source

    @override
    def diagnostics(self) -> Mapping[str, object]:
        return {"video": "rtsp/tcp"}
