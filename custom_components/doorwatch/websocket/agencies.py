"""List the agencies."""

from typing import TypedDict

from homeassistant.core import HomeAssistant, callback

from ..access.permissions import may_share, visible_doorbells
from ..actions.problems import translated_error
from ..agencies.agencies import loaded_agencies
from ..agencies.base import Agency, LinkAgency
from ..domain.data import HouseholdData
from ..engine.sharing.errors import SharingError
from .decorators import Call, with_household


class AgencyJson(TypedDict):
    """An agency that clips can be shared with."""

    agency_id: str
    name: str
    host: str
    compared: bool
    available: bool
    problem: str | None
    # The origin of its upload links, for an agency that sends such links to people.
    upload_page: str | None


class Refusal(TypedDict):
    """Why nobody can share from this page, as a code and a translated message."""

    code: str
    message: str
    placeholders: dict[str, str]


class Agencies(TypedDict):
    """The agencies, for a user who may share."""

    agencies: list[AgencyJson]
    refusal: Refusal | None
    # The names of the administrators, whom a user who may not share can ask.
    administrators: list[str]


@with_household.command("doorwatch/agencies")
async def list_agencies(call: Call[HouseholdData]) -> Agencies:
    """List the agencies for a user who may share.

    `refusal` is set for a page from which nothing can be shared.
    """
    hass, user = call.hass, call.user
    visible = visible_doorbells(hass, user)
    shares = any(may_share(hass, user, each) for each in visible)
    return {
        "agencies": [
            agency_json(agency)
            for agency in (loaded_agencies(hass) if shares else ())
            if agency.takes_clips
        ],
        "refusal": _refusal(call),
        "administrators": await _async_administrators(hass) if visible else [],
    }


@callback
def agency_json(agency: Agency) -> AgencyJson:
    """Return the JSON of an agency or a group."""
    page = agency.page if isinstance(agency, LinkAgency) else None
    shown = page or agency.data.document
    return {
        "agency_id": agency.agency_id,
        "name": agency.entry.title if shown is None else shown.name,
        "host": agency.host,
        "compared": agency.compared,
        "available": agency.access() is not None,
        "problem": agency.data.problem,
        "upload_page": None if page is None else page.origin,
    }


async def _async_administrators(hass: HomeAssistant) -> list[str]:
    """Return the names of the active administrators."""
    return sorted(
        (
            user.name
            for user in await hass.auth.async_get_users()
            if user.is_active
            and user.is_admin
            and not user.system_generated
            and user.name
        ),
        key=str.casefold,
    )


@callback
def _refusal(call: Call[HouseholdData]) -> Refusal | None:
    try:
        call.data.guard.person_at(call.connection)
    except SharingError as err:
        if err.problem in ("foreign_client", "address_new"):
            return {
                "code": err.problem,
                # Home Assistant removes the full stop.
                "message": f"{translated_error(err)}.",
                "placeholders": err.placeholders,
            }
    return None


COMMANDS = (list_agencies,)
