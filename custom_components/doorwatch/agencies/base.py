"""What every agency is to the rest of Doorwatch, whichever way clips get there."""

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
from ..data import DoorwatchData
from ..engine.sharing.addresses import parse_address
from ..engine.sharing.model import AgencyPin, PublicDocument, UploadPage
from ..engine.sharing.outbox.outbox import AgencyAccess, Renewal
from ..engine.sharing.requests.feed import Feed, Request
from ..signals import SIGNAL_FEED_CHANGED

_LOGGER = logging.getLogger(__name__)


type AgencyEntry = ConfigEntry[Agency]


# Compared as the same one, not part by part: there may be thousands of places in it.
@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class HeldFeed:
    """What an agency asks and tells, as it was fetched last and verified."""

    feed: Feed
    fetched_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyState:
    """What is known of an agency.

    Nothing can be shared without a document with one that publishes it. `feed_problem`
    says why `feed` is not what the agency publishes now: it has run out
    (`document_expired`), what came after it was refused or could not be fetched, it was
    lost on the disk of this home (`feed_lost`), or it is of a group that asks for clips,
    which nobody needs to see (`group_asks`).
    """

    document: PublicDocument | None = None
    problem: str | None = None
    feed: HeldFeed | None = None
    feed_problem: str | None = None


class Agency(DataUpdateCoordinator[AgencyState]):
    """Tells how an agency is reached, and when it got something last.

    A coordinator for what it tells its entities. That core can ask it for an update, also
    by an action on an entity, must not show an agency when somebody is at the door: it
    answers with what is known.
    """

    config_entry: AgencyEntry

    def __init__(
        self, hass: HomeAssistant, entry: AgencyEntry, domain: DoorwatchData
    ) -> None:
        """Begin without anything known."""
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
        """Whether somebody compared the fingerprint with a printed one."""

    @property
    @abstractmethod
    def host(self) -> str:
        """The agency's host, in punycode, and its port if that isn't the usual one."""

    @property
    def takes_clips(self) -> bool:
        """Whether clips can be shared with it at all: never with a group."""
        return not is_group(self.entry.data)

    def request(self, request_id: str) -> Request | None:
        """Return what it asks under this id, by the feed that is held now."""
        if (held := self.data.feed) is None:
            return None
        return next(
            (each for each in held.feed.requests if each.request_id == request_id), None
        )

    async def async_feed_token(self) -> str | None:
        """Return the signed feed that is held now as it was fetched, read from disk."""
        return None

    @abstractmethod
    @callback
    def access(self) -> AgencyAccess | None:
        """Return what the outbox needs to deliver, as of now; None when it must wait."""

    async def async_fetch(self) -> Renewal:
        """Look at what it publishes now, for an administrator or before a share leaves.

        Raises `SharingError` when what changed cannot be written to the ledger.
        """
        return Renewal.NOT_ASKED

    @override
    async def _async_update_data(self) -> AgencyState:
        return self.data

    async def async_start(self) -> None:
        """Let others look once it is loaded."""
        self.entry.async_on_unload(self.entry.async_on_state_change(self._on_state))

    @callback
    def _on_state(self) -> None:
        """Let others look again once they can find this agency, or find it no more.

        Before, the outbox would take a reload for an agency that was away, and ask it at
        once.
        """
        if self.entry.state is ConfigEntryState.LOADED:
            self._domain.outbox.agency_changed(self.agency_id)
        async_dispatcher_send(self.hass, SIGNAL_FEED_CHANGED, self.agency_id)


class LinkAgency(Agency):
    """An agency that sends upload links; nothing is fetched from it, or sent to it."""

    def __init__(
        self, hass: HomeAssistant, entry: AgencyEntry, domain: DoorwatchData
    ) -> None:
        """Read what was typed."""
        super().__init__(hass, entry, domain)
        self.page = page_of(entry)

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


def page_of(entry: AgencyEntry) -> UploadPage:
    """Return the page as an administrator typed it."""
    address = parse_address(entry.data[CONF_ADDRESS])
    return UploadPage(
        name=entry.data[CONF_NAME],
        origin=address.origin,
        host=address.netloc,
        jurisdiction=entry.data.get(CONF_JURISDICTION, ""),
        contact=entry.data.get(CONF_CONTACT, ""),
    )


def is_group(data: Mapping[str, Any]) -> bool:
    """Whether the data of an entry is of a group: of those who take no clips."""
    return CONF_PINNED in data and AgencyPin.stored(data[CONF_PINNED]).group


def told_of(typed: Mapping[str, Any]) -> dict[str, object]:
    """Return what the ledger says of it: the page alone would not tell which it is."""
    return {
        "issuer": typed[CONF_ADDRESS],
        "name": typed[CONF_NAME],
        "via": VIA_LINK,
    }
