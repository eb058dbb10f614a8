"""Buttons on notices: who may press which, once, for an hour.

Any phone's app and any automation can fire the event of a button, so a press counts
only for an id that nobody can guess, from the very account that it was made for. Each
phone gets ids of its own, which is all that tells one iPhone of a person from another:
the app for iOS names no device in `mobile_app_notification_action`. The app for Android
names it, `device_id`, as it registered it (sources: "Actionable notifications" of the
companion apps' documentation; `mobileAppNotificationActionEvent` of the app for iOS,
`IntegrationRepositoryImpl.fireEvent` of the app for Android).
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
# Of more notices within an hour than this, the oldest buttons go.
_MOST: Final = 2000
# Seconds: any account can send as many presses as it likes.
_SILENT: Final = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonCommand:
    """What a button does, for whom: a script of the household, or None for *Snooze*."""

    user_id: str
    doorbell_id: str
    script: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Button:
    command: ButtonCommand
    device_id: str
    made: float  # time.monotonic


class NotificationButtons:
    """Those that can be pressed; a restart of Home Assistant ends them all."""

    def __init__(self) -> None:
        """Begin without any."""
        self._buttons: OrderedDict[str, _Button] = OrderedDict()
        # When each was logged last.
        self._refused: dict[str, float] = {}

    @callback
    def make(self, phone: Phone, command: ButtonCommand) -> str:
        """Return the id of a new button on a notice to this phone."""
        action = f"{_PREFIX}{secrets.token_hex(16)}"
        self._buttons[action] = _Button(
            command=command, device_id=phone.device_id, made=time.monotonic()
        )
        while len(self._buttons) > _MOST:
            self._buttons.popitem(last=False)
        return action

    @callback
    def press(self, event: Event[Mapping[str, Any]]) -> ButtonCommand | None:
        """Take the event of a button; None for one that does not count."""
        action = event.data.get("action")
        if not isinstance(action, str) or not action.startswith(_PREFIX):
            return None  # of somebody else's notice
        button = self._buttons.get(action)
        if (why := self._objection(event, button)) is not None:
            self._refuse(why)
            return None
        assert button is not None
        del self._buttons[action]
        return button.command

    @callback
    def forget(self, user_id: str) -> None:
        """Take back the buttons of one person."""
        for action, button in list(self._buttons.items()):
            if button.command.user_id == user_id:
                del self._buttons[action]

    @callback
    def _objection(
        self, event: Event[Mapping[str, Any]], button: _Button | None
    ) -> str | None:
        if button is None:
            return "it's unknown, or was pressed before"
        if time.monotonic() - button.made > LIFETIME:
            return "it's more than an hour old"
        if event.context.parent_id is not None:
            return "an automation or a script pressed it"
        if event.context.user_id != button.command.user_id:
            return "it came from a different account than it was sent to"
        if event.data.get("device_id") not in (None, button.device_id):
            return "it came from a different phone than it was sent to"
        return None

    @callback
    def _refuse(self, why: str) -> None:
        """Say once an hour what was wrong; the id itself is not for the log."""
        now = time.monotonic()
        if now - self._refused.get(why, -_SILENT) < _SILENT:
            return
        self._refused[why] = now
        _LOGGER.warning("A notification button did nothing: %s", why)
