"""Remember the clips that were sent to cards."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.core import callback

from ..engine.clips.model import Clip

# More than all cards show at once.
MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownClip:
    """What is remembered about a clip."""

    doorbell_id: str
    event: str
    started_at: datetime
    timezone: str


class ShownClips:
    """Clips that were sent to cards, to know who may be told that one was removed.

    A removed clip is known only by its ID. Clips that were sent to no card need no
    update.
    """

    def __init__(self) -> None:
        """Initialize without any clips."""
        self._clips: dict[str, ShownClip] = {}

    @callback
    def add(self, clip: Clip) -> None:
        """Remember a clip, and forget the oldest if there are too many."""
        self._clips.pop(clip.clip_id, None)
        self._clips[clip.clip_id] = ShownClip(
            doorbell_id=clip.doorbell_id,
            event=clip.event,
            started_at=clip.started_at,
            timezone=clip.timezone,
        )
        if len(self._clips) > MOST_REMEMBERED:
            del self._clips[next(iter(self._clips))]

    @callback
    def of(self, clip_id: str) -> ShownClip | None:
        """Return what is remembered about a clip, or None if it was not shown."""
        return self._clips.get(clip_id)

    @callback
    def doorbell_of(self, clip_id: str) -> str | None:
        """Return the doorbell of a clip, or None if the clip was not shown."""
        clip = self._clips.get(clip_id)
        return None if clip is None else clip.doorbell_id
