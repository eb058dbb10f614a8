"""Test the list of phones, and why a phone can't be reached."""

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.notices.phones import phones_of
from tests.notices.inbox import Inbox, inbox
from tests.repairs.fixes import issues

__all__ = ["inbox"]


def problems(inbox: Inbox, user_id: str | None = None) -> dict[str, str | None]:
    """Return the problem of each phone of a person."""
    found = phones_of(inbox.home.hass, user_id or inbox.home.admin.id)
    return {phone.name: phone.problem for phone in found}


async def test_a_phone_is_its_entry(inbox: Inbox, hass: HomeAssistant) -> None:
    """The entry has the account that registered the phone."""
    iphone, pixel = phones_of(hass, inbox.home.admin.id)
    assert (iphone.apple, pixel.apple) == (True, False)
    assert (iphone.service, pixel.service) == (
        "mobile_app_iphone",
        "mobile_app_pixel",
    )
    assert problems(inbox) == {"iphone": None, "pixel": None}
    assert problems(inbox, "nobody") == {}


async def test_names_that_look_different_and_are_one_action(inbox: Inbox) -> None:
    """Core creates one action for both; rings are still sent, and both owners are told.

    Any user can register a phone with the name of another.
    """
    hass = inbox.home.hass
    kim = await inbox.home.user("Kim", read=[inbox.home.front])
    inbox.wish(kim.id)
    inbox.wish()
    # A phone that core can't reach has no action.
    await inbox.register("third", user_id=kim.id, name="Pixel?", reachable=False)
    await inbox.settle()
    assert problems(inbox) == {"iphone": None, "pixel": None}
    assert problems(inbox, kim.id) == {"Pixel?": "no_push"}
    second = await inbox.register("second", user_id=kim.id, name="Pixel!")
    await inbox.settle()
    assert problems(inbox) == {"iphone": None, "pixel": "same_name"}
    assert problems(inbox, kim.id)["Pixel!"] == "same_name"
    (issue,) = [
        one
        for one in ir.async_get(hass).issues.values()
        if one.translation_key == "phones_clash"
    ]
    assert issue.translation_placeholders is not None
    assert "Kim" in issue.translation_placeholders["people"]
    for phone in ("pixel", "second"):
        (told,) = inbox.of(phone)
        assert "has the same name" in told["message"]
    assert not inbox.of("iphone")
    inbox.pushes.clear()

    await inbox.happen(EventKind.MOTION)
    assert [push["push_token"] for push in inbox.pushes] == ["iphone"]
    inbox.pushes.clear()
    await inbox.happen(EventKind.RING)
    for phone in ("pixel", "second"):
        (push,) = (each for each in inbox.pushes if each["push_token"] == phone)
        assert (push["title"], push["message"]) == (
            "Front",
            "Someone rang the doorbell.",
        )

    await hass.config_entries.async_remove(second.entry_id)
    await inbox.settle()
    assert "phones_clash" not in issues(hass)
    assert problems(inbox) == {"iphone": None, "pixel": None}


async def test_two_registrations_of_one_device_and_name_both_get_rings(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """Core gives the entity to the registration that was set up first."""
    kim = await inbox.home.user("Kim", read=[inbox.home.front])
    inbox.wish(kim.id)
    second = await inbox.register(
        "second", user_id=kim.id, name="pixel", device="pixel"
    )
    await inbox.settle()
    for entity_of in ("pixel", "second"):
        inbox.pushes.clear()
        await inbox.happen(EventKind.RING)
        assert {push["push_token"] for push in inbox.pushes} == {
            "iphone",
            "pixel",
            "second",
        }, entity_of
        for phone in ("pixel", "second"):
            (push,) = (each for each in inbox.pushes if each["push_token"] == phone)
            assert push["message"] == "Someone rang the doorbell."
        # Now the other registration is set up first.
        (first,) = (
            entry
            for entry in hass.config_entries.async_entries("mobile_app")
            if entry.title == "pixel"
        )
        await hass.config_entries.async_unload(first.entry_id)
        await hass.config_entries.async_reload(second.entry_id)
        await hass.config_entries.async_setup(first.entry_id)
        await inbox.settle()


async def test_a_name_is_one_line(inbox: Inbox) -> None:
    """The name from the app is sanitized for the log and the page."""
    await inbox.register("odd", user_id="other", name=" Kim\n2026 ERROR\tphone\x0b ")
    await inbox.register("emoji", user_id="other", name="\N{MOBILE PHONE}")
    await inbox.register("turned", user_id="other", name="\u202eenohp s'miK")
    assert problems(inbox, "other") == {
        "Kim 2026 ERROR phone": None,
        "\\u202eenohp s'miK": None,
        "\N{MOBILE PHONE}": None,
    }


async def test_a_phone_that_is_switched_off_at_home_takes_no_name(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """A disabled entry has no action."""
    other = await inbox.register("second", user_id="other", name="PIXEL")
    await hass.config_entries.async_set_disabled_by(
        other.entry_id, ConfigEntryDisabler.USER
    )
    assert problems(inbox) == {"iphone": None, "pixel": None}
    assert problems(inbox, "other") == {}


async def test_an_app_that_may_not_notify(inbox: Inbox) -> None:
    """It registered without a push token."""
    await inbox.register("tablet", reachable=False)
    assert problems(inbox)["tablet"] == "no_push"


async def test_an_entry_that_is_not_loaded(inbox: Inbox, hass: HomeAssistant) -> None:
    """No message can be sent through it."""
    entry = next(
        one
        for one in hass.config_entries.async_entries("mobile_app")
        if one.title == "pixel"
    )
    await hass.config_entries.async_unload(entry.entry_id)
    assert problems(inbox)["pixel"] == "not_loaded"
