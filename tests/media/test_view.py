"""Clips in the media browser: through the websocket, for people and for nobody."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from pathlib import Path
import sqlite3
from typing import Any
from unittest.mock import AsyncMock

from freezegun import freeze_time
from homeassistant.auth.models import User
from homeassistant.components.media_source import (
    Unresolvable,
    async_browse_media,
    async_resolve_media,
)
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.const import CONF_OPEN_TO_PLAYERS
from custom_components.doorwatch.engine.clips.files.names import Files
from custom_components.doorwatch.engine.clips.index import index, rows
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.outside.door import OutsideError
from custom_components.doorwatch.media import view as media_view
from custom_components.doorwatch.media.search import Words, read_query
from tests.sharing_fixtures import Home, command, record

ROOT = "media-source://doorwatch"
DAY = "2026-11-03"
UNKNOWN = "0199c0de-0000-7000-8000-00000000dead"


@pytest.fixture
async def berlin(hass: HomeAssistant) -> None:
    """Live in a zone where it is later than in UTC, before anything is recorded."""
    await hass.config.async_set_time_zone("Europe/Berlin")


@pytest.fixture(autouse=True)
async def ready(berlin: None, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the media browser, and no agency that answers.

    A clock that a test sets brings all timers forward, that of an agency's too.
    """
    monkeypatch.setattr(
        home.data.outside,
        "fetch",
        AsyncMock(side_effect=OutsideError("cannot_connect")),
    )
    assert await async_setup_component(home.hass, "media_source", {})


async def browse(client: MockHAClientWebSocket, identifier: str = "") -> dict[str, Any]:
    """Open a folder."""
    answer = await command(
        client,
        type="media_source/browse_media",
        media_content_id=f"{ROOT}/{identifier}" if identifier else ROOT,
    )
    assert answer["success"], answer
    result: dict[str, Any] = answer["result"]
    return result


async def search(
    client: MockHAClientWebSocket, query: str, identifier: str = "", **more: object
) -> list[dict[str, Any]]:
    """Type into the search field of a folder."""
    answer = await command(
        client,
        type="media_source/search_media",
        media_content_id=f"{ROOT}/{identifier}" if identifier else ROOT,
        search_query=query,
        **more,
    )
    assert answer["success"], answer
    found: list[dict[str, Any]] = answer["result"]["result"]
    return found


def titles(listed: list[dict[str, Any]]) -> list[str]:
    """Name what is listed."""
    return [child["title"] for child in listed]


def ids(listed: list[dict[str, Any]]) -> list[str]:
    """Tell which clips are listed."""
    return [child["media_content_id"].rsplit("/", 1)[-1] for child in listed]


async def keep(
    home: Home,
    doorbell: MockConfigEntry,
    file: Path,
    number: int,
    started: datetime,
    kind: EventKind = EventKind.RING,
) -> Clip:
    """Record a clip at a time of our choice."""
    return await home.hass.async_add_executor_job(
        lambda: record(
            home.data,
            doorbell.entry_id,
            file,
            f"0199c0de-0000-7000-8000-{number:012x}",
            started=started,
            kind=kind,
        )
    )


@pytest.mark.lesson(13)
@pytest.mark.lesson(15)
async def test_an_administrator_walks_from_doorbells_to_a_clip(home: Home) -> None:
    """By day at home; titles say the time of day at home."""
    client = await home.connect(await home.login(home.admin))

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
    # It began at 17:00:09 UTC.
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


@pytest.mark.lesson(12)
async def test_the_link_is_over_after_an_hour(home: Home) -> None:
    """Not after a day, as core would have it."""
    client = await home.connect(await home.login(home.admin))
    answer = await command(
        client,
        type="media_source/resolve_media",
        media_content_id=f"{ROOT}/clip/{home.clip.clip_id}",
    )
    http = await home.client()

    with freeze_time(datetime.now(UTC) + timedelta(minutes=61), tick=True):
        late = await http.get(answer["result"]["url"])

    assert late.status == HTTPStatus.UNAUTHORIZED


@pytest.mark.lesson(13)
async def test_a_person_sees_only_their_doorbells(home: Home) -> None:
    """Browsing, searching and playing; what is hidden looks as what does not exist."""
    kim = await home.user(read=[home.front])
    client = await home.connect(await home.login(kim))

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
        assert answers[0]["error"]["message"] == "There is no clip with this id"
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
    """The view asks again."""
    kim = await home.user(read=[home.front])
    client = await home.connect(await home.login(kim))
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


