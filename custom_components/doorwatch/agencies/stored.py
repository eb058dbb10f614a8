"""What is kept of an agency across restarts, and what its next start is to do."""

from typing import Final, NotRequired, TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .feed import StoredFeed

STORE_VERSION: Final = 1


class StoredAgency(TypedDict):
    """What of an agency survives restarts.

    Times are in seconds since the epoch: `fetched`, when what is stored was accepted, and
    `due`, when it is fetched next (missing in what versions stored that counted from
    `fetched`). `refused` says why what the agency published last was not trusted.
    `new_key` names the last change of the entry's key by an administrator that was taken.
    """

    pin: dict[str, object]
    document: str
    fetched: float
    due: NotRequired[float]
    refused: NotRequired[str]
    new_key: NotRequired[str | None]
    feed: NotRequired[StoredFeed]


def store_for(hass: HomeAssistant, agency_id: str) -> Store[StoredAgency]:
    """Return the place where pin and document of an agency are kept."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.agency.{agency_id}", private=True)


# Agencies whose feed is fetched with their next start: an administrator changed them.
_FEED_WANTED: HassKey[set[str]] = HassKey(f"{DOMAIN}_feed_wanted")


@callback
def async_want_feed(hass: HomeAssistant, agency_id: str) -> None:
    """Have the feed fetched once the agency, which is about to be reloaded, is back."""
    hass.data.setdefault(_FEED_WANTED, set()).add(agency_id)


@callback
def feed_was_wanted(hass: HomeAssistant, agency_id: str) -> bool:
    """Whether it is to be fetched with this start; asked once."""
    wanted = hass.data.get(_FEED_WANTED, set())
    found = agency_id in wanted
    wanted.discard(agency_id)
    return found
