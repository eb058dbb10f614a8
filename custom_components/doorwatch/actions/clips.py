"""What a person or an automation may do with a stored clip.

`user` is None for callers without a user: automations and the system.
"""

from collections.abc import Collection
from datetime import timedelta
import logging
import time
from typing import Final

from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.http.const import KEY_HASS_REFRESH_TOKEN_ID, KEY_HASS_USER
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from ..access.guard import Caller
from ..access.permissions import may_control, may_view
from ..const import CONF_ON_EVENT, CONF_PROVIDER
from ..core_interfaces import current_connection, current_request
from ..engine.clips.errors import LibraryError
from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.digests import moved
from ..household.folder_problems import recording_problem
from ..household.household import async_get_domain, owe_lines
from ..names import doorbell_name
from ..registry import doorbell_ids
from ..signals import SIGNAL_CLIP_CHANGED
from .events import async_tell_change

_LOGGER = logging.getLogger(__name__)

LINK_LIFETIME = timedelta(minutes=5)

# Seconds that a person may ask to record.
SHORTEST_RECORDING: Final = 5
LONGEST_RECORDING: Final = 600


async def async_user_of(hass: HomeAssistant, context: Context) -> User | None:
    """Return the user behind a context, None when there is none.

    Raises `SharingError("not_allowed")` for a user who is gone or inactive.
    """
    if context.user_id is None:
        return None
    user = await hass.auth.async_get_user(context.user_id)
    if user is None or not user.is_active:
        raise SharingError("not_allowed")
    return user


async def async_visible_clip(
    hass: HomeAssistant, user: User | None, clip_id: str
) -> Clip:
    """Return the clip.

    Raises `SharingError("clip_unknown")`, for one that is hidden too.
    """
    data = await async_get_domain(hass)
    clip = await data.library.get(clip_id)
    if clip is None or (
        user is not None and not may_view(hass, user, clip.doorbell_id)
    ):
        raise SharingError("clip_unknown")
    return clip


async def async_protect(
    hass: HomeAssistant,
    user: User | None,
    clip_id: str,
    protected: bool,
    *,
    by: Caller,
) -> Clip:
    """Protect a clip, or release it.

    Without a person a clip can be protected but not released: else two actions of an
    automation could delete a protected clip. A token or a script is no person.
    """
    data = await async_get_domain(hass)
    async with data.clip_lock:
        clip = await _async_controlled_clip(hass, user, clip_id)
        if clip.protected == protected:
            return clip
        if by is not Caller.DASHBOARD and not protected:
            raise SharingError("release_needs_person")
        try:
            clip = await data.library.set_protected(clip_id, protected)
        except KeyError:
            raise SharingError("clip_unknown") from None
    async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip)
    async_tell_change(hass, "protected" if protected else "released", clip, user)
    return clip


async def async_delete(
    hass: HomeAssistant, user: User | None, clip_id: str, *, by: Caller
) -> Clip:
    """Move a clip into the bin, and say so in the ledger.

    Without a person only unprotected clips are taken.
    """
    data = await async_get_domain(hass)
    async with data.clip_lock:
        clip = await _async_controlled_clip(hass, user, clip_id)
        if by is not Caller.DASHBOARD and clip.protected:
            raise SharingError("clip_protected")
        try:
            clip = await data.library.delete(clip_id)
        except KeyError:
            raise SharingError("clip_unknown") from None
        except LibraryError:
            owe_lines(hass)  # a disk that hangs may do it later
            raise
        await _async_note(hass, "deleted", clip, user)
    async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip.clip_id)
    async_tell_change(hass, "deleted", clip, user)
    return clip


async def async_restore(hass: HomeAssistant, user: User | None, clip_id: str) -> Clip:
    """Take a clip back out of the bin, and say so in the ledger."""
    data = await async_get_domain(hass)
    async with data.clip_lock:
        clip = await async_deleted_clip(hass, user, clip_id)
        if user is not None and not may_control(hass, user, clip.doorbell_id):
            raise SharingError("not_allowed")
        try:
            clip = await data.library.restore(clip_id)
        except KeyError:
            raise SharingError("clip_unknown") from None
        except LibraryError:
            owe_lines(hass)  # a disk that hangs may do it later
            raise
        await _async_note(hass, "restored_clip", clip, user)
    async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, clip)
    async_tell_change(hass, "restored", clip, user)
    return clip


async def _async_note(
    hass: HomeAssistant, kind: str, clip: Clip, user: User | None
) -> None:
    """Say in the ledger what was done to a clip.

    It is done, whether or not the ledger can be written now: whoever did it is told so,
    and the line is made up for later, see `note_owed`.
    """
    try:
        data = await async_get_domain(hass)
        await data.ledger.append(
            kind, {**moved(clip), "by": by_whom(user)}, personal=personal_of(user)
        )
    except SharingError as err:
        _LOGGER.error(
            "The ledger can't be written (%s). That clip %s was %s is noted later",
            err.problem,
            clip.clip_id,
            "deleted" if kind == "deleted" else "restored",
        )
        owe_lines(hass)


