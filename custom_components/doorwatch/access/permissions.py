"""Check who may see, control and share, by permissions on the doorbell's camera."""

from collections.abc import Callable
from typing import Any, Final

from aiohttp.web import Request
from homeassistant.auth import EVENT_USER_ADDED, EVENT_USER_REMOVED, EVENT_USER_UPDATED
from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.const import CONF_WEBHOOK_ID, Platform
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import (
    async_dispatcher_connect,
    async_dispatcher_send,
)

from ..const import CONF_CAMERA
from ..core_interfaces import current_connection, current_request, script_stack_cv
from ..household.household import household
from ..registry import camera_entity_id, doorbell_ids
from ..signals import SIGNAL_USERS
from .parts import access_parts

# Config entries of the phone app, and the key of the user that the phone acts as.
PHONE_APP: Final = "mobile_app"
PHONE_USER: Final = "user_id"


def _allowed(hass: HomeAssistant, user: User, doorbell_id: str, policy: str) -> bool:
    """Check the permission on the doorbell's camera; without one, only admins have it."""
    if not user.is_active:
        return False
    camera = camera_entity_id(hass, doorbell_id)
    if camera is None:
        return user.is_admin
    return user.permissions.check_entity(camera, policy)


@callback
def may_view(hass: HomeAssistant, user: User, doorbell_id: str) -> bool:
    """Return whether this user may see the doorbell's clips.

    A user who may not see the linked camera may not see its clips either.
    """
    linked = _linked_camera(hass, doorbell_id)
    return _allowed(hass, user, doorbell_id, POLICY_READ) and (
        linked is None or user.permissions.check_entity(linked, POLICY_READ)
    )


@callback
def _linked_camera(hass: HomeAssistant, doorbell_id: str) -> str | None:
    """Return the other integration's camera that this doorbell shows, if any."""
    entry = hass.config_entries.async_get_entry(doorbell_id)
    camera = entry.data.get(CONF_CAMERA) if entry is not None else None
    found = er.async_get(hass).entities.get_entry(camera or "")
    return None if found is None else found.entity_id


@callback
def may_control(hass: HomeAssistant, user: User, doorbell_id: str) -> bool:
    """Return whether this user may protect and delete the doorbell's clips."""
    return may_view(hass, user, doorbell_id) and _allowed(
        hass, user, doorbell_id, POLICY_CONTROL
    )


@callback
def may_share(hass: HomeAssistant, user: User, doorbell_id: str) -> bool:
    """Return whether this user may share the doorbell's clips.

    Sharing needs control permission, and an administrator unless the household allowed
    this user.
    """
    return (
        not user.system_generated
        and may_control(hass, user, doorbell_id)
        and (user.is_admin or user.id in household(hass).sharers)
    )


@callback
def visible_doorbells(hass: HomeAssistant, user: User) -> list[str]:
    """Return the IDs of the doorbells that this user may see."""
    return [each for each in doorbell_ids(hass) if may_view(hass, user, each)]


@callback
def async_watch_permissions(
    hass: HomeAssistant, on_change: Callable[[], None]
) -> CALLBACK_TYPE:
    """Call back when permissions may have changed; return a function to stop that."""

    @callback
    def look(_event: Event[Any]) -> None:
        on_change()

    @callback
    def is_of_camera(data: er.EventEntityRegistryUpdatedData) -> bool:
        return data["entity_id"].startswith(f"{Platform.CAMERA}.")

    stops = [
        hass.bus.async_listen(event_type, look)
        for event_type in (
            EVENT_USER_UPDATED,
            EVENT_USER_REMOVED,
            # Permissions depend on the camera's entity ID, device and area.
            dr.EVENT_DEVICE_REGISTRY_UPDATED,
        )
    ]
    stops.append(
        hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, look, event_filter=is_of_camera
        )
    )
    stops.append(async_dispatcher_connect(hass, SIGNAL_USERS, on_change))

    @callback
    def stop() -> None:
        for each in stops:
            each()

    return stop


@callback
def async_follow_users(hass: HomeAssistant) -> None:
    """Keep the list of users loaded, for checks that can't await."""

    async def look(_event: Event | None = None) -> None:
        access_parts(hass).users = await hass.auth.async_get_users()
        async_dispatcher_send(hass, SIGNAL_USERS)

    for event_type in (EVENT_USER_ADDED, EVENT_USER_REMOVED):
        hass.bus.async_listen(event_type, look)
    hass.async_create_task(look(), "doorwatch users")


@callback
def requester_may_view(
    hass: HomeAssistant, doorbell_id: str, context: Context | None
) -> bool:
    """Return whether a picture may go to the user who is requesting it from core.

    `context` is the context of the requesting action, if any. Core doesn't check
    permissions on the camera when it serves stills or live views, takes a snapshot of
    the image, or attaches a picture to an AI task. Returns True without a user: for an
    automation, or for core itself.
    """
    if not script_stack_cv.get():
        # In a script, these belong to the user who triggered it, not to its author.
        if (connection := current_connection.get()) is not None:
            return may_view(hass, connection.user, doorbell_id)
        if (request := current_request.get()) is not None:
            user = request.get(KEY_HASS_USER) or _phone_user(hass, request)
            if user is not None:
                return may_view(hass, user, doorbell_id)
            return everybody_may_view(hass, doorbell_id)
        if "current_request" in access_parts(hass).broken_callers:
            return everybody_may_view(hass, doorbell_id)
    if context is None or context.user_id is None:
        return True
    user = user_of(hass, context.user_id)
    return user is not None and may_view(hass, user, doorbell_id)


@callback
def everybody_may_view(hass: HomeAssistant, doorbell_id: str) -> bool:
    """Return whether every active user may see this doorbell.

    If so, its data may also go where the user is unknown: into a state, which any user
    can read with a template, or to a request with a token from such a state.
    """
    users = access_parts(hass).users
    return users is not None and all(
        may_view(hass, one, doorbell_id)
        for one in users
        if one.is_active and not one.system_generated
    )


@callback
def _phone_user(hass: HomeAssistant, request: Request) -> User | None:
    """Return the user of the phone that is calling its webhook."""
    webhook_id = request.match_info.get(CONF_WEBHOOK_ID)
    for entry in hass.config_entries.async_entries(PHONE_APP):
        if webhook_id is not None and entry.data.get(CONF_WEBHOOK_ID) == webhook_id:
            return user_of(hass, entry.data.get(PHONE_USER))
    return None


@callback
def user_of(hass: HomeAssistant, user_id: str | None) -> User | None:
    """Return a user, or None if there is none with this ID."""
    users = access_parts(hass).users or ()
    return next((one for one in users if one.id == user_id), None)
