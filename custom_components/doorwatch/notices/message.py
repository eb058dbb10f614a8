"""What goes to a phone: the same facts, in the form that each app reads.

Source: the companion apps' documentation, companion.home-assistant.io/docs/notifications
("Introduction" for `url` and `clickAction`, `tag`, `group`, `channel`, `importance`,
`alert_once`, `interruption-level` and `sound`; "Attachments"; "Actionable notifications";
"Critical notifications" for `ttl` and `priority`). A path that begins with a slash is
fetched by the app with its own login, so pictures are paths without a signature.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..engine.clips.model import Clip
from ..paths import CLIP_PAGE, PANEL, THUMBNAIL_PATH
from ..people.wishes import Level
from .phones import Phone

GROUP: Final = "doorwatch"
_STILL_PATH: Final = "/api/camera_proxy/{}"
# The app for Android shows no more.
_ANDROID_CHOICES: Final = 3
# The tag of what is not about a door: the next takes the place of the last.
HOUSE_TAG: Final = "doorwatch-house"


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageButton:
    """A button: `action` is its id, or it opens `page`."""

    title: str
    action: str | None = None
    page: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message, before it has the form of an app.

    `again` takes the place of an earlier one with the same tag, without a sound.
    `keeps` is of use tomorrow too, and waits for a phone that cannot be reached now.
    """

    title: str
    text: str
    tag: str
    page: str
    channel: str
    level: Level
    again: bool = False
    keeps: bool = False
    picture: str | None = None
    choices: Sequence[MessageButton] = ()


def live_picture(camera: str) -> str:
    """Return where the app gets what the camera shows now."""
    return _STILL_PATH.format(camera)


def clip_picture(clip: Clip) -> str:
    """Return where the app gets the picture of a clip."""
    return THUMBNAIL_PATH.format(clip.clip_id)


def clip_page(clip: Clip) -> str:
    """Return the page of a clip."""
    return CLIP_PAGE.format(clip.clip_id)


def live_page(doorbell_id: str) -> str:
    """Return the page of a doorbell, with what it shows now."""
    return f"{PANEL}?doorbell={doorbell_id}&live=1"


def payload(message: Message, phone: Phone) -> dict[str, Any]:
    """Return what the action of the phone is called with."""
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
    # A tap on the message itself opens its page.
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
        # The level of a channel is the person's to set on the phone, so each level has
        # a channel of its own.
        "channel": message.channel,
        "importance": {Level.SILENT: "low", Level.URGENT: "high"}.get(
            message.level, "default"
        ),
        "notification_icon": "mdi:doorbell-video",
        "alert_once": message.again,
    }
    if not message.keeps:
        # At once, also to a phone that sleeps; what comes too late is of no use.
        data |= {"ttl": 0, "priority": "high"}
    if message.picture is not None:
        data["image"] = message.picture
    return data