@pytest.mark.parametrize(
    "identifier",
    [
        "nonsense",
        "doorbell",
        "doorbell/{front}/not-a-day",
        "day/{front}",
        "day/{front}/2026-13-01",
        "day/{front}/2026-11-03/soon",
        "day/{front}/2026-11-03/99999999999999999999999",
        "day/{front}/2026-11-03/1/2",
        "day/{front}/0001-01-01",
        "day/{front}/9999-12-31",
        "clip",
        "clip/../../secrets",
    ],
)
async def test_made_up_addresses_are_answered(home: Home, identifier: str) -> None:
    """With an empty folder, or the error of what does not exist; never a crash."""
    client = await home.connect(await home.login(home.admin))
    address = f"{ROOT}/{identifier.format(front=home.front.entry_id)}"

    for message in (
        {"type": "media_source/browse_media"},
        {"type": "media_source/search_media", "search_query": "ring"},
        {"type": "media_source/resolve_media"},
    ):
        answer = await command(client, media_content_id=address, **message)
        if answer["success"]:
            assert within_front(answer["result"], home)
        else:
            assert answer["error"]["message"] == "There is no clip with this id"


def within_front(result: dict[str, Any], home: Home) -> bool:
    """Whether nothing but what Front has is listed: a search looks below its folder."""
    listed: list[dict[str, Any]] = result.get("children", result.get("result", []))
    return ids(listed) in ([], [home.clip.clip_id])


