"""JSON of a clip, and links to its files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypedDict

from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import callback

from ..access.permissions import may_control, may_send, may_share
from ..actions.clips import LINK_LIFETIME
from ..domain.data import DoorwatchData
from ..engine.clips.model import Clip
from ..engine.clips.video.codecs import codecs_of
from ..paths import THUMBNAIL_PATH
from .decorators import Call


class ClipInWords(TypedDict):
    """The fields that identify a clip to a person."""

    doorbell_id: str
    event: str
    started_at: str
    timezone: str


class ClipJson(ClipInWords):
    """A clip; `event` is the first of its kinds: ring, motion or manual."""

    clip_id: str
    # Everything that happened during the recording.
    kinds: list[str]
    # What the camera reported: person, vehicle, animal, package.
    labels: list[str]
    # Unsigned path of the thumbnail, for a page that sends its credentials.
    thumbnail: str
    ended_at: str
    duration: float
    size: int
    protected: bool
    recovered: bool
    width: int
    height: int
    video_codec: str
    audio_codec: str | None
    plays_everywhere: bool
    # RFC 6381 codecs of a clip that not every browser plays.
    codecs: str | None
    has_preview: bool
    part: int
    gaps: int
    may_control: bool
    may_share: bool
    may_send: bool


# More clips than all open cards show.
_MOST_CODECS: Final = 10_000


@callback
def signed(call: Call[object], path: str) -> str:
    """Sign a path for five minutes, bound to the login of the call's connection."""
    return async_sign_path(
        call.hass,
        path,
        LINK_LIFETIME,
        refresh_token_id=call.connection.refresh_token_id,
    )


async def async_look_into(call: Call[DoorwatchData], clips: Iterable[Clip]) -> None:
    """Load the previews and codecs that `clip_json` returns.

    Only files of clips that not every browser plays are read.
    """
    known = call.data.codecs
    paths: dict[str, Path] = {
        clip.clip_id: clip.path
        for clip in clips
        if not clip.plays_everywhere and clip.clip_id not in known
    }
    await call.data.previews.async_find()
    if not paths:
        return
    known |= await call.hass.async_add_executor_job(
        lambda: {clip_id: codecs_of(path) for clip_id, path in paths.items()}
    )
    while len(known) > _MOST_CODECS:
        del known[next(iter(known))]


@callback
def is_looked_into(data: DoorwatchData, clip: Clip) -> bool:
    """Return whether `clip_json` already knows the codecs of this clip."""
    return clip.plays_everywhere or clip.clip_id in data.codecs


@callback
def clip_json(call: Call[DoorwatchData], clip: Clip) -> ClipJson:
    """Return the JSON of a clip."""
    call.data.shown_clips.add(clip)
    return {
        "clip_id": clip.clip_id,
        "doorbell_id": clip.doorbell_id,
        "event": clip.event,
        "kinds": list(clip.kinds),
        "labels": list(clip.labels),
        "started_at": clip.started_at.isoformat(),
        "ended_at": clip.ended_at.isoformat(),
        "duration": clip.duration.total_seconds(),
        "timezone": clip.timezone,
        "size": clip.size,
        "protected": clip.protected,
        "recovered": clip.recovered,
        "width": clip.width,
        "height": clip.height,
        "video_codec": clip.video_codec,
        "audio_codec": clip.audio_codec,
        "plays_everywhere": clip.plays_everywhere,
        "codecs": call.data.codecs.get(clip.clip_id),
        "has_preview": call.data.previews.has(clip.clip_id),
        "part": clip.part,
        "gaps": len(clip.gaps),
        "may_control": may_control(call.hass, call.user, clip.doorbell_id),
        "may_share": may_share(call.hass, call.user, clip.doorbell_id),
        "may_send": may_send(call.hass, call.user, clip.doorbell_id),
        "thumbnail": THUMBNAIL_PATH.format(clip.clip_id),
    }
