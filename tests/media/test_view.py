"""Test clips in the media browser over the websocket, with and without a user."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.media_source import (
    Unresolvable,
    async_browse_media,
    async_resolve_media,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.doorwatch.const import CONF_OPEN_TO_PLAYERS
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.media import view as media_view
from tests.media.browsing import ROOT, berlin, browse, ids, keep, ready, search, titles
from tests.sharing_fixtures import Home, command

__all__ = ["berlin", "ready"]

DAY = "2026-11-03"
UNKNOWN = "0199c0de-0000-7000-8000-00000000dead"


@pytest.mark.lesson(13)
@pytest.mark.lesson(15)
async def test_an_administrator_walks_from_doorbells_to_a_clip(home: Home) -> None:
    """Days and titles use local time."""
    client = await home.connect_as(home.admin)

    root = await browse(client)
    doorbell = await browse(client, f"doorbell/{home.front.entry_id}")
    day = await browse(client, f"day/{home.front.entry_id}/{DAY}")

    assert titles(root["children"]) == ["Back", "Front"]
    assert root["children"][1]["thumbnail"] == (
        f"/api/doorwatch/thumbnail/{home.clip.clip_id}"
    )
    assert root["can_search"]
    assert titles(doorbell["children"]) == [f"{DAY} (1)"]
    (clip,) = day["children"]
    # It started at 17:00:09 UTC.
    assert clip["title"] == "18:00:09 Ring (4 s)"
    assert clip["media_class"] == "video"
    assert clip["media_content_type"] == "video/mp4"
    assert (clip["can_play"], clip["can_expand"]) == (True, False)
    assert clip["thumbnail"] == f"/api/doorwatch/thumbnail/{home.clip.clip_id}"

    answer = await command(
        client,
        type="media_source/resolve_media",
        media_content_id=clip["media_content_id"],
    )
    assert answer["result"]["mime_type"] == "video/mp4"
    http = await home.client()
    got = await http.get(answer["result"]["url"])
    assert got.status == HTTPStatus.OK
    assert await got.read() == home.clip.path.read_bytes()


@pytest.mark.lesson(13)
async def test_a_person_sees_only_their_doorbells(home: Home) -> None:
    """Hidden doorbells look unknown when browsing, searching and playing."""
    kim = await home.user(read=[home.front])
    client = await home.connect_as(kim)

    assert titles((await browse(client))["children"]) == ["Front"]
    assert ids(await search(client, "ring")) == [home.clip.clip_id]
    assert await search(client, "Back") == []
    for kind, hidden, unknown in (
        ("browse", f"doorbell/{home.back.entry_id}", "doorbell/nobody"),
        ("browse", f"day/{home.back.entry_id}/{DAY}", f"day/nobody/{DAY}"),
        ("browse", f"clip/{home.back_clip.clip_id}", f"clip/{UNKNOWN}"),
        ("resolve", f"clip/{home.back_clip.clip_id}", f"clip/{UNKNOWN}"),
    ):
        answers = [
            await command(
                client,
                type=f"media_source/{kind}_media",
                media_content_id=f"{ROOT}/{identifier}",
            )
            for identifier in (hidden, unknown)
        ]
        assert not answers[0]["success"]
        assert answers[0]["error"] == answers[1]["error"]
        assert answers[0]["error"]["message"] == "There is no clip with this ID"
    searches = [
        await command(
            client,
            type="media_source/search_media",
            media_content_id=f"{ROOT}/doorbell/{identifier}",
            search_query="",
        )
        for identifier in (home.back.entry_id, "nobody")
    ]
    assert not searches[0]["success"]
    assert searches[0]["error"] == searches[1]["error"]


async def test_a_permission_that_ends_ends_the_link(home: Home) -> None:
    """The view checks the permission again."""
    kim = await home.user(read=[home.front])
    client = await home.connect_as(kim)
    answer = await command(
        client,
        type="media_source/resolve_media",
        media_content_id=f"{ROOT}/clip/{home.clip.clip_id}",
    )
    http = await home.client()
    url = answer["result"]["url"]
    assert (await http.get(url)).status == HTTPStatus.OK

    kim.groups = []

    assert (await http.get(url)).status == HTTPStatus.NOT_FOUND


async def test_long_days_and_many_days_have_pages(
    home: Home, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No clip is missing or listed twice."""
    monkeypatch.setattr(media_view, "MOST_CLIPS", 3)
    monkeypatch.setattr(media_view, "MOST_DAYS", 2)
    noon = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
    kept = [
        await keep(home, home.front, clip_file, n, noon + timedelta(minutes=n))
        for n in range(1, 9)
    ]
    await keep(home, home.front, clip_file, 20, noon - timedelta(days=1))
    client = await home.connect_as(home.admin)

    found: list[str] = []
    folder = f"day/{home.front.entry_id}/2026-11-10"
    pages = 0
    while folder:
        children = (await browse(client, folder))["children"]
        pages += 1
        found += ids([child for child in children if child["can_play"]])
        folder = next(
            (
                child["media_content_id"].removeprefix(f"{ROOT}/")
                for child in children
                if child["can_expand"]
            ),
            "",
        )
    days = (await browse(client, f"doorbell/{home.front.entry_id}"))["children"]
    earlier = days[-1]["media_content_id"].removeprefix(f"{ROOT}/")
    older = (await browse(client, earlier))["children"]

    assert found == [clip.clip_id for clip in reversed(kept)]
    assert pages == 3
    assert titles(days) == [
        "2026-11-10 (8)",
        "2026-11-09 (1)",
        "Earlier than 2026-11-09",
    ]
    assert titles(older) == [f"{DAY} (1)"]


