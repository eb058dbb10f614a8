"""Return still pictures of a clip, from which a person chooses a part of it.

The pictures are data URLs in the answers, and are not stored.
"""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant
import voluptuous as vol

from ..actions.clips import async_visible_clip
from ..domain.data import DoorwatchData
from ..engine.clips.files.plain import is_plain_file
from ..engine.clips.video.stills import NoPictureError, Still, make_still, make_strip
from .decorators import answering_with_data
from .inputs import ID


class StillJson(TypedDict):
    """A picture of a clip, and its time in seconds from the first picture."""

    at: float
    # A data URL, which no other request can load.
    picture: str


class StripJson(TypedDict):
    """Pictures spread over a clip."""

    length: float
    # Where a part can begin without re-encoding.
    keyframes: list[float]
    stills: list[StillJson]


async def _async_decode[T](
    hass: HomeAssistant,
    data: DoorwatchData,
    connection: ActiveConnection,
    clip_id: str,
    decode: Callable[[Path], T],
) -> T:
    """Decode a clip on a thread, for a user who may see it."""
    clip = await async_visible_clip(hass, data.library, connection.user, clip_id)

    def work() -> T:
        # Do not follow links, which could expose any file of the home; see
        # views/clips.py.
        if not is_plain_file(clip.path, data.library.folder):
            raise NoPictureError
        return decode(clip.path)

    async with data.decoding:
        result = await hass.async_add_executor_job(work)
    # The clip may have been deleted, or the permission revoked.
    await async_visible_clip(hass, data.library, connection.user, clip_id)
    return result


def _json(still: Still) -> StillJson:
    picture = b64encode(still.jpeg).decode()
    return {"at": still.at, "picture": f"data:image/jpeg;base64,{picture}"}


@websocket_command(
    {
        vol.Required("type"): "doorwatch/clips/strip",
        vol.Required("clip_id"): ID,
    }
)
@async_response
@answering_with_data
async def clip_strip(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> StripJson:
    """Return small pictures spread over a clip, and the times at which a part can begin."""
    strip = await _async_decode(hass, data, connection, msg["clip_id"], make_strip)
    return {
        "length": strip.length,
        "keyframes": list(strip.keyframes),
        "stills": [_json(still) for still in strip.stills],
    }


@websocket_command(
    {
        vol.Required("type"): "doorwatch/clips/still",
        vol.Required("clip_id"): ID,
        vol.Required("at"): vol.All(vol.Any(int, float), vol.Range(min=0, max=86_400)),
    }
)
@async_response
@answering_with_data
async def clip_still(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> StillJson:
    """Return the picture at a time of a clip."""
    at: float = msg["at"]
    return _json(
        await _async_decode(
            hass, data, connection, msg["clip_id"], lambda path: make_still(path, at)
        )
    )


COMMANDS = (clip_strip, clip_still)
