"""Test the commands behind *My notifications*."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.domain.data import DATA
from tests.notices.inbox import Inbox, inbox
from tests.sharing_fixtures import command

__all__ = ["inbox"]


async def test_each_person_has_their_own(
    inbox: Inbox, hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """Every user has access to their own phones only."""
    home = inbox.home
    kim = await home.user("Kim", read=[home.front])
    await inbox.register("kims", user_id=kim.id)
    client = await home.connect_as(kim)
    answer = (await command(client, type="doorwatch/notices"))["result"]
    assert answer["wishes"] == {}
    assert [one["name"] for one in answer["phones"]] == ["kims"]
    assert answer["may_set_defaults"] is False
    assert answer["has_person"] is False
    hass.states.async_set("person.kim", "home", {"user_id": kim.id})
    wishes = {"on": True, "levels": {"all": {"ring": "silent"}}, "pause": 20}
    saved = await command(client, type="doorwatch/notices/save", wishes=wishes)
    assert saved["result"]["wishes"] == wishes
    assert saved["result"]["has_person"] is True
    assert hass.data[DATA].people.wishes(kim.id) == wishes
    # The answer is sent after saving.
    assert hass_storage["doorwatch.people"]["data"][kim.id]["wishes"] == wishes
    assert hass.data[DATA].people.wishes(home.admin.id) == {"on": True}


@pytest.mark.parametrize(
    "wishes",
    [
        {"levels": {"all": {"ring": "loud"}}},
        {"levels": {str(number): {} for number in range(101)}},
        {"quiet": [{"days": [0], "begins": "9", "ends": "10:00"}]},
        {"pause": 1000},
        {"somebody": "else"},
    ],
)
async def test_what_is_no_wish_is_refused(
    inbox: Inbox, wishes: dict[str, object]
) -> None:
    """Nothing is changed."""
    client = await inbox.home.connect()
    answer = await command(client, type="doorwatch/notices/save", wishes=wishes)
    assert answer["error"]["code"] == "invalid_format"
    assert inbox.home.data.people.wishes(inbox.home.admin.id) == {"on": True}


async def test_snooze_and_its_end(inbox: Inbox) -> None:
    """A snooze applies to one visible doorbell or to all."""
    home = inbox.home
    kim = await home.user("Kim", read=[home.front])
    client = await home.connect_as(kim)

    async def snooze(**asked: object) -> dict[str, datetime]:
        answer = await command(client, type="doorwatch/notices/snooze", **asked)
        return {
            key: datetime.fromisoformat(until)
            for key, until in answer["result"]["snoozed"].items()
        }

    until = await snooze(doorbell_id=home.front.entry_id, minutes=60)
    left = until[home.front.entry_id] - dt_util.utcnow()
    assert timedelta(minutes=59) < left <= timedelta(minutes=60)
    assert set(await snooze(minutes=5)) == {home.front.entry_id, "all"}
    assert set(await snooze(minutes=0)) == {home.front.entry_id}
    assert await snooze(doorbell_id=home.front.entry_id, minutes=0) == {}
    for hidden in (home.back.entry_id, "nothing"):
        answer = await command(
            client, type="doorwatch/notices/snooze", doorbell_id=hidden, minutes=5
        )
        assert answer["error"]["code"] == "doorbell_unknown"


async def test_a_test_message(inbox: Inbox, hass: HomeAssistant) -> None:
    """It is sent to one of the person's own phones, whatever their settings."""
    home = inbox.home
    inbox.wish(on=False)
    client = await home.connect()
    phones = (await command(client, type="doorwatch/notices"))["result"]["phones"]
    pixel = next(one for one in phones if one["name"] == "pixel")
    answer = await command(
        client, type="doorwatch/notices/test", phone_id=pixel["phone_id"]
    )
    assert answer["success"]
    (push,) = inbox.of("pixel")
    assert push["message"] == "This phone gets notifications from Doorwatch."

    kim = await home.user("Kim", read=[home.front])
    strange = await home.connect_as(kim)
    answer = await command(
        strange, type="doorwatch/notices/test", phone_id=pixel["phone_id"]
    )
    assert answer["error"]["code"] == "phone_unknown"
    assert len(inbox.of("pixel")) == 1

    # The phone's own action would only log the error.
    inbox.status = HTTPStatus.TOO_MANY_REQUESTS
    answer = await command(
        client, type="doorwatch/notices/test", phone_id=pixel["phone_id"]
    )
    assert answer["error"]["code"] == "phone_failed"


async def test_only_administrators_speak_for_all(inbox: Inbox) -> None:
    """The household's defaults are stored with its other settings."""
    home = inbox.home
    kim = await home.user("Kim", read=[home.front], control=[home.front])
    client = await home.connect_as(kim)
    answer = await command(
        client, type="doorwatch/notices/defaults", defaults={"never": True}
    )
    assert answer["error"]["code"] == "unauthorized"
    admin = await home.connect()
    defaults = {"levels": {"motion": "silent"}, "house": {"request": False}}
    answer = await command(admin, type="doorwatch/notices/defaults", defaults=defaults)
    assert answer["result"]["defaults"] == defaults
