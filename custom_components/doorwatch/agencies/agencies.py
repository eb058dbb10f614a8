"""Find the agencies of this home by their ID."""

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..const import CONF_KIND, DOMAIN, KIND_AGENCY
from ..engine.sharing.errors import SharingError
from ..engine.sharing.model import RequestAsShown
from ..engine.sharing.outbox.lookups import AgencyAccess, Renewal
from ..engine.sharing.requests.answer import what_changed
from .base import Agency, AgencyEntry


def _is_agency(entry: ConfigEntry) -> bool:
    return entry.domain == DOMAIN and entry.data.get(CONF_KIND) == KIND_AGENCY


@callback
def agency_entries(hass: HomeAssistant) -> list[AgencyEntry]:
    """Return all entries of kind agency."""
    return [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if _is_agency(entry)
    ]


@callback
def loaded_agencies(hass: HomeAssistant) -> list[Agency]:
    """Return the agencies whose entries are loaded."""
    return [
        entry.runtime_data
        for entry in agency_entries(hass)
        if entry.state is ConfigEntryState.LOADED
    ]


@callback
def loaded_agency(hass: HomeAssistant, agency_id: str) -> Agency | None:
    """Return the agency, or None if its entry is not loaded."""
    entry: AgencyEntry | None = hass.config_entries.async_get_entry(agency_id)
    if entry is None or not _is_agency(entry):
        return None
    return entry.runtime_data if entry.state is ConfigEntryState.LOADED else None


@callback
def request_problem(
    hass: HomeAssistant, agency_id: str, shown: RequestAsShown
) -> str | None:
    """Return why a request can no longer be answered as shown, by the current feed."""
    agency = loaded_agency(hass, agency_id)
    held = None if agency is None else agency.data.feed
    return what_changed(shown, None if held is None else held.feed, dt_util.utcnow())


@callback
def async_agency(hass: HomeAssistant, agency_id: str) -> Agency:
    """Return the loaded agency.

    Raises `SharingError("agency_unavailable")`.
    """
    if (agency := loaded_agency(hass, agency_id)) is None:
        raise SharingError("agency_unavailable")
    return agency


@callback
def agency_access(hass: HomeAssistant, agency_id: str) -> AgencyAccess | None:
    """Return how to deliver to the agency now, or None if that is not possible."""
    agency = loaded_agency(hass, agency_id)
    return None if agency is None else agency.access()


async def async_renew(hass: HomeAssistant, agency_id: str) -> Renewal:
    """Fetch the agency's document because a share is about to be sent."""
    if (agency := loaded_agency(hass, agency_id)) is None:
        return Renewal.NOT_ASKED
    renewal = await agency.async_fetch()
    # If the entry was unloaded during the fetch, the agency may have been asked
    # already.
    return Renewal.LATER if renewal is Renewal.NOT_ASKED else renewal
