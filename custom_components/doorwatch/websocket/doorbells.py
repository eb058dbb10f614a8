"""List doorbells and send changes to the list."""

from collections.abc import Collection
from typing import Literal, TypedDict

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..access.permissions import may_control, may_share, visible_doorbells
from ..const import (
    CONF_MOTION_ENTITY,
    CONF_ON_EVENT,
    CONF_PICTURE_MOTION,
    CONF_PROVIDER,
    CONF_RING_ENTITY,
    CONF_SOURCE,
    CONF_WEBHOOK,
    SOURCE_DEMO,
    SOURCE_ONVIF,
)
from ..engine.doorbells.base import EventKind
from ..following import async_follow_entries
from ..names import doorbell_names
from ..registry import camera_entity_id
from ..signals import SIGNAL_NAMES
from .decorators import Call, without_data
from .subscriptions import Subscription

# "called" means that only rings or calls of a webhook start clips, "off" that nothing does.
type Detection = Literal["on", "called", "off"]


class DoorbellJson(TypedDict):
    """A doorbell, and the permissions of this user on it."""

    doorbell_id: str
    name: str
    camera_entity_id: str | None
    connected: bool
    # Whether Doorwatch records it; other clips are fetched from the manufacturer.
    records: bool
    # What starts clips.
    detection: Detection
    # Whether it is connected only on an event, so that there is no video to look at.
    sleeps: bool
    may_share: bool
    may_control: bool


class Doorbells(TypedDict):
    """The doorbells that this user may see."""

    doorbells: list[DoorbellJson]


@without_data.command("doorwatch/doorbells")
async def list_doorbells(call: Call[None]) -> Doorbells:
    """List the doorbells that this user may see."""
    return {"doorbells": _doorbells(call.hass, call.user)}


@without_data.subscription("doorwatch/doorbells/subscribe")
async def subscribe_doorbells(
    call: Call[None], subscription: Subscription[Doorbells]
) -> None:
    """Send the list now, and when doorbells are added, changed, removed or renamed."""
    # Nothing is sent if only doorbells changed that this user may not see.
    send = subscription.sender(lambda: {"doorbells": _doorbells(call.hass, call.user)})
    subscription.add(async_dispatcher_connect(call.hass, SIGNAL_NAMES, send))
    subscription.add(async_follow_entries(call.hass, send))
    call.connection.send_result(call.msg["id"])
    send()


@callback
def detection_of(entry: ConfigEntry) -> Detection:
    """Return what starts clips of a doorbell."""
    data, options = entry.data, entry.options
    if data[CONF_SOURCE] == SOURCE_DEMO or CONF_PROVIDER in data:
        return "on"
    if options.get(CONF_MOTION_ENTITY):
        return "on"
    if options.get(CONF_PICTURE_MOTION) and not options.get(CONF_ON_EVENT):
        return "on"
    offers: Collection[EventKind] = ()
    if data[CONF_SOURCE] == SOURCE_ONVIF:
        # What a device reports is unknown while it is not connected.
        if (
            entry.state is not ConfigEntryState.LOADED
            or entry.runtime_data.doorbell.hears_events is False
        ):
            return "on"
        offers = entry.runtime_data.doorbell.offers
    if EventKind.MOTION in offers:
        return "on"
    if offers or options.get(CONF_RING_ENTITY) or options.get(CONF_WEBHOOK):
        return "called"
    return "off"


@callback
def _doorbells(hass: HomeAssistant, user: User) -> list[DoorbellJson]:
    """Return the doorbells that this user may see, with names that differ among them."""
    visible = visible_doorbells(hass, user)
    names = doorbell_names(hass, visible)
    doorbells: list[DoorbellJson] = []
    for doorbell_id in visible:
        entry = hass.config_entries.async_get_known_entry(doorbell_id)
        loaded = entry.state is ConfigEntryState.LOADED
        doorbells.append(
            {
                "doorbell_id": doorbell_id,
                "name": names[doorbell_id],
                "camera_entity_id": camera_entity_id(hass, doorbell_id),
                "connected": loaded and entry.runtime_data.data.connected,
                "records": not entry.data.get(CONF_PROVIDER),
                "detection": detection_of(entry),
                "sleeps": bool(entry.options.get(CONF_ON_EVENT)),
                "may_share": may_share(hass, user, doorbell_id),
                "may_control": may_control(hass, user, doorbell_id),
            }
        )
    return doorbells


COMMANDS = (list_doorbells, subscribe_doorbells)
