"""What of all that agencies ask and tell concerns this home."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.signal_type import SignalType

from ..const import DOMAIN
from ..engine.sharing.requests.feed import Bulletin, Request

# What concerns this home, or what somebody put away, is not what it was.
SIGNAL_REQUESTS: SignalType[()] = SignalType(f"{DOMAIN}_requests")


@dataclass(frozen=True, kw_only=True, slots=True)
class Concern:
    """A request or bulletin, the doorbells in its area, and their clips that fit."""

    agency_id: str
    item: Request | Bulletin
    doorbells: frozenset[str] = frozenset()
    clips: Mapping[str, int] = field(default_factory=dict)


class Board:
    """Holds what concerns this home, ready for every page."""

    def __init__(self) -> None:
        """Know of nothing yet."""
        self.concerns: tuple[Concern, ...] = ()
        # How many valid open requests are about other places.
        self.elsewhere = 0


BOARD: Final = HassKey[Board](f"{DOMAIN}_requests")


@callback
def board(hass: HomeAssistant) -> Board:
    """Return the one board."""
    return hass.data.setdefault(BOARD, Board())
