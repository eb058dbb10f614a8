"""Check whether a camera has an ONVIF audio back channel.

No stream is set up, so nothing is audible at the door.
"""

from http import HTTPStatus
import re
from typing import Final

from .base import DoorbellError
from .describe import Camera, ask_camera

# Seconds for the whole check; a working camera takes one.
TIMEOUT: Final = 5.0
_REQUIRE: Final = "www.onvif.org/ver20/backchannel"
# The codecs that browsers and cameras share, and their static payload types.
_SPOKEN: Final = {"PCMU/8000": "0", "PCMA/8000": "8"}
# The statuses of cameras that don't support the required feature.
_UNKNOWN: Final = frozenset({456, 501, 551})


async def has_back_channel(address: str, timeout: float = TIMEOUT) -> bool:
    """Return whether the camera at an address with its login has a back channel.

    `timeout` is in seconds. Raises `DoorbellError`, which never contains the address.
    """
    return await ask_camera(address, _ask, timeout)


async def _ask(camera: Camera) -> bool:
    answer = await camera.describe(camera.address, f"Require: {_REQUIRE}")
    if answer.status == HTTPStatus.OK:
        return takes_voice(answer.description)
    if answer.status in _UNKNOWN:
        return False
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise DoorbellError("invalid_auth")
    raise DoorbellError(
        "not_found" if answer.status == HTTPStatus.NOT_FOUND else "not_a_stream"
    )


def takes_voice(description: str) -> bool:
    """Return whether an SDP description offers to receive audio that browsers can send.

    "sendonly" is from the client's point of view: the camera receives.
    """
    for media in re.split(r"^m=", description, flags=re.MULTILINE)[1:]:
        first, *lines = [line.strip() for line in media.splitlines()] or [""]
        kind, numbers = first.partition(" ")[0], first.split()[3:]
        if kind != "audio" or "a=sendonly" not in lines:
            continue
        names = {
            line.removeprefix("a=rtpmap:").partition(" ")[2].upper()
            for line in lines
            if line.startswith("a=rtpmap:")
        }
        for codec, number in _SPOKEN.items():
            # The number of channels is optional.
            if number in numbers or names & {codec, f"{codec}/1"}:
                return True
    return False
