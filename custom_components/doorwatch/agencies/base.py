"""Define the base of all agencies, however they receive clips."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from ..const import (
    CONF_ADDRESS,
    CONF_CONTACT,
    CONF_JURISDICTION,
    CONF_NAME,
    CONF_PINNED,
    VIA_LINK,
)
from ..data import EngineData
from ..engine.sharing.addresses import parse_address
from ..engine.sharing.agency import AgencyPin, PublicDocument, UploadPage
from ..engine.sharing.outbox.lookups import AgencyAccess, Renewal
from ..engine.sharing.requests.feed import Feed
from ..signals import SIGNAL_FEED_CHANGED

_LOGGER = logging.getLogger(__name__)


type AgencyEntry = ConfigEntry[Agency]


# Compared by identity, because a feed may contain thousands of places.
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeldFeed:
    """The feed of an agency as last fetched and verified."""

    feed: Feed
    fetched_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyState:
    """What is known about an agency.

    Nothing can be shared with an agency that publishes a document while `document` is
    None. `feed_problem` says why `feed` is not what the agency publishes now: it has
    expired (`document_expired`), a newer feed was refused or could not be fetched, its
    file was lost (`feed_lost`), or it is from a group and contains requests for clips,
    which are hidden (`group_asks`).
    """

    document: PublicDocument | None = None
    problem: str | None = None
    feed: HeldFeed | None = None
    feed_problem: str | None = None


class Agency(DataUpdateCoordinator[AgencyState]):
    """Base of an agency's coordinator, which updates its entities.

    An update requested by core, for example by an action on an entity, fetches nothing:
    otherwise its time could tell the agency when somebody is at the door.
    """

    config_entry: AgencyEntry

    def __init__(
        self, hass: HomeAssistant, entry: AgencyEntry, domain: EngineData
    ) -> None:
        """Initialize without any data."""
        super().__init__(
            hass, _LOGGER, config_entry=entry, name=entry.title, always_update=False
        )
        self.data = AgencyState()
        self.entry = entry
        self.agency_id = entry.entry_id
        self._domain = domain

    @property
    @abstractmethod
    def compared(self) -> bool:
        """Return whether somebody compared the fingerprint with a printed one."""

    @property
    @abstractmethod
    def host(self) -> str:
        """Return the agency's host, in punycode, and its port if that isn't the default."""

    @property
    def takes_clips(self) -> bool:
        """Return whether clips can be shared with it, which is never the case for a group."""
        return not is_group(self.entry.data)

    async def async_feed_token(self) -> str | None:
        """Return the current signed feed as it was fetched, read from disk."""
        return None

    @abstractmethod
    @callback
    def access(self) -> AgencyAccess | None:
        """Return what the outbox currently needs to deliver, or None if it must wait."""

    async def async_fetch(self) -> Renewal:
        """Fetch the document, for an administrator or before a share is sent.

        Raises `SharingError` if changes can't be written to the ledger.
        """
        return Renewal.NOT_ASKED

    @override
    async def _async_update_data(self) -> AgencyState:
        return self.data

    async def async_start(self, *, wants_feed: bool = False) -> None:
        """Notify other parts when this agency's entry changes its state."""
        self.entry.async_on_unload(self.entry.async_on_state_change(self._on_state))

    @callback
    def _on_state(self) -> None:
        """Notify other parts that this agency may have become available or unavailable.

        The outbox is notified only once the entry is loaded. Otherwise it would mistake
        a reload for an agency that was away, and contact it at once.
        """
        if self.entry.state is ConfigEntryState.LOADED:
            self._domain.outbox.agency_changed(self.agency_id)
        async_dispatcher_send(self.hass, SIGNAL_FEED_CHANGED, self.agency_id)


class LinkAgency(Agency):
    """An agency that sends upload links; nothing is fetched from it or sent to it."""

    def __init__(
        self, hass: HomeAssistant, entry: AgencyEntry, domain: EngineData
    ) -> None:
        """Initialize with the page as an administrator typed it."""
        super().__init__(hass, entry, domain)
        typed = entry.data
        address = parse_address(typed[CONF_ADDRESS])
        self.page = UploadPage(
            name=typed[CONF_NAME],
            origin=address.origin,
            host=address.netloc,
            jurisdiction=typed.get(CONF_JURISDICTION, ""),
            contact=typed.get(CONF_CONTACT, ""),
        )

    @property
    @override
    def compared(self) -> bool:
        return False

    @property
    @override
    def host(self) -> str:
        return self.page.host

    @callback
    @override
    def access(self) -> AgencyAccess:
        return AgencyAccess(document=self.page)


def is_group(data: Mapping[str, Any]) -> bool:
    """Return whether the data of an entry is of a group, which takes no clips."""
    return CONF_PINNED in data and AgencyPin.stored(data[CONF_PINNED]).group


def told_of(typed: Mapping[str, Any]) -> dict[str, object]:
    """Return the agency's description for the ledger; the address alone isn't unique."""
    return {
        "issuer": typed[CONF_ADDRESS],
        "name": typed[CONF_NAME],
        "via": VIA_LINK,
    }
