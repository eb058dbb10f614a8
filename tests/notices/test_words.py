"""Test the language of messages, in a real Home Assistant with registered phones."""

from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.auth.models import User
from homeassistant.components.frontend.storage import DATA_STORAGE, async_user_store
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.notices.words import NotificationTexts
from tests.notices.inbox import Inbox, Push, inbox
from tests.sharing_fixtures import command
from tests.test_translations import texts_in

__all__ = ["inbox"]


RING = {
    language: texts_in(language)["common"]["notice_ring"] for language in ("en", "de")
}


async def choose(hass: HomeAssistant, user: User, language: object) -> None:
    """Set a language as a person's profile page does."""
    store = await async_user_store(hass, user.id)
    await store.async_set_item("language", language)
    await hass.async_block_till_done()


async def ring(inbox: Inbox, phone: str = "pixel") -> Push:
    """Ring and return the phone's message."""
    inbox.pushes.clear()
    await inbox.happen(EventKind.RING)
    (push,) = inbox.of(phone)
    return push


async def test_each_person_reads_the_language_that_they_chose(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """Text, buttons and channel name change with the next message."""
    kim = await hass.auth.async_create_user("Kim", group_ids=[GROUP_ID_ADMIN])
    await inbox.register("kims", user_id=kim.id)
    inbox.wish(kim.id)
    await choose(hass, kim, {"language": "de"})

    assert (await ring(inbox))["message"] == RING["en"]
    (push,) = inbox.of("kims")
    german = texts_in("de")["common"]
    assert push["message"] == german["notice_ring"]
    assert [action["title"] for action in push["data"]["actions"]] == [
        german["notice_live"],
        german["notice_snooze"],
    ]
    assert push["data"]["channel"] == german["notice_channel_urgent"]
    hass.data[DATA].notices.house.tell("delivered", lambda _user: True, at_once=True)
    await inbox.settle()
    assert inbox.of_house("kims")[0]["message"] == german["notice_house"]
    assert (
        inbox.of_house("pixel")[0]["message"]
        == texts_in("en")["common"]["notice_house"]
    )


async def test_who_chose_nothing_reads_the_language_of_the_home(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """A changed language of the home is used too."""
    await hass.config.async_update(language="de")
    await hass.async_block_till_done()
    assert (await ring(inbox))["message"] == RING["de"]
    await choose(hass, inbox.home.admin, {"language": "en"})
    assert (await ring(inbox))["message"] == RING["en"]


@pytest.mark.parametrize(
    ("chosen", "read"),
    [
        ({"language": "de-CH"}, "de"),
        ({"language": "xx"}, "en"),
        ({"language": "../../secrets"}, "en"),
        ({"language": ["de"]}, "en"),
        ({}, "en"),
        ("de", "en"),
        (None, "en"),
    ],
)
async def test_what_nobody_wrote_is_said_in_the_language_of_the_home(
    inbox: Inbox, hass: HomeAssistant, chosen: Any, read: str
) -> None:
    """A browser may store any value as the person's language."""
    await choose(hass, inbox.home.admin, chosen)
    assert (await ring(inbox))["message"] == RING[read]


@pytest.mark.parametrize("data", [{"data": ["de"]}, {"data": "de"}, {"data": 5}])
async def test_what_is_damaged_keeps_nobody_from_being_told(
    inbox: Inbox,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    data: dict[str, Any],
) -> None:
    """The file of the frontend's user settings is damaged."""
    kim = await hass.auth.async_create_user("Kim")
    await hass.async_block_till_done()
    hass.data[DATA_STORAGE].pop(kim.id)
    key = f"frontend.user_data_{kim.id}"
    hass_storage[key] = {"version": 1, "minor_version": 1, "key": key, **data}
    words = NotificationTexts(hass)
    await words.async_start()
    assert words.language_of(kim.id) == "en"
    assert words.of(kim.id)["notice_ring"] == RING["en"]


async def test_the_test_of_a_phone_speaks_its_owners_language(
    inbox: Inbox, hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    """The page that requests it uses the same language."""
    await choose(hass, inbox.home.admin, {"language": "de"})
    (phone,) = hass.config_entries.async_entries("mobile_app")[:1]
    client = await hass_ws_client(hass)
    answer = await command(
        client, type="doorwatch/notices/test", phone_id=phone.entry_id
    )
    assert answer["success"], answer
    assert inbox.pushes[0]["message"] == texts_in("de")["common"]["notice_test"]


async def test_a_removed_person_is_followed_no_more(
    inbox: Inbox, hass: HomeAssistant
) -> None:
    """The stored choices are discarded."""
    kim = await hass.auth.async_create_user("Kim", group_ids=[GROUP_ID_ADMIN])
    await hass.async_block_till_done()
    store = await async_user_store(hass, kim.id)
    assert store.subscriptions["language"]
    await hass.auth.async_remove_user(kim)
    await hass.async_block_till_done()
    assert not store.subscriptions["language"]
