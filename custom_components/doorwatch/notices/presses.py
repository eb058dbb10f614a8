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
from .buttons import PhoneButton

_LOGGER = logging.getLogger(__name__)

SNOOZE: Final = timedelta(hours=1)


@callback
def carry_out(
    hass: HomeAssistant, users: Users, people: People, button: PhoneButton
) -> None:
    """Snooze, or run the household's script, as the person who pressed."""
    user = users.get(button.user_id)
    if user is None or not user.is_active:
        return
    if button.script is None:
        now = dt_util.utcnow()
        until = now + SNOOZE
        # Keep a longer snooze.
        before = people.snoozed(user.id, now).get(button.doorbell_id, until)
        people.snooze(user.id, button.doorbell_id, max(before, until))
        hass.async_create_task(people.async_settle(), "doorwatch snooze")
        return
    if not may_run(hass, user, button.script):
        _LOGGER.warning(
            "A notification button did nothing: its script is missing, or its person"
            " may not run it"
        )
        return
    hass.async_create_task(
        hass.services.async_call(
            "script",
            "turn_on",
            {"entity_id": button.script},
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
