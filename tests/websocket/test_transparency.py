"""Test that the household can see all shares."""

from contextlib import closing
from pathlib import Path
import sqlite3
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_POSITION,
    CONF_REQUESTS,
)
from tests.consent.preparing import shared
from tests.engine.sharing.requests.items import request, square
from tests.requests.asking import around
from tests.requests.test_board import asked
from tests.sharing_fixtures import Home, command


@pytest.fixture
async def share_id(home: Home) -> str:
    """Share a clip with name and note, and cancel the share."""
    home.configure(**{CONF_CANCEL_WINDOW: 300})
    client = await home.connect()
    share_id = await shared(
        home, client, personal={"name": "Sam Jansen"}, note="The one in red"
    )
    await command(client, type="doorwatch/share/cancel", share_id=share_id)
    return share_id


async def lines_of(home: Home, **more: Any) -> list[dict[str, Any]]:
    """Get the lines as an administrator."""
    client = await home.connect()
    answer = await command(client, type="doorwatch/transparency/lines", **more)
    lines: list[dict[str, Any]] = answer["result"]["lines"]
    return lines


async def test_shares_are_counted_by_agency(home: Home, share_id: str) -> None:
    """Refused shares are counted, and nothing of the clip is shown."""
    await home.data.ledger.refused("script", "no_confirmation")
    await home.data.ledger.refused("script", "no_confirmation")
    client = await home.connect()

    answer = await command(client, type="doorwatch/transparency")

    (agency,) = answer["result"]["agencies"]
    assert agency["agency_id"] == home.agency.entry_id
    assert agency["name"] == home.agency.title
    assert (agency["counts"]["confirmed"], agency["counts"]["cancelled"]) == (1, 1)
    assert answer["result"]["refused"] == 2
    assert home.clip.clip_id not in str(answer)
    assert share_id not in str(answer)


async def test_the_ledger_is_checked_each_time(
    hass: HomeAssistant, home: Home, share_id: str
) -> None:
    """A share that left without a tap is found, and so is a changed line."""
    client = await home.connect()

    async def check() -> dict[str, int | None]:
        answer = await command(client, type="doorwatch/transparency")
        found: dict[str, int | None] = answer["result"]["check"]
        return found

    assert await check() == {"changed_at": None, "untapped_at": None}
    about = {"agency_id": home.agency.entry_id, "share_id": "made-up"}
    sent = await home.data.ledger.append("sent", about)
    assert await check() == {"changed_at": None, "untapped_at": sent.seq}

    path = Path(hass.config.config_dir) / ".storage/doorwatch/ledger.db"
    with closing(sqlite3.connect(path, autocommit=True)) as database:
        database.execute("UPDATE lines SET line = replace(line, '\"at\"', '\"AT\"')")
    assert await check() == {"changed_at": 1, "untapped_at": None}


async def test_an_agency_that_was_removed_is_still_counted(
    hass: HomeAssistant, home: Home, share_id: str
) -> None:
    """Earlier shares still count."""
    await hass.config_entries.async_remove(home.agency.entry_id)
    client = await home.connect()
    answer = await command(client, type="doorwatch/transparency")
    (agency,) = answer["result"]["agencies"]
    assert agency["name"] is None
    assert agency["counts"]["confirmed"] == agency["counts"]["agency_removed"] == 1


async def test_who_sees_a_doorbell_sees_the_counts_and_not_the_lines(
    home: Home, share_id: str
) -> None:
    """A user without any doorbell is refused."""
    family = await home.user("Kim", control=[home.front])
    client = await home.connect_as(family)
    answer = await command(client, type="doorwatch/transparency")
    assert answer["result"]["agencies"][0]["counts"]["confirmed"] == 1
    for message in (
        {"type": "doorwatch/transparency/lines"},
        {"type": "doorwatch/transparency/forget", "seq": 1},
    ):
        answer = await command(client, **message)
        assert answer["error"]["code"] == "unauthorized"

    guest = await home.user("Guest", control=[])
    client = await home.connect_as(guest)
    answer = await command(client, type="doorwatch/transparency")
    assert answer["error"]["code"] == "not_allowed"


