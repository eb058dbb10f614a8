"""The form that each app reads, by the companion apps' documentation."""

import pytest

from custom_components.doorwatch.notices.message import Choice, Message, payload
from custom_components.doorwatch.notices.phones import Phone
from custom_components.doorwatch.people.wishes import Level


def phone(*, apple: bool) -> Phone:
    """Make a phone."""
    return Phone(
        phone_id="entry",
        name="Phone",
        user_id="kim",
        device_id="id",
        apple=apple,
        service="mobile_app_phone",
        problem=None,
    )


def message(level: Level, **changes: object) -> Message:
    """Make a message about a door."""
    return Message(
        title="Front",
        text="Somebody rang.",
        tag="t",
        page="/doorwatch",
        channel="At the door",
        level=level,
        **changes,  # type: ignore[arg-type] # each of its own type
    )


@pytest.mark.parametrize(
    ("level", "again", "apple", "importance"),
    [
        (
            Level.SILENT,
            False,
            {"interruption-level": "passive", "sound": "none"},
            "low",
        ),
        (Level.ON, False, {"interruption-level": "active"}, "default"),
        (Level.URGENT, False, {"interruption-level": "time-sensitive"}, "high"),
        (
            Level.URGENT,
            True,
            {"interruption-level": "passive", "sound": "none"},
            "high",
        ),
    ],
)
def test_each_level_in_both_forms(
    level: Level, again: bool, apple: dict[str, str], importance: str
) -> None:
    """On Android the channel keeps its importance; what comes again makes no sound."""
    one = message(level, again=again)
    assert payload(one, phone(apple=True))["data"]["push"] == apple
    android = payload(one, phone(apple=False))["data"]
    assert (android["importance"], android["alert_once"]) == (importance, again)
    assert android["channel"] == "At the door"


def test_a_video_is_attached_as_each_app_takes_it() -> None:
    """One attachment on iOS; on Android the picture stays beside it."""
    one = message(Level.ON, picture="/p.jpg", video="/v.mp4")
    assert payload(one, phone(apple=True))["data"]["attachment"] == {
        "url": "/v.mp4",
        "content-type": "mp4",
    }
    android = payload(one, phone(apple=False))["data"]
    assert (android["image"], android["video"]) == ("/p.jpg", "/v.mp4")


def test_buttons_open_a_page_or_call_home() -> None:
    """No choice, no list of them."""
    one = message(
        Level.ON,
        choices=[
            Choice(title="Live", page="/doorwatch"),
            Choice(title="Snooze", action="DOORWATCH_1"),
        ],
    )
    for apple in (True, False):
        assert payload(one, phone(apple=apple))["data"]["actions"] == [
            {"action": "URI", "title": "Live", "uri": "/doorwatch"},
            {"action": "DOORWATCH_1", "title": "Snooze"},
        ]
    assert "actions" not in payload(message(Level.ON), phone(apple=True))["data"]
