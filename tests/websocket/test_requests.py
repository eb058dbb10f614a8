"""Test the commands about published requests."""

from collections.abc import Callable
from datetime import datetime, timedelta
import threading
from typing import Any
from unittest.mock import patch

from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.const import CONF_POSITION, CONF_REQUESTS
from custom_components.doorwatch.engine.clips.model import Mark
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.sharing.requests import match
from custom_components.doorwatch.requests import fitting
from tests.engine.sharing.requests.items import WINDOW, bulletin, request, square
from tests.requests.asking import around, publish
from tests.sharing_fixtures import Home, Message, command, event_of, result_of, silence
from tests.waiting import until


async def followed(
    home: Home, token: str | None = None
) -> tuple[MockHAClientWebSocket, Message]:
    """Subscribe to the requests and return the connection and the first event."""
    client = await home.connect(token)
    await client.send_json_auto_id({"type": "doorwatch/requests/subscribe"})
    assert (await result_of(client))["success"]
    return client, await event_of(client)


async def test_a_page_is_told_how_each_feed_came_here(home: Home) -> None:
    """The state is sent at once and after each fetch."""
    client, state = await followed(home)
    [feed] = state["feeds"]
    assert feed["agency"] == "Harbour Police"
    assert feed["fetched_at"] is feed["problem"] is None

    await publish(home.hass, home.agency, request("r1", around(home.hass)))
    [feed] = (await event_of(client))["feeds"]
    assert feed["agency_id"] == home.agency.entry_id
    assert feed["agency"] == "Harbour Police"
    assert not feed["group"]
    assert feed["problem"] is None
    assert feed["fetched_at"] < feed["expires_at"]


async def test_doors_are_told_of_only_when_it_is_known_where_they_are(
    home: Home,
) -> None:
    """The page can then explain why no request concerns them."""
    await home.hass.config.async_update(latitude=0, longitude=0)
    _, state = await followed(home)
    assert state["doors"] == []
    await home.hass.config.async_update(latitude=52.0, longitude=5.0)
    _, state = await followed(home)
    assert len(state["doors"]) == 2


async def test_who_may_see_no_doorbell_is_told_nothing(home: Home) -> None:
    """Neither the agencies nor the count of other requests are sent.

    All requests are public, so the count would reveal how many concern this home.
    """
    far = request("r2", square(1.0, 1.0))
    await publish(home.hass, home.agency, request("r1", around(home.hass)), far)
    await until(lambda: home.data.requests.elsewhere == 1)
    stranger = await home.user()
    _, state = await followed(home, await home.login(stranger))
    assert state["feeds"] == state["requests"] == state["doors"] == []
    assert state["elsewhere"] == 0


async def test_what_is_not_told_cannot_be_put_away(home: Home) -> None:
    """Otherwise a page could fill the person's stored data."""
    client = await home.connect()
    answer = await command(
        client,
        type="doorwatch/requests/hide",
        agency_id=home.agency.entry_id,
        item_id="made-up",
        hidden=True,
    )
    assert answer["success"]
    assert home.data.people.hidden(home.admin.id) == frozenset()
    answer = await command(
        client, type="doorwatch/requests/hide_agency", agency_id="made-up", hidden=True
    )
    assert answer["success"]
    assert home.data.people.hidden_agencies(home.admin.id) == frozenset()


async def test_a_page_is_told_what_concerns_its_user(home: Home) -> None:
    """Changes are sent, and texts are sent as published."""
    client, _ = await followed(home)
    asked = request(
        "r1",
        around(home.hass),
        labels=frozenset({"person"}),
        until=WINDOW[1] + timedelta(days=3650),
    )
    elsewhere = request("r2", square(1.0, 1.0))
    await publish(
        home.hass, home.agency, asked, elsewhere, bulletin("b1", around(home.hass))
    )
    state = await told(client, lambda state: state["requests"] != [])
    [shown] = state["requests"]
    front, back = home.front.entry_id, home.back.entry_id
    assert shown["agency"] == "Harbour Police"
    assert shown["title"] == "Request r1"
    assert (shown["begins"], shown["ends"]) == tuple(map(str, _iso(WINDOW)))
    assert shown["labels"] == ["person"]
    assert shown["state"] == "open"
    assert shown["lacks"] == shown["answers"] == []
    assert set(shown["doorbells"]) == {front, back}
    assert shown["clips"] == 2
    assert len(shown["area"][0][0]) == 5
    assert state["bulletins"][0]["bulletin_id"] == "b1"
    assert state["elsewhere"] == 1
    assert state["radius"] == 50
    assert {door["doorbell_id"] for door in state["doors"]} == {front, back}
    assert {door["longitude"] for door in state["doors"]} == {
        home.hass.config.longitude
    }


def _iso(window: tuple[datetime, datetime]) -> tuple[str, ...]:
    return tuple(moment.isoformat() for moment in window)


async def told(
    client: MockHAClientWebSocket, is_so: Callable[[Message], bool]
) -> Message:
    """Return the first state that meets the condition."""
    while True:
        state = await event_of(client)
        if is_so(state):
            return state


