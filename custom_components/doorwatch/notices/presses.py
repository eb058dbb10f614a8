"""Run the commands of pressed notification buttons."""

from datetime import timedelta
import logging
from typing import Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..access.users import Users
from ..people.people import People
from .buttons import ButtonCommand

_LOGGER = logging.getLogger(__name__)

SNOOZE: Final = timedelta(hours=1)


@callback
def carry_out(
    hass: HomeAssistant, users: Users, people: People, command: ButtonCommand
) -> None:
    """Snooze, or run the household's script, as the person who pressed."""
    user = users.get(command.user_id)
    if user is None or not user.is_active:
        return
    if command.script is None:
        _snooze(hass, people, user, command.doorbell_id)
        return
    if not may_run(hass, user, command.script):
        _LOGGER.warning(
            "A notification button did nothing: its script is missing, or its person"
            " may not run it"
        )
        return
    hass.async_create_task(
        hass.services.async_call(
            "script",
            "turn_on",
            {"entity_id": command.script},
            context=Context(user_id=user.id),
        ),
        "doorwatch button",
    )


@callback
def may_run(hass: HomeAssistant, user: User, script: str) -> bool:
    """Return whether the script exists and this person may control it."""
    return hass.states.get(script) is not None and user.permissions.check_entity(
        script, POLICY_CONTROL
    )


@callback
def _snooze(hass: HomeAssistant, people: People, user: User, doorbell_id: str) -> None:
    """Snooze for an hour, or keep a longer snooze."""
    now = dt_util.utcnow()
    until = now + SNOOZE
    before = people.snoozed(user.id, now).get(doorbell_id, until)
    people.snooze(user.id, doorbell_id, max(before, until))
    hass.async_create_task(people.async_settle(), "doorwatch snooze")
