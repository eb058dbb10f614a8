"""Test the commands about a clip's neighbors, the days of a month, and a day."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
import pytest

from custom_components.doorwatch.access import permissions
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip, Day
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.websocket import days as websocket_days
from tests.sharing_fixtures import Home, allow, command


async def saved(home: Home, number: int, at: datetime, *, back: bool = False) -> Clip:
    """Put a clip into the library."""
    return await home.save(
        home.back if back else home.front,
        f"0199c0de-0000-7000-8000-0000000001{number:02}",
        started=at,
        kind=EventKind.MOTION,
    )


def ids(*clips: Clip | None) -> tuple[str | None, ...]:
    """Return the ids of clips."""
    return tuple(None if clip is None else clip.clip_id for clip in clips)


async def test_a_clip_knows_those_around_it(home: Home) -> None:
    """The neighbors are of all doorbells or of one, even with equal start times."""
    front, back = home.clip, home.back_clip
    at = back.started_at
    third = await saved(home, 3, at)
    last = await saved(home, 4, at + timedelta(seconds=9), back=True)
    client = await home.connect()
    for clip, doorbell_id, around in (
        (front, None, ids(None, back)),
        (back, None, ids(front, third)),
        (third, None, ids(back, last)),
        (last, None, ids(third, None)),
        (back, home.back.entry_id, ids(None, last)),
        (third, home.front.entry_id, ids(front, None)),
        # The clip may be of another doorbell than the page.
        (third, home.back.entry_id, ids(back, last)),
        (third, "nothing", ids(None, None)),
    ):
        more = {} if doorbell_id is None else {"doorbell_id": doorbell_id}
        answer = await command(
            client, type="doorwatch/clips/get", clip_id=clip.clip_id, **more
        )
        page = answer["result"]
        assert page["clip"]["clip_id"] == clip.clip_id
        assert (page["older"], page["newer"]) == around
    await command(client, type="doorwatch/clips/delete", clip_id=third.clip_id)
    answer = await command(client, type="doorwatch/clips/get", clip_id=back.clip_id)
    assert answer["result"]["newer"] == last.clip_id


@pytest.mark.lesson(13)
async def test_a_clip_that_is_hidden_is_as_good_as_gone(home: Home) -> None:
    user = await home.user(read=[home.back])
    client = await home.connect_as(user)
    hidden = await command(
        client, type="doorwatch/clips/get", clip_id=home.clip.clip_id
    )
    gone = await command(client, type="doorwatch/clips/get", clip_id="nowhere")
    assert hidden["error"] == gone["error"]
    assert gone["error"]["code"] == "clip_unknown"
    answer = await command(
        client, type="doorwatch/clips/get", clip_id=home.back_clip.clip_id
    )
    assert (answer["result"]["older"], answer["result"]["newer"]) == (None, None)


async def test_days_of_a_month_are_counted(home: Home) -> None:
    await home.hass.config.async_set_time_zone("Europe/Berlin")
    await saved(home, 1, datetime(2026, 11, 30, 23, 30, tzinfo=UTC))
    await saved(home, 2, datetime(2025, 2, 1, 12, tzinfo=UTC), back=True)
    client = await home.connect()
    for month, doorbell, days in (
        ("2026-11", None, {"2026-11-03": 2}),
        ("2026-12", None, {"2026-12-01": 1}),
        ("2026-11", home.back, {"2026-11-03": 1}),
        ("2026-12", home.back, {}),
        ("2026-13", None, {}),
    ):
        more = {} if doorbell is None else {"doorbell_id": doorbell.entry_id}
        answer = await command(client, type="doorwatch/days", month=month, **more)
        assert answer["result"]["days"] == days
    assert answer["result"]["first"] == "2025-02-01"
    assert answer["result"]["last"] == "2026-12-01"
    answer = await command(
        client, type="doorwatch/days", month="2026-11", doorbell_id="nothing"
    )
    assert answer["result"] == {"days": {}, "first": None, "last": None}
    answer = await command(client, type="doorwatch/days", month="November")
    assert answer["error"]["code"] == "invalid_format"


@pytest.mark.parametrize(
    ("day", "begins", "hours"),
    [
        ("2026-03-29", "2026-03-28T23:00:00+00:00", 23),
        ("2026-10-25", "2026-10-24T22:00:00+00:00", 25),
        ("2026-11-24", "2026-11-23T23:00:00+00:00", 24),
    ],
)
async def test_a_day_is_as_long_as_it_is_at_home(
    home: Home, day: str, begins: str, hours: int
) -> None:
    """The clips are those that started on the local day, the oldest first."""
    await home.hass.config.async_set_time_zone("Europe/Berlin")
    begin = datetime.fromisoformat(begins)
    end = begin + timedelta(hours=hours)
    await saved(home, 1, begin - timedelta(microseconds=1))
    last = await saved(home, 2, end - timedelta(seconds=1))
    first = await saved(home, 3, begin, back=True)
    await saved(home, 4, end)
    await home.data.library.set_protected(last.clip_id, True)
    seen = {"vehicle": "onvif", "person": "reolink"}
    await home.data.library.add_labels(last.clip_id, seen)
    client = await home.connect()
    answer = await command(client, type="doorwatch/day", day=day)
    assert answer["result"] == {
        "day": day,
        "begins": begins,
        "ends": end.isoformat(),
        "marks": [
            {
                "clip_id": first.clip_id,
                "doorbell_id": home.back.entry_id,
                "at": 0.0,
                "duration": 4.0,
                "kinds": ["motion"],
                "labels": [],
                "protected": False,
            },
            {
                "clip_id": last.clip_id,
                "doorbell_id": home.front.entry_id,
                "at": hours * 3600 - 1.0,
                "duration": 4.0,
                "kinds": ["motion"],
                "labels": ["person", "vehicle"],
                "protected": True,
            },
        ],
    }
    answer = await command(
        client, type="doorwatch/day", day=day, doorbell_id=home.front.entry_id
    )
    assert [mark["clip_id"] for mark in answer["result"]["marks"]] == [last.clip_id]


@pytest.mark.parametrize("day", ["2026-02-30", "9999-12-31", "0001-01-01", "", "today"])
async def test_a_day_that_is_none_is_refused(home: Home, day: str) -> None:
    client = await home.connect()
    answer = await command(client, type="doorwatch/day", day=day)
    assert answer["error"]["code"] == "invalid_format"


async def test_the_right_is_not_asked_for_each_day(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise years of days would block the event loop."""
    asked: list[str] = []
    real = permissions.may_view

    def count(hass: HomeAssistant, user: User, doorbell_id: str) -> bool:
        asked.append(doorbell_id)
        return real(hass, user, doorbell_id)

    async def many(_library: Library, doorbells: Collection[str]) -> list[Day]:
        first = date(2026, 11, 30)
        return [
            Day(one, first - timedelta(days=number), 1)
            for number in range(1000)
            for one in doorbells
        ]

    for module in (permissions, websocket_days):
        monkeypatch.setattr(module, "may_view", count)
    monkeypatch.setattr(Library, "days", many)
    client = await home.connect()
    answer = await command(client, type="doorwatch/days", month="2026-11")
    assert len(answer["result"]["days"]) == 30
    assert len(asked) < 10