async def test_who_sees_one_doorbell_hears_of_that_alone(home: Home) -> None:
    """Other doorbells, their clips and their requests are hidden."""
    home.hass.config_entries.async_update_entry(
        home.front,
        options={CONF_REQUESTS: {CONF_POSITION: {"latitude": 1.0, "longitude": 1.0}}},
    )
    await publish(
        home.hass,
        home.agency,
        request("front", square(1.0, 1.0)),
        request("back", around(home.hass)),
    )
    kim = await home.user("Kim", read=[home.back])
    client, state = await followed(home, await home.login(kim))
    if not state["requests"]:
        state = await told(client, lambda state: state["requests"] != [])
    [shown] = state["requests"]
    assert shown["request_id"] == "back"
    assert shown["doorbells"] == [home.back.entry_id]
    assert shown["clips"] == 1
    assert state["elsewhere"] == 1
    [door] = state["doors"]
    assert door["doorbell_id"] == home.back.entry_id
    assert home.front.entry_id not in str(state)

    asked = {"type": "doorwatch/requests/clips", "agency_id": home.agency.entry_id}
    none = await command(client, **asked, request_id="front")
    assert none["result"] == {"clips": [], "more": False}
    [clip] = (await command(client, **asked, request_id="back"))["result"]["clips"]
    assert clip["clip_id"] == home.back_clip.clip_id


async def test_clips_that_fit_come_best_first(home: Home) -> None:
    """Clips are sorted by the labels of the request and the middle of its time."""
    began = {"edge": 1, "middle": 30, "van": 58}
    ids = {
        name: f"0199c0de-0000-7000-8000-0000000{at:05}" for name, at in began.items()
    }
    for name, at in began.items():
        await home.save(
            home.front,
            ids[name],
            started=WINDOW[0] + timedelta(minutes=at),
            kind=EventKind.MOTION,
            labels={"vehicle": "onvif"} if name == "van" else {},
        )
    for clip in (home.clip, home.back_clip):
        await home.data.library.delete(clip.clip_id)
    asked = request("r1", around(home.hass), labels=frozenset({"vehicle"}))
    await publish(home.hass, home.agency, asked)
    client, state = await followed(home)
    if not state["requests"]:
        await told(client, lambda state: state["requests"] != [])
    answer = await command(
        client,
        type="doorwatch/requests/clips",
        agency_id=home.agency.entry_id,
        request_id="r1",
    )
    found = [clip["clip_id"] for clip in answer["result"]["clips"]]
    assert found == [ids["van"], ids["middle"], ids["edge"]]
    assert not answer["result"]["more"]


async def test_what_is_told_is_put_together_in_one_go_however_much_it_is(
    home: Home,
) -> None:
    """The hidden requests and the agencies are read once, not for each request."""
    asked = [request(f"r{number}", around(home.hass)) for number in range(20)]
    await publish(home.hass, home.agency, *asked)
    await until(lambda: len(home.data.requests.concerns) == len(asked))
    entries, kept = home.hass.config_entries, home.data.people
    with (
        patch.object(kept, "hidden", wraps=kept.hidden) as hidden,
        patch.object(
            entries, "async_entries", wraps=entries.async_entries
        ) as all_entries,
    ):
        _, state = await followed(home)
    assert len(state["requests"]) == len(asked)
    assert hidden.call_count == 1
    assert all_entries.call_count < len(asked)


async def test_a_camera_that_records_much_stops_nothing(home: Home) -> None:
    """The clips are sorted outside of the event loop."""
    await publish(home.hass, home.agency, request("r1", around(home.hass)))
    await until(lambda: len(home.data.requests.concerns) == 1)
    threads: set[int] = set()

    def best_first(*about: Any) -> list[Mark]:
        threads.add(threading.get_ident())
        return match.best_first(*about)

    client = await home.connect()
    with patch.object(fitting, "best_first", best_first):
        answer = await command(
            client,
            type="doorwatch/requests/clips",
            agency_id=home.agency.entry_id,
            request_id="r1",
        )
    assert len(answer["result"]["clips"]) == 2
    assert threads
    assert threading.get_ident() not in threads


async def test_what_one_person_puts_away_others_still_see(home: Home) -> None:
    """It disappears from all pages of that person at once."""
    await publish(home.hass, home.agency, request("r1", around(home.hass)))
    kim = await home.user("Kim", read=[home.front])
    mine, state = await followed(home)
    if not state["requests"]:
        await told(mine, lambda state: state["requests"] != [])
    kims, state = await followed(home, await home.login(kim))
    assert not state["requests"][0]["hidden"]
    for hidden in (True, False):
        await kims.send_json_auto_id(
            {
                "type": "doorwatch/requests/hide",
                "agency_id": home.agency.entry_id,
                "item_id": "r1",
                "hidden": hidden,
            }
        )
        assert (await event_of(kims))["requests"][0]["hidden"] is hidden
        assert (await result_of(kims))["success"]
    for hidden in (True, False):
        await kims.send_json_auto_id(
            {
                "type": "doorwatch/requests/hide_agency",
                "agency_id": home.agency.entry_id,
                "hidden": hidden,
            }
        )
        state = await event_of(kims)
        assert state["requests"][0]["hidden"] is hidden
        assert state["feeds"][0]["hidden"] is hidden
        assert (await result_of(kims))["success"]
    await silence(mine)