async def test_long_days_and_many_days_have_pages(
    home: Home, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left out, nothing comes twice."""
    monkeypatch.setattr(media_view, "MOST_CLIPS", 3)
    monkeypatch.setattr(media_view, "MOST_DAYS", 2)
    noon = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
    kept = [
        await keep(home, home.front, clip_file, n, noon + timedelta(minutes=n))
        for n in range(1, 9)
    ]
    await keep(home, home.front, clip_file, 20, noon - timedelta(days=1))
    client = await home.connect(await home.login(home.admin))

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
    """Shortly after midnight at home it is still the day before in UTC."""
    await keep(
        home, home.front, clip_file, 1, datetime(2026, 11, 4, 23, 30, tzinfo=UTC)
    )
    # Then the home moves; what was recorded keeps its time.
    await home.hass.config.async_set_time_zone("Pacific/Auckland")
    client = await home.connect(await home.login(home.admin))

    doorbell = await browse(client, f"doorbell/{home.front.entry_id}")
    day = await browse(client, f"day/{home.front.entry_id}/2026-11-05")

    assert titles(doorbell["children"]) == ["2026-11-05 (1)", f"{DAY} (1)"]
    assert titles(day["children"]) == ["00:30:00 Ring (4 s)"]


async def test_search_finds_by_name_kind_day_and_time(
    home: Home, clip_file: Path
) -> None:
    """Below the folder that is open, newest first."""
    late = await keep(
        home,
        home.front,
        clip_file,
        1,
        datetime(2026, 11, 10, 22, 10, tzinfo=UTC),
        EventKind.MOTION,
    )
    morning = await keep(
        home, home.back, clip_file, 2, datetime(2026, 11, 10, 7, 0, tzinfo=UTC)
    )
    client = await home.connect(await home.login(home.admin))
    front, back = home.clip.clip_id, home.back_clip.clip_id

    async def found(query: str, identifier: str = "") -> list[str]:
        return ids(await search(client, query, identifier))

    assert await found("") == [late.clip_id, morning.clip_id, back, front]
    assert await found("motion") == [late.clip_id]
    assert await found("Moved FRONT") == [late.clip_id]
    assert await found("ring motion 2026-11") == [
        late.clip_id,
        morning.clip_id,
        back,
        front,
    ]
    assert await found("ring motion") == await found("")
    assert await found("back") == [morning.clip_id, back]
    assert await found("2026-11-10") == [late.clip_id, morning.clip_id]
    assert await found("3.11.2026 front") == [front]
    # 22:10 UTC is 23:10 at home; over midnight too.
    assert await found("23:00") == [late.clip_id]
    assert await found("22:00-6:00") == [late.clip_id]
    assert await found("18:00-18:00") == [front]
    assert await found("ring 7:50-8:05") == [morning.clip_id]
    assert await found("nobody") == []
    assert await found("ring", f"doorbell/{home.back.entry_id}") == [
        morning.clip_id,
        back,
    ]
    assert await found("", f"day/{home.back.entry_id}/2026-11-10") == [morning.clip_id]
    (only,) = await search(client, "motion")
    assert only["title"] == "2026-11-10 23:10:00 Motion (4 s), Front"
    assert await search(client, "", media_filter_classes=["music"]) == []
    assert len(await search(client, "", media_filter_classes=["video"])) == 4
    with freeze_time("2026-11-11 12:00:00+00:00", tick=True):
        assert await found("Yesterday") == [late.clip_id, morning.clip_id]
        assert await found("today") == []
        (only,) = await search(client, "motion")
        assert only["title"] == "Yesterday 23:10:00 Motion (4 s), Front"


async def test_search_reads_no_clip_that_it_does_not_show(
    home: Home, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that looking for what is rare stays quick among a million."""
    noon = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
    for number in range(1, 6):
        await keep(
            home, home.front, clip_file, number, noon + timedelta(minutes=number)
        )
    client = await home.connect(await home.login(home.admin))
    read: list[str] = []
    real = rows.to_clip

    def to_clip(row: sqlite3.Row, files: Files) -> Clip:
        read.append(row["clip_id"])
        return real(row, files)

    monkeypatch.setattr(index, "to_clip", to_clip)
    assert await search(client, "3:17") == []
    assert await search(client, "manual 2026-11-10") == []
    assert await search(client, "9999-12 0001-01") == []
    assert read == []
    found = ids(await search(client, "12:04-12:04 ring manual"))
    assert read == found
    assert len(found) == 1


async def test_search_stops_at_a_page(
    home: Home, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest ones, however the search is worded."""
    monkeypatch.setattr(media_view, "MOST_CLIPS", 2)
    noon = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
    kept = [
        await keep(home, home.front, clip_file, n, noon + timedelta(minutes=n))
        for n in range(1, 6)
    ]
    client = await home.connect(await home.login(home.admin))
    newest = [kept[-1].clip_id, kept[-2].clip_id]

    assert ids(await search(client, "front")) == newest
    assert ids(await search(client, "2026-11")) == newest


def test_the_words_of_a_search() -> None:
    """What is no kind, day or time belongs to a name."""
    words = Words(
        kinds={"ring": ["klingeln"], "motion": [], "manual": []},
        today="heute",
        yesterday="gestern",
    )
    today = date(2026, 3, 1)

    assert read_query("Klingeln gestern", words, today).kinds == {"ring"}
    assert read_query("gestern", words, today).days == {(2026, 2, 28)}
    assert read_query("2026-02-30 99:99 25:00-01:00", words, today).names == (
        "2026-02-30",
        "99:99",
        "25:00-01:00",
    )
    assert read_query("0:05", words, today).times == ((time(23, 50), time(0, 20)),)
    assert read_query("1.3.2026 2026-2", words, today).local_days == {
        "2026-03-01",
        "2026-02",
    }


async def play_by_script(home: Home, clip: Clip, user: User | None) -> str | None:
    """Let a script resolve a clip as a media player does; None when it may not."""
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
    """Nobody can be told to ask, whoever started the script."""
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
    """As a media player asks that nobody sits at."""
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
    """The connection behind it does not speak for it."""
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
    client = await home.connect(await home.login(home.admin))

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


async def test_over_rest_the_user_of_the_token_counts(
    home: Home, hass: HomeAssistant
) -> None:
    """There is no connection then, but a request."""
    seen: list[list[str]] = []

    async def browse_root(call: Any) -> None:
        root = await async_browse_media(hass, ROOT)
        seen.append([child.title for child in root.children or ()])

    hass.services.async_register("test", "browse", browse_root)
    assert await async_setup_component(hass, "api", {})
    kim = await home.user(read=[home.front])
    for user in (home.admin, kim):
        http = await home.client(await home.login(user))
        answer = await http.post("/api/services/test/browse", json={})
        assert answer.status == HTTPStatus.OK

    assert seen == [["Back", "Front"], ["Front"]]


async def test_no_file_is_handed_out(home: Home, hass: HomeAssistant) -> None:
    """Else a task for a language model could take a clip out of the house."""
    home.configure(**{CONF_OPEN_TO_PLAYERS: [home.front.entry_id]})

    media = await async_resolve_media(hass, f"{ROOT}/clip/{home.clip.clip_id}", None)

    assert media.path is None


async def test_a_library_that_cannot_be_read_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In words, not as an unknown error."""
    client = await home.connect(await home.login(home.admin))

    async def broken(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(home.data.library, "days", broken)
    answer = await command(
        client,
        type="media_source/browse_media",
        media_content_id=f"{ROOT}/doorbell/{home.front.entry_id}",
    )

    assert not answer["success"]
    assert answer["error"]["message"]
    assert answer["error"]["code"] == "browse_media_failed"