async def test_lines_come_newest_first_and_page_by_page(
    home: Home, share_id: str
) -> None:
    """The lines are of one agency or of all."""
    everything = await lines_of(home)
    numbers = [line["seq"] for line in everything]
    assert numbers == sorted(numbers, reverse=True)
    assert [line["kind"] for line in everything][:2] == ["cancelled", "confirmed"]
    assert {line["data"]["agency_id"] for line in everything} == {home.agency.entry_id}
    assert await lines_of(home, agency_id=home.agency.entry_id) == everything
    assert await lines_of(home, agency_id="another") == []
    paged: list[dict[str, Any]] = []
    while page := await lines_of(
        home, limit=1, **({"before": paged[-1]["seq"]} if paged else {})
    ):
        paged += page
    assert paged == everything


async def test_personal_details_can_be_deleted_from_the_ledger(
    home: Home, share_id: str
) -> None:
    """The hash chain is still valid, and the ledger has a line about it."""
    (confirmed,) = [x for x in await lines_of(home) if x["kind"] == "confirmed"]
    assert confirmed["personal"]["name"] == "Sam Jansen"
    assert confirmed["personal"]["note"] == "The one in red"
    client = await home.connect()
    forget = {"type": "doorwatch/transparency/forget", "seq": confirmed["seq"]}
    assert (await command(client, **forget))["result"] == {"deleted": True}
    assert (await command(client, **forget))["result"] == {"deleted": False}

    (confirmed,) = [x for x in await lines_of(home) if x["kind"] == "confirmed"]
    assert confirmed["personal"] == {}
    assert confirmed["had_personal"]
    assert await home.data.ledger.verify() is None
    assert (await home.data.ledger.counts())["personal_deleted"] == 1
    exported = b"".join([page async for page in home.data.ledger.export()])
    assert b"Sam Jansen" not in exported


async def test_only_a_person_deletes_personal_details(
    home: Home, share_id: str
) -> None:
    """The deletion is permanent, so the line has the person's name."""
    (confirmed,) = [x for x in await lines_of(home) if x["kind"] == "confirmed"]
    forget = {"type": "doorwatch/transparency/forget", "seq": confirmed["seq"]}
    token = await home.connect(await home.long_lived(home.admin))
    assert (await command(token, **forget))["error"]["code"] == "not_allowed"
    assert await home.refusals() == [("long_lived_token", "forget_not_allowed")]
    (confirmed,) = [x for x in await lines_of(home) if x["kind"] == "confirmed"]
    assert confirmed["personal"]["name"] == "Sam Jansen"

    assert (await command(await home.connect(), **forget))["result"]["deleted"]
    last = (await home.data.ledger.lines(limit=1000))[-1]
    assert last.kind == "personal_deleted"
    assert last.data == {"line": confirmed["seq"], "user_id": home.admin.id}


async def test_what_became_of_requests_is_counted(home: Home) -> None:
    """The numbers are the sum of all people, and are only shown in the panel."""
    client = await home.connect()

    async def counts() -> dict[str, int]:
        answer = await command(client, type="doorwatch/transparency")
        found: dict[str, int] = answer["result"]["requests"]
        return found

    assert await counts() == {"seen": 0, "hidden": 0, "answered": 0}
    area = around(home.hass)
    await asked(home, request("r1", area), request("r2", area))
    kim = await home.user("Kim")
    for user in (kim, home.admin):
        home.data.people.hide(user.id, home.agency.entry_id, "r1", True)
    assert await counts() == {"seen": 2, "hidden": 1, "answered": 0}
    home.data.people.hide_agency(kim.id, home.agency.entry_id, True)
    assert await counts() == {"seen": 2, "hidden": 2, "answered": 0}


async def test_no_number_tells_of_a_doorbell_that_somebody_may_not_see(
    home: Home,
) -> None:
    """Compared with all requests, the number would reveal where the doorbell is."""
    away = {CONF_POSITION: {"latitude": 1.0, "longitude": 1.0}}
    home.hass.config_entries.async_update_entry(
        home.back, options={**home.back.options, CONF_REQUESTS: away}
    )
    await asked(home, request("r1", square(1.0, 1.0)))
    some = await home.user("Kim", read=[home.front])
    everything = await home.user("Alex", read=[home.front, home.back])
    for user, told in ((some, None), (everything, 1)):
        client = await home.connect_as(user)
        answer = await command(client, type="doorwatch/transparency")
        counts = answer["result"]["requests"]
        assert (counts and counts["seen"]) == told
