"""Return still pictures and the loudness of a clip, to find or choose a part of it.

The pictures are data URLs in the answers. Nothing is stored.
"""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import voluptuous as vol

from ..actions.clips import async_visible_clip
from ..domain.data import DoorwatchData
from ..engine.clips.files.plain import is_plain_file
from ..engine.clips.video.loudness import loudness_of
from ..engine.clips.video.stills import NoPictureError, Still, make_still, make_strip
from .decorators import Call, with_data
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


class LoudnessJson(TypedDict):
    """The loudness of equal parts of a clip, 0 to 1; empty without audio."""

    levels: list[float]


async def _async_decode[T](call: Call[DoorwatchData], decode: Callable[[Path], T]) -> T:
    """Decode a clip on a thread, for a user who may see it."""
    hass, library, clip_id = call.hass, call.data.library, call.msg["clip_id"]
    clip = await async_visible_clip(hass, library, call.user, clip_id)

    def work() -> T:
        # Do not follow links, which could expose any file of the home; see
        # views/clips.py.
        if not is_plain_file(clip.path, library.folder):
            raise NoPictureError
        return decode(clip.path)

    async with call.data.decoding:
        result = await hass.async_add_executor_job(work)
    # The clip may have been deleted, or the permission revoked.
    await async_visible_clip(hass, library, call.user, clip_id)
    return result


def _json(still: Still) -> StillJson:
    picture = b64encode(still.jpeg).decode()
    return {"at": still.at, "picture": f"data:image/jpeg;base64,{picture}"}


@with_data.command("doorwatch/clips/strip", {vol.Required("clip_id"): ID})
async def clip_strip(call: Call[DoorwatchData]) -> StripJson:
    """Return small pictures spread over a clip, and the times at which a part can begin."""
    strip = await _async_decode(call, make_strip)
    return {
        "length": strip.length,
        "keyframes": list(strip.keyframes),
        "stills": [_json(still) for still in strip.stills],
    }


@with_data.command(
    "doorwatch/clips/still",
    {
        vol.Required("clip_id"): ID,
        vol.Required("at"): vol.All(vol.Any(int, float), vol.Range(min=0, max=86_400)),
    },
)
async def clip_still(call: Call[DoorwatchData]) -> StillJson:
    """Return the picture at a time of a clip."""
    at: float = call.msg["at"]
    return _json(await _async_decode(call, lambda path: make_still(path, at)))


@with_data.command("doorwatch/clips/loudness", {vol.Required("clip_id"): ID})
async def clip_loudness(call: Call[DoorwatchData]) -> LoudnessJson:
    """Return how loud a clip is along its length."""
    return {"levels": list(await _async_decode(call, loudness_of))}


COMMANDS = (clip_strip, clip_still, clip_loudness)
