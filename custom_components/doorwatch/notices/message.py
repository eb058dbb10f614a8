"""Build the data of a notification for each app.

Source: the companion apps' documentation,
companion.home-assistant.io/docs/notifications ("Introduction" for `url` and
`clickAction`, `tag`, `group`, `channel`, `importance`, `alert_once`,
`interruption-level` and `sound`; "Attachments"; "Actionable notifications"; "Critical
notifications" for `ttl` and `priority`). The app fetches a path that begins with a
slash with its own credentials, so pictures are unsigned paths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..paths import PANEL
from ..people.wishes import Level
from .phones import Phone

GROUP: Final = "doorwatch"
# The Android app shows at most this many buttons.
_ANDROID_CHOICES: Final = 3
# The tag of messages about news in the panel; each replaces the last.
HOUSE_TAG: Final = "doorwatch-house"


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageButton:
    """A button that sends the event `action` or opens `page`."""

    title: str
    action: str | None = None
    page: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message before it is formatted for an app.

    `again` replaces an earlier message with the same tag, silently. `keeps` marks a
    message that is still useful tomorrow, and that waits for an unreachable phone.
    """

    text: str
    tag: str
    channel: str
    title: str = "Doorwatch"
    page: str = PANEL
    level: Level = Level.ON
    again: bool = False
    keeps: bool = False
    picture: str | None = None
    choices: Sequence[MessageButton] = ()


def payload(message: Message, phone: Phone) -> dict[str, Any]:
    """Return the service data for the phone's notify action."""
    data = _apple(message) if phone.apple else _android(message)
    if choices := _choices(message, phone):
        data["actions"] = [_choice(choice) for choice in choices]
    return {
        "title": message.title,
        "message": message.text,
        "data": {"tag": message.tag, "group": GROUP, **data},
    }


def _choices(message: Message, phone: Phone) -> Sequence[MessageButton]:
    if phone.apple or len(message.choices) <= _ANDROID_CHOICES:
        return message.choices
    # A tap on the message opens its page, so no button is needed for it.
    others = [choice for choice in message.choices if choice.page != message.page]
    return others[:_ANDROID_CHOICES]


def _choice(choice: MessageButton) -> Mapping[str, str]:
    if choice.page is not None:
        return {"action": "URI", "title": choice.title, "uri": choice.page}
    return {"action": choice.action or "", "title": choice.title}


def _apple(message: Message) -> dict[str, Any]:
    silent = message.again or message.level is Level.SILENT
    push: dict[str, Any] = {
        "interruption-level": (
            "passive"
            if silent
            else "time-sensitive"
            if message.level is Level.URGENT
            else "active"
        )
    }
    if silent:
        push["sound"] = "none"
    data: dict[str, Any] = {"url": message.page, "push": push}
    if message.picture is not None:
        data["attachment"] = {"url": message.picture, "content-type": "jpeg"}
    return data


def _android(message: Message) -> dict[str, Any]:
    data: dict[str, Any] = {
        "clickAction": message.page,
        # A person sets the importance of a channel on the phone, so each level has its
        # own.
        "channel": message.channel,
        "importance": {Level.SILENT: "low", Level.URGENT: "high"}.get(
            message.level, "default"
        ),
        "notification_icon": "mdi:doorbell-video",
        "alert_once": message.again,
    }
    if not message.keeps:
        # Deliver immediately, even to a sleeping phone; discard the message if it is
        # late.
        data |= {"ttl": 0, "priority": "high"}
    if message.picture is not None:
        data["image"] = message.picture
    return data