@pytest.mark.lesson(15)
async def test_a_clip_belongs_to_the_day_on_which_it_was_recorded_at_home(
    home: Home, clip_file: Path
) -> None:
    """Shortly after midnight, UTC still has the day before."""
    await keep(
        home, home.front, clip_file, 1, datetime(2026, 11, 4, 23, 30, tzinfo=UTC)
    )
    # When the home moves, recorded clips keep their time zone.
    await home.hass.config.async_set_time_zone("Pacific/Auckland")
    client = await home.connect_as(home.admin)

    doorbell = await browse(client, f"doorbell/{home.front.entry_id}")
    day = await browse(client, f"day/{home.front.entry_id}/2026-11-05")

    assert titles(doorbell["children"]) == ["2026-11-05 (1)", f"{DAY} (1)"]
    assert titles(day["children"]) == ["00:30:00 Ring (4 s)"]


async def play_by_script(home: Home, clip: Clip, user: User | None) -> str | None:
    """Let a script resolve a clip as a media player does; return None if refused."""
    hass = home.hass
    got: list[str] = []

    async def play(call: Any) -> None:
        media = await async_resolve_media(
            hass, call.data["media_content_id"], "media_player.living_room"
        )
        got.append(media.url)

    hass.services.async_register("test", "play_media", play)
    assert await async_setup_component(
        hass,
        "script",
        {
            "script": {
                "play": {
                    "sequence": {
                        "action": "test.play_media",
                        "data": {
                            "media_content_id": "{{ media }}",
                        },
                    }
                }
            }
        },
    )
    with suppress(Unresolvable):
        await hass.services.async_call(
            "script",
            "play",
            {"media": f"{ROOT}/clip/{clip.clip_id}"},
            blocking=True,
            context=Context(user_id=user.id if user else None),
        )
    return got[0] if got else None


@pytest.mark.lesson(13)
@pytest.mark.parametrize("known", [False, True])
async def test_a_script_plays_only_what_the_household_opened(
    home: Home, known: bool
) -> None:
    """Any user can start the script, so only doorbells opened to players are played."""
    user = home.admin if known else None
    assert await play_by_script(home, home.clip, user) is None

    home.configure(**{CONF_OPEN_TO_PLAYERS: [home.front.entry_id]})

    assert await play_by_script(home, home.back_clip, user) is None
    url = await play_by_script(home, home.clip, user)
    assert url is not None
    http = await home.client()
    assert (await http.get(url)).status == HTTPStatus.OK


async def test_without_a_user_only_opened_doorbells_are_listed(
    home: Home, hass: HomeAssistant
) -> None:
    """A media player without a user sends the request."""
    assert (await async_browse_media(hass, ROOT)).children == []
    home.configure(**{CONF_OPEN_TO_PLAYERS: [home.back.entry_id, "gone"]})

    children = (await async_browse_media(hass, ROOT)).children

    assert children is not None
    assert [child.title for child in children] == ["Back"]
    with pytest.raises(Unresolvable):
        await async_resolve_media(hass, f"{ROOT}/clip/{home.clip.clip_id}", None)


async def test_a_script_started_by_a_persons_tap_is_still_a_script(
    home: Home, hass: HomeAssistant
) -> None:
    """The connection that started the script gives it no permissions."""
    calls = async_mock_service(hass, "test", "done")
    hass.services.async_register(
        "test",
        "browse",
        lambda call: None,
    )

    async def browse_root(call: Any) -> None:
        root = await async_browse_media(hass, ROOT)
        await hass.services.async_call(
            "test", "done", {"doorbells": len(root.children or ())}
        )

    hass.services.async_register("test", "browse", browse_root)
    client = await home.connect_as(home.admin)

    await command(
        client,
        type="call_service",
        domain="test",
        service="browse",
    )
    await command(
        client,
        type="execute_script",
        sequence=[{"action": "test.browse"}],
    )
    await hass.async_block_till_done()

    assert [call.data["doorbells"] for call in calls] == [2, 0]
