"""Check who may see, control, share and send, by permissions on the doorbell's camera."""

from collections.abc import Callable, Collection
from typing import Any

from homeassistant.auth import EVENT_USER_REMOVED, EVENT_USER_UPDATED
from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import CONF_CAMERA
from ..household.household import household
from ..registry import camera_entity_id, doorbell_ids
from ..signals import SIGNAL_USERS


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
    return _may_pass_on(hass, user, doorbell_id, household(hass).sharers)


@callback
def may_send(hass: HomeAssistant, user: User, doorbell_id: str) -> bool:
    """Return whether this user may send copies of the doorbell's clips to someone.

    As for sharing, but the household allows it separately.
    """
    return _may_pass_on(hass, user, doorbell_id, household(hass).senders)


@callback
def _may_pass_on(
    hass: HomeAssistant, user: User, doorbell_id: str, allowed: Collection[str]
) -> bool:
    return (
        not user.system_generated
        and may_control(hass, user, doorbell_id)
        and (user.is_admin or user.id in allowed)
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
