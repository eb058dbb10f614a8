"""Find the stream of a camera by the paths that manufacturers use.

The camera is asked for one path after the other, on one connection. Cameras lock an
account after a few wrong logins, so the search ends when a login is refused.

Some cameras close the connection after an error, although RTSP keeps it open. The
search then continues on a second connection, and ends when that is closed, too.

Sources of the paths:

- Reolink: support.reolink.com/hc/en-us/articles/900000630706 (both forms, the second
  one in its earlier versions)
- Hikvision: supportusa.hikvision.com/support/solutions/articles/17000129022
- EZVIZ, Foscam and Axis: the integrations of Home Assistant
- Dahua and Amcrest: the README of go2rtc's RTSP module
- Tapo: www.tp-link.com/us/support/faq/2680
- Akuvox: knowledge.akuvox.com/docs/security (monitor settings)
- 2N: wiki.2n.com/usgu/idview/latest/cs (camera settings)
- DoorBird: www.doorbird.com/downloads/api_lan.pdf
- Wyze: support.wyze.com/hc/en-us/articles/360026245231
"""

from http import HTTPStatus
import re
from typing import Final

from ..time_limit import time_limit
from .base import DoorbellError
from .describe import Camera, ask_camera

# The paths of the main and the smaller stream, the most common first. Without a path
# and with the smaller stream that is found, a camera is asked for at most twelve, so
# there are no more than eleven, and the last has no smaller stream.
KNOWN_PATHS: Final[tuple[tuple[str, str | None], ...]] = (
    ("/Preview_01_main", "/Preview_01_sub"),  # Reolink
    ("/Streaming/Channels/101", "/Streaming/Channels/102"),  # Hikvision, EZVIZ
    (  # Dahua, Amcrest
        "/cam/realmonitor?channel=1&subtype=0",
        "/cam/realmonitor?channel=1&subtype=1",
    ),
    ("/stream1", "/stream2"),  # Tapo
    ("/live/ch00_0", "/live/ch00_1"),  # Akuvox
    ("/mpeg/media.amp", None),  # DoorBird
    ("/h264_stream", None),  # 2N
    ("/axis-media/media.amp", None),  # Axis
    ("/h264Preview_01_main", "/h264Preview_01_sub"),  # Reolink, earlier
    ("/videoMain", "/videoSub"),  # Foscam
    ("/live", None),  # Wyze
)

# Seconds for the whole search; a working camera takes one or two.
TIMEOUT: Final = 20.0
# Seconds to ask for the smaller stream, without which a doorbell works, too.
_SUB_STREAM_TIMEOUT: Final = 3.0

_VIDEO: Final = re.compile(r"^m=video ", re.MULTILINE)


async def find_stream(
    address: str, timeout: float = TIMEOUT
) -> tuple[str, str | None] | None:
    """Return the addresses of the stream and the smaller stream, if there are any.

    `address` has the login and no path, the results have no login. `timeout` is in
    seconds. Raises `DoorbellError`; `invalid_auth` means that the camera refused the
    login and was asked no more.
    """
    return await ask_camera(address, _find, timeout, reconnects=1)


async def _find(camera: Camera) -> tuple[str, str | None] | None:
    base = camera.address.rstrip("/")
    if await _has_video(camera, f"{base}/"):
        return f"{base}/", None
    for path, sub_path in KNOWN_PATHS:
        try:
            found = await _has_video(camera, base + path)
        except EOFError, ConnectionError:
            return None
        if found:
            sub_stream = base + sub_path if sub_path else None
            if sub_stream and not await _has_sub_stream(camera, sub_stream):
                sub_stream = None
            return base + path, sub_stream
    return None


async def _has_video(camera: Camera, address: str) -> bool:
    answer = await camera.describe(address)
    if answer.status == HTTPStatus.UNAUTHORIZED and not answer.with_login:
        raise DoorbellError("login_missing")
    if answer.with_login and answer.status in (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
    ):
        raise DoorbellError("invalid_auth")
    return answer.status == HTTPStatus.OK and bool(_VIDEO.search(answer.description))


async def _has_sub_stream(camera: Camera, address: str) -> bool:
    try:
        async with time_limit(_SUB_STREAM_TIMEOUT):
            return await _has_video(camera, address)
    except DoorbellError, EOFError, OSError, ValueError:
        return False
