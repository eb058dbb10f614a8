"""The commands of the dashboard card."""

from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import WebSocketCommandHandler
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from ..access.guard import person_at
from ..access.permissions import may_control, may_share, visible_doorbells
from ..actions.problems import answering, translated_error
from ..agencies.agencies import agency_entries
from ..agencies.base import LinkAgency
from ..const import CONF_KEEPER
from ..engine.sharing.errors import SharingError
from ..names import doorbell_names
from ..registry import camera_entity_id
from ..signals import SIGNAL_NAMES
from . import (
    areas as websocket_areas,
    bin as websocket_bin,
    clips as websocket_clips,
    days as websocket_days,
    hand_over as websocket_hand_over,
    people as websocket_people,
    preview as websocket_preview,
    proposals as websocket_proposals,
    recording as websocket_recording,
    settings as websocket_settings,
    share as websocket_share,
    stills as websocket_stills,
    transparency as websocket_transparency,
)
from .answers import DOORBELL_EVENTS, Agencies, Agency, Doorbell, Doorbells, Refusal
from .parts import WEBSOCKET, WebsocketParts


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register all commands."""
    hass.data[WEBSOCKET] = WebsocketParts()
    for command in COMMANDS:
        async_register_command(hass, command)


@websocket_command({vol.Required("type"): "doorwatch/doorbells"})
@async_response
@answering
async def list_doorbells(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Doorbells:
    """Name the doorbells that this user may see."""
    return {"doorbells": _doorbells(hass, connection.user)}


@websocket_command({vol.Required("type"): "doorwatch/doorbells/subscribe"})
@callback
def subscribe_doorbells(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the list, and again when a doorbell comes, goes or gets another name."""
    msg_id: int = msg["id"]
    sent: list[Doorbell] | None = None

    @callback
    def send() -> None:
        nonlocal sent
        now = _doorbells(hass, connection.user)
        # What happened to a doorbell that this user may not see is not told at all.
        if now != sent:
            sent = now
            DOORBELL_EVENTS.send(connection, msg_id, {"doorbells": now})

    connection.subscriptions[msg_id] = async_dispatcher_connect(
        hass, SIGNAL_NAMES, send
    )
    connection.send_result(msg_id)
    send()


@callback
def _doorbells(hass: HomeAssistant, user: User) -> list[Doorbell]:
    """Return the doorbells that this user may see, by the names among those."""
    visible = visible_doorbells(hass, user)
    names = doorbell_names(hass, visible)
    doorbells: list[Doorbell] = []
    for doorbell_id in visible:
        entry = hass.config_entries.async_get_known_entry(doorbell_id)
        loaded = entry.state is ConfigEntryState.LOADED
        doorbells.append(
            {
                "doorbell_id": doorbell_id,
                "name": names[doorbell_id],
                "camera_entity_id": camera_entity_id(hass, doorbell_id),
                "connected": loaded and entry.runtime_data.data.connected,
                "records": not entry.data.get(CONF_KEEPER),
                "may_share": may_share(hass, user, doorbell_id),
                "may_control": may_control(hass, user, doorbell_id),
            }
        )
    return doorbells


@websocket_command({vol.Required("type"): "doorwatch/agencies"})
@async_response
@answering
async def list_agencies(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Agencies:
    """Name the agencies, to those who may share with one, and say who may not at all.

    `refusal` tells a page that is not this home's own why nothing can be shared there.
    """
    user = connection.user
    agencies: list[Agency] = []
    if any(may_share(hass, user, each) for each in visible_doorbells(hass, user)):
        for entry in agency_entries(hass):
            if entry.state is not ConfigEntryState.LOADED:
                continue
            agency = entry.runtime_data
            page = agency.page if isinstance(agency, LinkAgency) else None
            shown = page or agency.data.document
            agencies.append(
                {
                    "agency_id": entry.entry_id,
                    "name": entry.title if shown is None else shown.name,
                    "host": agency.host,
                    "compared": agency.compared,
                    "available": agency.access() is not None,
                    "problem": agency.data.problem,
                    # Where its upload links lead, of one that sends such links.
                    "upload_page": None if page is None else page.origin,
                }
            )
    return {
        "agencies": agencies,
        "refusal": _refusal(hass, connection),
        "administrators": [],
    }


@callback
def _refusal(hass: HomeAssistant, connection: ActiveConnection) -> Refusal | None:
    try:
        person_at(hass, connection)
    except SharingError as err:
        if err.problem == "foreign_client":
            # Home Assistant takes the full stop away.
            return {"code": err.problem, "message": f"{translated_error(err)}."}
    return None


COMMANDS: Final[tuple[WebSocketCommandHandler, ...]] = (
    list_doorbells,
    subscribe_doorbells,
    list_agencies,
    *websocket_areas.COMMANDS,
    *websocket_bin.COMMANDS,
    *websocket_clips.COMMANDS,
    *websocket_days.COMMANDS,
    *websocket_hand_over.COMMANDS,
    *websocket_people.COMMANDS,
    *websocket_preview.COMMANDS,
    *websocket_proposals.COMMANDS,
    *websocket_recording.COMMANDS,
    *websocket_settings.COMMANDS,
    *websocket_share.COMMANDS,
    *websocket_stills.COMMANDS,
    *websocket_transparency.COMMANDS,
)
