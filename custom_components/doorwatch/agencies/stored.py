"""Define what is kept of an agency across restarts."""

from typing import Final, NotRequired, TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from .feed import StoredFeed

STORE_VERSION: Final = 1


class StoredAgency(TypedDict):
    """The stored data of an agency.

    Times are in seconds since the epoch: `fetched` is when the stored document was
    accepted, `due` when the next fetch is scheduled (missing in data of older versions,
    which counted from `fetched`). `refused` says why the last published document was
    not trusted. `new_key` identifies the last key change by an administrator that was
    applied.
    """

    pin: dict[str, object]
    document: str
    fetched: float
    due: NotRequired[float]
    refused: NotRequired[str]
    new_key: NotRequired[str | None]
    feed: NotRequired[StoredFeed]


def store_for(hass: HomeAssistant, agency_id: str) -> Store[StoredAgency]:
    """Return the store with pin and document of an agency."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.agency.{agency_id}", private=True)
