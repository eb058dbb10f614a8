"""Who may see, control and share: one question, asked of the doorbell's camera."""

from homeassistant.auth import EVENT_USER_ADDED, EVENT_USER_REMOVED
from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.camera.const import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.http import current_request
from homeassistant.util.hass_dict import HassKey

from .const import CONF_KIND, DOMAIN, KIND_DOORBELL
from .household import household


@callback
def camera_entity_ids(hass: HomeAssistant, doorbell_id: str) -> list[str]:
    """Return all cameras of a doorbell, also disabled ones.

    A permission outlives a switch.
    """
    return sorted(
        entity.entity_id
        for entity in er.async_entries_for_config_entry(er.async_get(hass), doorbell_id)
        if entity.domain == CAMERA_DOMAIN and entity.platform == DOMAIN
    )


@callback
def camera_entity_id(hass: HomeAssistant, doorbell_id: str) -> str | None:
    """Return the camera that stands for a doorbell."""
    return next(iter(camera_entity_ids(hass, doorbell_id)), None)


# Core's views of stills, which show every entity's picture to whoever is signed in.
CORE_VIEWS = (
    "/api/image_proxy/",
    "/api/image_proxy_stream/",
    "/api/camera_proxy/",
    "/api/camera_proxy_stream/",
)

# Everybody who has an account; a change of rights changes these very objects.
_USERS: HassKey[list[User]] = HassKey(f"{DOMAIN}_users")


def _allowed(hass: HomeAssistant, user: User, doorbell_id: str, policy: str) -> bool:
    """Ask for every camera of the doorbell; without one, only administrators pass."""
    if not user.is_active:
        return False
    cameras = camera_entity_ids(hass, doorbell_id)
    if not cameras:
        return user.is_admin
    return all(user.permissions.check_entity(camera, policy) for camera in cameras)


@callback
def may_view(hass: HomeAssistant, user: User, doorbell_id: str) -> bool:
    """Whether this user may see the doorbell's clips."""
    return _allowed(hass, user, doorbell_id, POLICY_READ)


@callback
def may_control(hass: HomeAssistant, user: User, doorbell_id: str) -> bool:
    """Whether this user may protect and delete the doorbell's clips."""
    return may_view(hass, user, doorbell_id) and _allowed(
        hass, user, doorbell_id, POLICY_CONTROL
    )


@callback
def may_share(hass: HomeAssistant, user: User, doorbell_id: str) -> bool:
    """Whether this user may share the doorbell's clips.

    Control permission, and administrator unless the household allowed this user.
    """
    return (
        not user.system_generated
        and may_control(hass, user, doorbell_id)
        and (user.is_admin or user.id in household(hass).sharers)
    )


@callback
def doorbell_ids(hass: HomeAssistant) -> list[str]:
    """Return the ids of all doorbells."""
    return [
        entry.entry_id
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.data.get(CONF_KIND) == KIND_DOORBELL
    ]


@callback
def visible_doorbells(hass: HomeAssistant, user: User) -> list[str]:
    """Return the ids of the doorbells that this user may see."""
    return [each for each in doorbell_ids(hass) if may_view(hass, user, each)]


@callback
def async_follow_users(hass: HomeAssistant) -> None:
    """Know all users at any time, for questions that cannot wait."""

    async def look(_event: Event | None = None) -> None:
        hass.data[_USERS] = await hass.auth.async_get_users()

    for event_type in (EVENT_USER_ADDED, EVENT_USER_REMOVED):
        hass.bus.async_listen(event_type, look)
    hass.async_create_task(look(), "doorwatch users")


@callback
def requester_may_view(hass: HomeAssistant, doorbell_id: str) -> bool:
    """Whether the picture may go to whom one of core's views serves now.

    An address with the token of the entity's state tells nobody's name, and any user
    can read that token, by a template of their own. So it counts only in a home in
    which every user may see the camera. True outside those views: an automation.
    """
    request = current_request.get()
    if request is None or not request.path.startswith(CORE_VIEWS):
        return True
    user: User | None = request.get(KEY_HASS_USER)
    if user is not None:
        return may_view(hass, user, doorbell_id)
    users = hass.data.get(_USERS)
    return users is not None and all(
        may_view(hass, one, doorbell_id)
        for one in users
        if one.is_active and not one.system_generated
    )
