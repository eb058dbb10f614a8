"""Test that a press counts once, within an hour, from its account and phone."""

from dataclasses import replace
import time
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, Event
import pytest

from custom_components.doorwatch.notices.buttons import LIFETIME, NotificationButtons
from custom_components.doorwatch.notices.phones import Phone

PHONE = Phone(
    phone_id="entry",
    name="Pixel",
    user_id="kim",
    device_id="id-of-pixel",
    apple=False,
    service="mobile_app_pixel",
    problem=None,
)


def press(
    action: object, user_id: str | None = "kim", parent: str | None = None, **data: Any
) -> Event[Any]:
    """Return the event of a press."""
    return Event(
        "mobile_app_notification_action",
        {"action": action, **data},
        context=Context(user_id=user_id, parent_id=parent),
    )


def test_a_press_counts_once(caplog: pytest.LogCaptureFixture) -> None:
    """A second press is of an unknown button, which is logged once."""
    buttons = NotificationButtons()
    action = buttons.make(PHONE, "front")
    assert len(bytes.fromhex(action.rpartition("_")[2])) == 16
    pressed = buttons.press(press(action, device_id="id-of-pixel"))
    assert pressed is not None
    assert (pressed.user_id, pressed.doorbell_id) == ("kim", "front")
    assert pressed.script is None
    for _ in range(3):
        assert buttons.press(press(action)) is None
    assert caplog.text.count("A notification button did nothing") == 1
    assert action not in caplog.text


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"user_id": "robin"}, "different account"),
        ({"user_id": None}, "different account"),
        ({"parent": "automation"}, "an automation or a script"),
        ({"device_id": "id-of-tablet"}, "different phone"),
    ],
)
def test_a_press_of_anybody_else_does_nothing(
    event: dict[str, Any], why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The button stays valid for its own person."""
    buttons = NotificationButtons()
    action = buttons.make(PHONE, "front")
    assert buttons.press(press(action, **event)) is None
    assert why in caplog.text
    assert buttons.press(press(action)) is not None


def test_the_phone_of_another_maker_names_itself_or_not() -> None:
    """The app for iOS sends no device id; other ids that it may send are its own."""
    buttons = NotificationButtons()
    events: list[dict[str, Any]] = [
        {},
        {"sourceDeviceID": "robins_iphone"},
        {"action_data": {}},
    ]
    for event in events:
        assert buttons.press(press(buttons.make(PHONE, "front"), **event)) is not None


def test_a_guess_does_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Invalid actions do nothing either; buttons of other integrations are ignored."""
    buttons = NotificationButtons()
    buttons.make(PHONE, "front")
    assert buttons.press(press("DOORWATCH_" + "0" * 32)) is None
    assert caplog.text.count("did nothing") == 1
    for other in (None, 7, "REPLY", "", ["DOORWATCH_"]):
        assert buttons.press(press(other)) is None
    assert caplog.text.count("did nothing") == 1


def test_a_button_lives_an_hour(caplog: pytest.LogCaptureFixture) -> None:
    """Afterwards it is unknown."""
    buttons = NotificationButtons()
    action = buttons.make(PHONE, "front")
    later = time.monotonic() + LIFETIME + 1
    with patch("time.monotonic", return_value=later):
        assert buttons.press(press(action)) is None
    assert "more than an hour old" in caplog.text


def test_what_is_kept_has_a_limit(caplog: pytest.LogCaptureFixture) -> None:
    """Buttons and logged refusals are limited."""
    buttons = NotificationButtons()
    first, *others = [buttons.make(PHONE, "front") for _ in range(2001)]
    for number in range(1000):
        buttons.press(press(f"DOORWATCH_{number:032x}"))
    assert buttons.press(press(first)) is None
    assert len(caplog.records) == 1
    assert all(buttons.press(press(action)) for action in others)


def test_buttons_of_a_person_who_went_are_gone() -> None:
    """Buttons of other people are kept."""
    buttons = NotificationButtons()
    mine = buttons.make(PHONE, "front")
    other = buttons.make(replace(PHONE, user_id="robin"), "front")
    buttons.forget("robin")
    assert buttons.press(press(other, user_id="robin")) is None
    assert buttons.press(press(mine)) is not None