@pytest.mark.lesson(13)
async def test_days_show_nothing_of_a_hidden_doorbell(home: Home) -> None:
    user = await home.user(read=[home.back])
    client = await home.connect_as(user)
    answer = await command(client, type="doorwatch/days", month="2026-11")
    assert answer["result"]["days"] == {"2026-11-03": 1}
    answer = await command(client, type="doorwatch/day", day="2026-11-03")
    [mark] = answer["result"]["marks"]
    assert mark["clip_id"] == home.back_clip.clip_id


@pytest.mark.lesson(13)
@pytest.mark.parametrize(
    ("method", "ask", "left"),
    [
        ("marks", {"type": "doorwatch/day", "day": "2026-11-03"}, "marks"),
        ("days", {"type": "doorwatch/days", "month": "2026-11"}, "days"),
        ("facets", {"type": "doorwatch/clips/facets"}, "kinds"),
        ("beside", {"type": "doorwatch/clips/get"}, None),
    ],
)
async def test_a_right_that_goes_while_the_library_looks_is_gone(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    ask: dict[str, Any],
    left: str | None,
) -> None:
    user = await home.user(read=[home.front])
    client = await home.connect_as(user)
    real = getattr(Library, method)

    async def slow(*args: Any) -> Any:
        found = await real(*args)
        allow(user, {})
        return found

    monkeypatch.setattr(Library, method, slow)
    assert permissions.may_view(home.hass, user, home.front.entry_id)
    if left is None:
        ask = {**ask, "clip_id": home.clip.clip_id}
    answer = await command(client, **ask)
    if left is None:
        assert answer["error"]["code"] == "clip_unknown"
    else:
        assert not answer["result"][left]
