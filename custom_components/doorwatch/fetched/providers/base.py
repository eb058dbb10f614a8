"""Define the interface of recording providers."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellEvent, Label
from ...engine.outside.door import Outside

# How much earlier or later than its event was reported a recording may begin.
EARLIER: Final = timedelta(seconds=30)
LATER: Final = timedelta(seconds=30)
# Seconds after an event during which its recording may grow: as long as the longest
# clip that is recorded here. A longer one is fetched then, as it is.
LONGEST_GROWTH: Final = 600.0
# Bytes. Doorbell clips last a minute or two; this is enough for `LONGEST_GROWTH` at 8
# Mbit/s.
LARGEST: Final = 600_000_000
# Seconds for one download.
LONGEST: Final = 180
# The recording of an event exists, but is not complete.
GROWS: Final = "recording_grows"


class ProviderError(Exception):
    """A recording is unavailable; the reason is a translation key and holds no address."""

    def __init__(self, problem: str) -> None:
        """Initialize with the problem."""
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """A recording that is ready to be fetched.

    `recording_id` is the provider's. `started_at` (UTC) is None if unknown. `labels`
    are what the manufacturer says was seen.
    """

    recording_id: str
    started_at: datetime | None
    labels: frozenset[Label] = frozenset()


@dataclass(kw_only=True, slots=True)
class RecordingMark:
    """The last recording before an event; None until one was seen.

    `watched` is whether every recording since then was observed.
    """

    recording_id: str | None = None
    watched: bool = True


class RecordingProvider(ABC):
    """Access to the recordings that one integration keeps of one doorbell."""

    # Whether a recording becomes visible only once it has ended.
    hides_growth: ClassVar[bool] = False
    # Whether asking a camera for its stream starts one in the manufacturer's cloud.
    asking_begins_stream: ClassVar[bool] = False

    def __init__(self, hass: HomeAssistant, camera: str, outside: Outside) -> None:
        """Initialize with the linked camera, by its registry ID."""
        self._hass = hass
        self._camera = camera
        self._outside = outside

    @classmethod
    def lacks(cls, hass: HomeAssistant, camera: er.RegistryEntry) -> str | None:
        """Return why no recordings of this camera are available, as a translation key."""
        return None

    @classmethod
    def wants_enabled(
        cls, hass: HomeAssistant, camera: er.RegistryEntry
    ) -> er.RegistryEntry | None:
        """Return the entity that must be enabled first, or None."""
        return None

    def mark(self) -> RecordingMark:
        """Return a mark of the recordings before an event, none of which is the event's."""
        return RecordingMark()

    def follow(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call back when it is worth checking again; return a function to stop that."""
        return lambda: None

    @abstractmethod
    async def find(
        self, event: DoorbellEvent, mark: RecordingMark, taken: Collection[str]
    ) -> Recording | None:
        """Return the recording of an event, or None while it is not ready.

        `taken` are the IDs of recordings that were fetched. Raises `ProviderError` if
        the integration can't answer, and with `GROWS` while the recording is not
        complete.
        """

    @abstractmethod
    async def fetch(self, recording: Recording, path: Path) -> None:
        """Write a recording to a file; raises `ProviderError` and `OSError`."""


def of_event(started_at: datetime, event: DoorbellEvent) -> bool:
    """Return whether a recording that began then can be of this event."""
    return event.at - EARLIER <= started_at <= event.at + LATER
