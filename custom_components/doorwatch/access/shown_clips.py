"""A memory of what each clip was that a card was told about."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from homeassistant.core import callback

from ..engine.clips.model import Clip

# More than all cards show at once.
MOST_REMEMBERED: Final = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownClip:
    """What is remembered of a clip."""

    doorbell_id: str
    event: str
    started_at: datetime
    timezone: str


class ShownClips:
    """Says who may hear of a clip that is not in the library any more.

    A clip that is gone is known by its id only; what no card was told about needs
    no word.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._clips: dict[str, ShownClip] = {}

    @callback
    def add(self, clip: Clip) -> None:
        """Remember a clip; the oldest is forgotten."""
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
        """Return what is remembered, None for a clip that was not shown."""
        return self._clips.get(clip_id)

    @callback
    def doorbell_of(self, clip_id: str) -> str | None:
        """Return the doorbell, None for a clip that was not shown."""
        clip = self._clips.get(clip_id)
        return None if clip is None else clip.doorbell_id
