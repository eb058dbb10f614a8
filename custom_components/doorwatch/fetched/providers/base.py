"""What every way to get at the clips that another integration keeps has in common."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final, Protocol

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ...engine.doorbells.base import DoorbellEvent, Label
from ...engine.outside.door import Outside

# How much earlier than we heard of an event its recording may begin, and how much later.
EARLIER: Final = timedelta(seconds=30)
LATER: Final = timedelta(seconds=30)
# Seconds after an event in which its recording may go on growing: as long as the longest
# clip that is recorded here. What lasts longer is fetched then, as it is.
LONGEST_GROWTH: Final = 600.0
# Clips of doorbells are of a minute or two; this is that longest one at 8 Mbit/s.
LARGEST: Final = 600_000_000
# Seconds for all of one.
LONGEST: Final = 180
# The recording of an event is there, and not over yet.
GROWS: Final = "recording_grows"


class ProviderError(Exception):
    """A recording could not be had, and why, by a translation key. Holds no address."""

    def __init__(self, problem: str) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """A recording that is ready to be fetched.

    `recording_id` is the provider's own. `started_at` (UTC) is None when nobody knows.
    `labels` are what its maker says was seen.
    """

    recording_id: str
    started_at: datetime | None
    labels: frozenset[Label] = frozenset()


class RecordingProvider(Protocol):
    """Knows where one integration keeps the recordings of one doorbell."""

    # Whether a recording can be seen only once it has ended.
    hides_growth: ClassVar[bool] = False
    # Whether to ask one of its cameras for a stream begins one, in the cloud of the maker.
    asking_begins_stream: ClassVar[bool] = False

    def __init__(self, hass: HomeAssistant, camera: str, outside: Outside) -> None:
        """Take the linked camera, by its id in the registry."""

    @classmethod
    def lacks(cls, hass: HomeAssistant, camera: er.RegistryEntry) -> str | None:
        """Say why nothing is kept of this camera, by a translation key."""
        return None

    @classmethod
    def wants_enabled(
        cls, hass: HomeAssistant, camera: er.RegistryEntry
    ) -> er.RegistryEntry | None:
        """Return the entity that has to be enabled first, None when all is well."""
        return None

    def mark(self) -> object:
        """Note at an event what is kept already: none of it is the event's."""
        return None

    def mark_to_store(self, mark: object) -> str | None:
        """Return a mark as it is written down, to outlive a restart."""
        return None

    def mark_from_store(self, stored: str | None) -> object:
        """Return a mark that was written down before Home Assistant was away for a time."""
        return None

    def follow(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Tell when it is worth to look again; returns how to stop."""
        return lambda: None

    async def find(
        self, event: DoorbellEvent, mark: object, taken: Collection[str]
    ) -> Recording | None:
        """Return the recording of an event, None while it is not ready.

        `taken` are the ids of those that were fetched. Raises `ProviderError` when the
        integration cannot say, and with `GROWS` while the recording goes on.
        """
        ...

    async def fetch(self, recording: Recording, path: Path) -> None:
        """Write a recording to a file. Raises `ProviderError` and `OSError`."""
        ...


def of_event(started_at: datetime, event: DoorbellEvent) -> bool:
    """Whether what began then is the recording of this event, going by the time."""
    return event.at - EARLIER <= started_at <= event.at + LATER
