"""Create the buttons of notifications, and decide which presses count.

Any phone's app and any automation can fire the event of a button. So a press counts
once within an hour, only for an unguessable ID, and only from the account for which it
was created. Each phone gets its own IDs, because nothing else distinguishes two iPhones
of one person: the iOS app sends no device in `mobile_app_notification_action`. The
Android app sends its `device_id` as registered.

Sources: "Actionable notifications" of the companion apps' documentation;
`mobileAppNotificationActionEvent` of the iOS app, `IntegrationRepositoryImpl.fireEvent`
of the Android app.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
import logging
import secrets
import time
from typing import Any, Final

from homeassistant.core import Event, callback

from .phones import Phone

_LOGGER = logging.getLogger(__name__)

LIFETIME: Final = 3600.0  # seconds
_PREFIX: Final = "DOORWATCH_"
# The most buttons kept; with more notifications within an hour, the oldest stop
# working.
_MOST: Final = 2000
# Seconds between equal log messages, because any account can send any number of
# presses.
_SILENT: Final = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneButton:
    """A button on a phone: a script of the household, or None for *Snooze*."""

    user_id: str
    device_id: str
    doorbell_id: str
    script: str | None
    made: float  # time.monotonic


class NotificationButtons:
    """The buttons that can be pressed; none outlives a restart of Home Assistant."""

    def __init__(self) -> None:
        """Start without buttons."""
        self._buttons: OrderedDict[str, PhoneButton] = OrderedDict()
        # When each reason was last logged.
        self._refused: dict[str, float] = {}

    @callback
    def make(self, phone: Phone, doorbell_id: str, script: str | None = None) -> str:
        """Return the ID of a new button on a notification to this phone."""
        action = f"{_PREFIX}{secrets.token_hex(16)}"
        self._buttons[action] = PhoneButton(
            user_id=phone.user_id,
            device_id=phone.device_id,
            doorbell_id=doorbell_id,
            script=script,
            made=time.monotonic(),
        )
        while len(self._buttons) > _MOST:
            self._buttons.popitem(last=False)
        return action

    @callback
    def press(self, event: Event[Mapping[str, Any]]) -> PhoneButton | None:
        """Return the button of a valid press, or None."""
        action = event.data.get("action")
        if not isinstance(action, str) or not action.startswith(_PREFIX):
            return None  # a notification of something else
        button = self._buttons.get(action)
        if (why := self._objection(event, button)) is not None:
            self._refuse(why)
            return None
        assert button is not None
        del self._buttons[action]
        return button

    @callback
    def forget(self, user_id: str) -> None:
        """Remove the buttons of a person."""
        for action, button in list(self._buttons.items()):
            if button.user_id == user_id:
                del self._buttons[action]

    @callback
    def _objection(
        self, event: Event[Mapping[str, Any]], button: PhoneButton | None
    ) -> str | None:
        if button is None:
            return "it's unknown, or was pressed before"
        if time.monotonic() - button.made > LIFETIME:
            return "it's more than an hour old"
        if event.context.parent_id is not None:
            return "an automation or a script pressed it"
        if event.context.user_id != button.user_id:
            return "it came from a different account than it was sent to"
        if event.data.get("device_id") not in (None, button.device_id):
            return "it came from a different phone than it was sent to"
        return None

    @callback
    def _refuse(self, why: str) -> None:
        """Log a reason once an hour, without the ID, which is a secret."""
        now = time.monotonic()
        if now - self._refused.get(why, -_SILENT) < _SILENT:
            return
        self._refused[why] = now
        _LOGGER.warning("A notification button did nothing: %s", why)
