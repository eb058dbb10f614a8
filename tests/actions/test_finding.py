"""Test the actions that find clips and count days, for automations and for people."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.sharing.requests.feed import Lack
from tests.actions.acting import act, refused
from tests.engine.sharing.requests.items import request
from tests.requests.asking import around, publish
from tests.sharing_fixtures import Home, prepare, record, tap
from tests.waiting import until

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def save(
    home: Home,
    file: Path,
    number: int,
    started: datetime,
    *labels: str,
    kind: EventKind = EventKind.MOTION,
    back: bool = False,
) -> Clip:
    """Put a clip into the library."""
    return await home.hass.async_add_executor_job(
        partial(
            record,
            home.data,
            (home.back if back else home.front).entry_id,
            file,
            f"0199c0de-0000-7000-8000-000000000{number}",
            started=started,
            kind=kind,
            labels=dict.fromkeys(labels, "onvif"),
        )
    )


async def found(home: Home, user: Any = None, **data: object) -> list[str]:
    """Return the ids in the answer of find_clips."""
    answer = await act(home, "find_clips", user, **data)
    return [clip["clip_id"] for clip in answer["clips"]]


async def test_clips_are_found_by_all_that_can_be_asked(
    home: Home, clip_file: Path
) -> None:
    """The filters work one by one and combined; the newest clip is first."""
    rang = await save(home, clip_file, 101, NOON, "person", kind=EventKind.RING)
    moved = await save(home, clip_file, 102, NOON + timedelta(minutes=1), "animal")
    both = await save(
        home,
        clip_file,
        103,
        NOON + timedelta(minutes=2),
        *("package", "person"),
        back=True,
    )
    await home.data.library.set_protected(moved.clip_id, True)
    client = await home.connect()
    ready = await prepare(client, home)
    assert (await tap(client, home, ready["confirmation"]))["success"]
    new, old = [both, moved, rang], [home.back_clip, home.clip]
    a_minute_later = dt_util.as_local(NOON + timedelta(minutes=1))
    questions: tuple[tuple[dict[str, Any], list[Clip]], ...] = (
        ({}, [*new, *old]),
        ({"entity_id": home.camera(home.back)}, [both, home.back_clip]),
        ({"entity_id": "all"}, [*new, *old]),
        ({"event": "ring"}, [rang, *old]),
        ({"event": ["motion", "manual"]}, [both, moved]),
        ({"labels": "person"}, [both, rang]),
        ({"labels": ["animal", "vehicle"]}, [moved]),
        ({"labels": ["person", "animal"], "event": "motion"}, [both, moved]),
        ({"protected": True}, [moved]),
        ({"protected": False, "from": NOON.isoformat()}, [both, rang]),
        ({"shared": True}, [home.clip]),
        ({"shared": False}, [*new, home.back_clip]),
        # The start of the range is included, the end is not.
        ({"from": rang.started_at, "to": both.started_at}, [moved, rang]),
        ({"to": rang.started_at}, old),
        ({"from": f"{a_minute_later:%Y-%m-%d %H:%M:%S}"}, [both, moved]),  # local time
        ({"limit": 2}, [both, moved]),
    )
    for asked, clips in questions:
        assert await found(home, **asked) == [clip.clip_id for clip in clips], asked
    assert (await act(home, "find_clips", limit=2))["more"] is True
    assert (await act(home, "find_clips", limit=5))["more"] is False


async def test_a_found_clip_is_described_as_the_event_does(
    home: Home, clip_file: Path
) -> None:
    """The paths have no signature."""
    clip = await save(home, clip_file, 101, NOON, "vehicle", kind=EventKind.RING)

    (told,) = (await act(home, "find_clips", labels="vehicle"))["clips"]

    assert told == {
        "clip_id": clip.clip_id,
        "doorbell_id": home.front.entry_id,
        "entity_id": home.camera(home.front),
        "event": "ring",
        "kinds": ["ring"],
        "labels": ["vehicle"],
        "part": 1,
        "started_at": "2026-11-24T12:00:00+00:00",
        "ended_at": "2026-11-24T12:00:04+00:00",
        "duration": 4.0,
        "protected": False,
        "path": f"/api/doorwatch/clip/{clip.clip_id}",
        "thumbnail": f"/api/doorwatch/thumbnail/{clip.clip_id}",
        "page": f"/doorwatch/clip/{clip.clip_id}",
    }


@pytest.mark.lesson(13)
async def test_a_person_finds_what_they_may_see(home: Home, clip_file: Path) -> None:
    """A hidden camera looks unknown, also in the figures of a day."""
    await save(home, clip_file, 101, NOON, "person")
    day = NOON.date().isoformat()
    viewer = await home.user("Kim", read=[home.back])
    front = home.camera(home.front)

    assert await found(home, viewer) == [home.back_clip.clip_id]
    assert await found(home, viewer, labels="person") == []
    assert await refused(home, "find_clips", viewer, entity_id=front) == "no_doorbell"
    assert await refused(home, "get_day", viewer, entity_id=front) == "no_doorbell"
    assert await act(home, "get_day", viewer, day=day) == {
        "day": day,
        "clips": 0,
        "rings": 0,
        "labels": {},
        "hours": [],
    }
    assert (await act(home, "get_day", home.admin, day=day))["clips"] == 1
    await home.hass.auth.async_update_user(viewer, is_active=False)
    assert await refused(home, "find_clips", viewer) == "not_allowed"
    assert await refused(home, "get_day", viewer) == "not_allowed"


async def test_shares_of_others_are_not_found_by_somebody_who_may_not_see_them(
    home: Home,
) -> None:
    """An automation finds all shares."""
    client = await home.connect()
    ready = await prepare(client, home)
    assert (await tap(client, home, ready["confirmation"]))["success"]
    viewer = await home.user("Kim", read=[home.front])

    assert await found(home, shared=True) == [home.clip.clip_id]
    assert await found(home, viewer, shared=True) == []
    assert await found(home, viewer, shared=False) == [home.clip.clip_id]


async def test_clips_that_match_a_request_are_found(home: Home) -> None:
    """The result is limited to visible clips and to the other filters."""
    area = around(home.hass)
    await publish(
        home.hass,
        home.agency,
        request("r1", area),
        request("invalid", area, lacks=frozenset({Lack.UNTIL})),
    )
    await until(lambda: len(home.data.requests.concerns) == 2)
    desk = home.agency.entry_id
    asked = {"agency_id": desk, "request_id": "r1"}
    front, back = home.clip.clip_id, home.back_clip.clip_id
    viewer = await home.user("Kim", read=[home.back])
    assert sorted(await found(home, **asked)) == sorted((front, back))
    assert await found(home, **asked, entity_id=home.camera(home.front)) == [front]
    assert await found(home, **asked, shared=True) == []
    assert await found(home, viewer, **asked) == [back]
    assert await found(home, **asked | {"request_id": "invalid"}) == []
    stranger = await home.user("Sam")
    for user, unknown in ((None, "r2"), (stranger, "r1")):
        told = await refused(
            home, "find_clips", user, agency_id=desk, request_id=unknown
        )
        assert told == "request_unknown"
    with pytest.raises(vol.Invalid):
        await found(home, request_id="r1")


async def test_a_day_is_told_in_figures_by_hour(home: Home, clip_file: Path) -> None:
    """The hour that is repeated at the end of summer time has two entries."""
    await home.hass.config.async_set_time_zone("Europe/Berlin")
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    ring = EventKind.RING
    for number, minutes, labels, kind, back in (
        (101, -1, ("person",), ring, False),
        (102, 0, ("person",), ring, False),
        (103, 2 * 60 + 59, ("animal", "person"), EventKind.MOTION, True),
        (104, 3 * 60, (), EventKind.MOTION, False),
        (105, 3 * 60 + 30, ("package",), ring, False),
        (106, 25 * 60, (), ring, False),
    ):
        started = midnight + timedelta(minutes=minutes)
        await save(home, clip_file, number, started, *labels, kind=kind, back=back)

    told = await act(home, "get_day", day="2026-10-25")
    assert told == {
        "day": "2026-10-25",
        "clips": 4,
        "rings": 2,
        "labels": {"person": 2, "animal": 1, "package": 1},
        "hours": [
            {
                "begins": "2026-10-25T00:00:00+02:00",
                "hour": 0,
                "clips": 1,
                "rings": 1,
                "labels": {"person": 1},
            },
            {
                "begins": "2026-10-25T02:00:00+02:00",
                "hour": 2,
                "clips": 1,
                "rings": 0,
                "labels": {"person": 1, "animal": 1},
            },
            {
                "begins": "2026-10-25T02:00:00+01:00",
                "hour": 2,
                "clips": 2,
                "rings": 1,
                "labels": {"package": 1},
            },
        ],
    }
    told = await act(
        home, "get_day", day="2026-10-25", entity_id=home.camera(home.back)
    )
    assert (told["clips"], told["rings"]) == (1, 0)


async def test_today_is_the_day_that_is_meant_by_none(
    home: Home, clip_file: Path
) -> None:
    await save(home, clip_file, 101, dt_util.utcnow())
    told = await act(home, "get_day")
    assert told["day"] == dt_util.now().date().isoformat()
    assert told["clips"] == 1


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("find_clips", {"event": "nonsense"}),
        ("find_clips", {"labels": "postman"}),
        ("find_clips", {"from": "soon"}),
        ("find_clips", {"to": "9999-12-31 23:59:59"}),
        ("find_clips", {"limit": 0}),
        ("find_clips", {"limit": 1001}),
        ("find_clips", {"clip_id": "1"}),
        ("get_day", {"day": "yesterday"}),
        ("get_day", {"day": "9999-12-31"}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    home: Home, action: str, data: dict[str, Any]
) -> None:
    # The last second of the year 9999 is in the year 10000 in UTC.
    await home.hass.config.async_set_time_zone("America/New_York")
    with pytest.raises(vol.Invalid):
        await act(home, action, **data)


async def test_a_target_that_means_no_doorbell_is_said(home: Home) -> None:
    """An error is raised instead of finding nothing."""
    home.hass.states.async_set("light.kitchen", "on")
    other = MockConfigEntry(domain="maker")
    other.add_to_hass(home.hass)
    for action in ("find_clips", "get_day"):
        told = await refused(home, action, entity_id="light.kitchen")
        assert told == "no_doorbell"
