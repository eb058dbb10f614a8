"""Test the format for each app, by the companion apps' documentation."""

from dataclasses import replace

import pytest

from custom_components.doorwatch.notices.message import Message, MessageButton, payload
from custom_components.doorwatch.notices.phones import Phone
from custom_components.doorwatch.people.wishes import Level


def phone(*, apple: bool) -> Phone:
    """Return a phone."""
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
    """Return a message about a door."""
    return Message(
        title="Front",
        text="Someone rang the doorbell.",
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
    """On Android the channel keeps its importance; replacements make no sound."""
    one = message(level, again=again)
    assert payload(one, phone(apple=True))["data"]["push"] == apple
    android = payload(one, phone(apple=False))["data"]
    assert (android["importance"], android["alert_once"]) == (importance, again)
    assert android["channel"] == "At the door"


def test_a_picture_is_attached_as_each_app_takes_it() -> None:
    """The path starts with a slash, because the apps only log in for such paths."""
    one = message(Level.ON, picture="/p.jpg")
    assert payload(one, phone(apple=True))["data"]["attachment"] == {
        "url": "/p.jpg",
        "content-type": "jpeg",
    }
    assert payload(one, phone(apple=False))["data"]["image"] == "/p.jpg"


def test_what_is_of_use_tomorrow_waits_for_a_phone_that_is_off() -> None:
    """Messages with a `ttl` of 0 are lost if the phone is off."""
    soon = payload(message(Level.ON), phone(apple=False))["data"]
    assert (soon["ttl"], soon["priority"]) == (0, "high")
    later = payload(message(Level.ON, keeps=True), phone(apple=False))["data"]
    assert not {"ttl", "priority"} & later.keys()


def test_android_shows_three_buttons() -> None:
    """Of four, the button that does the same as a tap on the message is omitted."""
    choices = [
        MessageButton(title="Live", page="/live"),
        MessageButton(title="Snooze", action="DOORWATCH_1"),
        MessageButton(title="Gate", action="DOORWATCH_2"),
        MessageButton(title="Porch", action="DOORWATCH_3"),
    ]

    def titles(choices: list[MessageButton], *, apple: bool) -> list[str]:
        one = replace(message(Level.ON, choices=choices), page="/live")
        actions = payload(one, phone(apple=apple))["data"]["actions"]
        return [action["title"] for action in actions]

    assert titles(choices, apple=True) == ["Live", "Snooze", "Gate", "Porch"]
    assert titles(choices, apple=False) == ["Snooze", "Gate", "Porch"]
    assert titles(choices[:3], apple=False) == ["Live", "Snooze", "Gate"]


def test_buttons_open_a_page_or_call_home() -> None:
    """Without buttons, the message has no list of them."""
    one = message(
        Level.ON,
        choices=[
            MessageButton(title="Live", page="/doorwatch"),
            MessageButton(title="Snooze", action="DOORWATCH_1"),
        ],
    )
    for apple in (True, False):
        assert payload(one, phone(apple=apple))["data"]["actions"] == [
            {"action": "URI", "title": "Live", "uri": "/doorwatch"},
            {"action": "DOORWATCH_1", "title": "Snooze"},
        ]
    assert "actions" not in payload(message(Level.ON), phone(apple=True))["data"]