async def async_deleted_clip(
    hass: HomeAssistant, user: User | None, clip_id: str
) -> Clip:
    """Return a clip in the bin.

    Raises `SharingError("clip_unknown")`, for one that is hidden too.
    """
    data = await async_get_domain(hass)
    clip = await data.library.get_deleted(clip_id)
    if (
        clip is None
        or clip.doorbell_id not in doorbell_ids(hass)
        or (user is not None and not may_view(hass, user, clip.doorbell_id))
    ):
        raise SharingError("clip_unknown")
    return clip


@callback
def record_now(
    hass: HomeAssistant, user: User | None, doorbells: Collection[str], seconds: float
) -> dict[str, tuple[str, ...] | None]:
    """Record at all of these doorbells from now on, pre-roll included, or at none.

    Returns for each what happened in the recording that it extends, None for a new one.

    A person who asks gets a clip also while the switch Recording is off, which holds
    back what happens by itself: motion, rings and automations.
    """
    for doorbell_id in doorbells:
        _check_doorbell(hass, user, doorbell_id)
    recorders = {}
    for doorbell_id in doorbells:
        if user is not None and not may_control(hass, user, doorbell_id):
            raise SharingError("not_allowed")
        entry = hass.config_entries.async_get_known_entry(doorbell_id)
        if entry.state is not ConfigEntryState.LOADED or not (
            # Asleep until something happens: it connects for the clip.
            entry.options.get(CONF_ON_EVENT) or entry.runtime_data.data.connected
        ):
            raise SharingError("doorbell_offline", name=doorbell_name(hass, entry))
        if entry.data.get(CONF_PROVIDER):
            raise SharingError(
                "clips_come_by_themselves", name=doorbell_name(hass, entry)
            )
        if not (_is_person(user) or entry.runtime_data.data.recording_enabled):
            raise SharingError("recording_off", name=doorbell_name(hass, entry))
        if (problem := recording_problem(hass)) is not None:
            raise LibraryError(problem)
        recorders[doorbell_id] = entry.runtime_data.recorder
    event = DoorbellEvent(
        kind=EventKind.MANUAL,
        at=dt_util.utcnow(),
        monotonic=time.monotonic(),
        lasts=seconds,
    )
    return {one: recorder.trigger(event) for one, recorder in recorders.items()}


@callback
def being_written(hass: HomeAssistant, doorbell_id: str) -> str | None:
    """Return the id of the clip that a doorbell records now, or is about to record."""
    entry = hass.config_entries.async_get_known_entry(doorbell_id)
    clip_id: str | None = entry.runtime_data.recorder.clip_id
    return clip_id


@callback
def stop_recording(hass: HomeAssistant, user: User, doorbell_id: str) -> None:
    """Let go of what was asked for by hand; what happened by itself goes on to its end."""
    _check_doorbell(hass, user, doorbell_id)
    if not may_control(hass, user, doorbell_id):
        raise SharingError("not_allowed")
    entry = hass.config_entries.async_get_known_entry(doorbell_id)
    # Of one that is not at work nothing is recorded.
    if entry.state is ConfigEntryState.LOADED:
        entry.runtime_data.recorder.let_go()


@callback
def _check_doorbell(hass: HomeAssistant, user: User | None, doorbell_id: str) -> None:
    """Raise `SharingError("no_doorbell")` for none, and for one that is hidden."""
    if doorbell_id not in doorbell_ids(hass) or (
        user is not None and not may_view(hass, user, doorbell_id)
    ):
        raise SharingError("no_doorbell")


@callback
def by_whom(user: User | None) -> str:
    """Say in the ledger who acted."""
    return "user" if _is_person(user) else "automation"


@callback
def personal_of(user: User | None) -> dict[str, str]:
    """Return what stands outside the chain about who acted."""
    return {} if user is None else {"user": user.name or user.id}


@callback
def _is_person(user: User | None) -> bool:
    """Whether a person acts; add-ons come as a user of the system, with all rights."""
    return user is not None and not user.system_generated


@callback
def sign_for(
    hass: HomeAssistant,
    user: User | None,
    path: str,
    *,
    lifetime: timedelta = LINK_LIFETIME,
) -> str:
    """Sign a path for five minutes, or for as long as needed.

    For a user the link is bound to the login it was asked with, and the views check
    that user's permission again. Without one, or where the caller's login cannot be
    told (a script that outlived it), it is bound to Home Assistant's own read-only
    user: an automation is trusted to send it to the right people.
    """
    token_id: str | None = None
    if user is not None:
        connection = current_connection.get()
        request = current_request.get()
        if connection is not None and connection.user.id == user.id:
            token_id = connection.refresh_token_id
        elif request is not None and request.get(KEY_HASS_USER) is user:
            token_id = request.get(KEY_HASS_REFRESH_TOKEN_ID)
    return async_sign_path(
        hass,
        path,
        lifetime,
        refresh_token_id=token_id,
        use_content_user=token_id is None,
    )


async def _async_controlled_clip(
    hass: HomeAssistant, user: User | None, clip_id: str
) -> Clip:
    """Return the clip, when this user may change it."""
    clip = await async_visible_clip(hass, user, clip_id)
    if user is not None and not may_control(hass, user, clip.doorbell_id):
        raise SharingError("not_allowed")
    return clip
