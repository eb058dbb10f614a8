"""Test that the examples of automations in the documentation do what they describe."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
import re
from typing import Any
from unittest.mock import AsyncMock

from freezegun import freeze_time
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
)

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.outside.errors import OutsideError
from custom_components.doorwatch.signals import (
    EVENT_CLIP_CHANGED,
    EVENT_CLIP_SAVED,
    SIGNAL_CLIP_RECOVERED,
)
from tests import waiting
from tests.conftest import Until
from tests.engine.sharing.requests.items import request
from tests.repository import ROOT
from tests.requests.asking import around, publish
from tests.requests.test_board import let_the_time_come
from tests.sharing_fixtures import Home, record, set_state

PAGE = "docs/automations.md"
CAMERA, PHONE = "camera.front_door", "mobile_app_phone"
# The heading and the code block.
_EXAMPLE = re.compile(
    r"^### ([^\n]+)\n\n(?:[^\n]+\n\n)?```yaml\n(triggers:.*?)```",
    re.DOTALL | re.MULTILINE,
)


def examples() -> dict[str, str]:
    """Return the examples of automations by heading."""
    text = (ROOT / PAGE).read_text()
    found = dict(_EXAMPLE.findall(text))
    assert len(found) == text.count("```yaml\n")
    return found


@pytest.fixture(autouse=True)
async def no_more(hass: HomeAssistant) -> AsyncIterator[None]:
    """Turn off all automations after the test, so that none waits for a time."""
    yield
    if hass.services.has_service("automation", "turn_off"):
        await hass.services.async_call(
            "automation", "turn_off", {"entity_id": "all"}, blocking=True
        )


async def paste(hass: HomeAssistant, name: str, **replaced: str) -> None:
    """Make an automation of an example."""
    text = examples()[name]
    for old, new in replaced.items():
        text = text.replace(old, new)
    automation = parse_yaml(text)
    assert isinstance(automation, dict)
    assert await async_setup_component(
        hass, "automation", {"automation": {"alias": name, **automation}}
    )
    await hass.async_block_till_done()
    (state,) = hass.states.async_all("automation")
    assert state.state == "on"


@pytest.fixture
def phone(hass: HomeAssistant) -> list[ServiceCall]:
    """Collect the messages to the phone."""
    return async_mock_service(hass, "notify", PHONE)


@pytest.fixture
async def front(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Name the camera as the examples do, and let requests to agencies fail.

    Tests set the clock forward, which also triggers the timers of the agency.
    """
    monkeypatch.setattr(
        home.data.outside,
        "fetch",
        AsyncMock(side_effect=OutsideError("cannot_connect")),
    )
    er.async_get(home.hass).async_update_entity(
        home.camera(home.front), new_entity_id=CAMERA
    )
    await home.hass.async_block_till_done()
    return home


async def save(
    home: Home,
    file: Path,
    number: int,
    *labels: str,
    started: datetime | None = None,
    kind: EventKind = EventKind.RING,
) -> Clip:
    """Save a clip and announce it."""
    clip = await home.hass.async_add_executor_job(
        partial(
            record,
            home.data,
            home.front.entry_id,
            file,
            f"0199c0de-0000-7000-8000-000000000{number}",
            started=started or dt_util.utcnow() - timedelta(seconds=5),
            kind=kind,
            labels=dict.fromkeys(labels, "onvif"),
        )
    )
    saved = async_capture_events(home.hass, EVENT_CLIP_SAVED)
    async_dispatcher_send(home.hass, SIGNAL_CLIP_RECOVERED, clip)
    await home.hass.async_block_till_done()
    assert saved
    return clip


async def at(hass: HomeAssistant, moment: datetime) -> None:
    """Run the automation at this time, if its conditions allow it."""
    with freeze_time(moment, tick=True):
        await hass.services.async_call(
            "automation",
            "trigger",
            {"entity_id": "all", "skip_condition": False},
            blocking=True,
        )
        await hass.async_block_till_done()


async def test_yesterdays_rings_are_exported(
    front: Home, clip_file: Path, tmp_path: Path
) -> None:
    """The export contains the rings of yesterday in local time, and no motion."""
    hass, folder = front.hass, tmp_path / "exports"
    folder.mkdir()
    hass.config.allowlist_external_dirs = {str(folder)}
    today = dt_util.start_of_local_day()
    yesterday = today - timedelta(days=1)
    for number, started, kind in (
        (301, yesterday - timedelta(seconds=1), EventKind.RING),
        (302, yesterday, EventKind.RING),
        (303, yesterday + timedelta(hours=3), EventKind.MOTION),
        (304, today - timedelta(seconds=1), EventKind.RING),
        (305, today, EventKind.RING),
    ):
        await save(front, clip_file, number, started=dt_util.as_utc(started), kind=kind)
    await paste(
        hass, "Export yesterday's rings each night", **{"/media/doorbell": str(folder)}
    )

    for _ in range(2):
        await at(hass, today + timedelta(minutes=10))
        names = await hass.async_add_executor_job(
            lambda: sorted(path.name for path in folder.iterdir())
        )
        assert names == [
            f"front_{yesterday:%Y-%m-%d}_00-00-00.mp4",
            f"front_{yesterday:%Y-%m-%d}_23-59-59.mp4",
        ]


async def test_a_parcel_is_told(
    front: Home, clip_file: Path, phone: list[ServiceCall]
) -> None:
    await paste(front.hass, "A package came")
    await save(front, clip_file, 301, "person")
    clip = await save(front, clip_file, 302, "package", "person")

    (call,) = phone
    assert call.data["data"]["url"] == f"/doorwatch/clip/{clip.clip_id}"
    assert call.data["data"]["image"].startswith("/api/doorwatch/thumbnail/")


async def test_the_gate_tells_of_people_and_of_no_cat(
    front: Home, clip_file: Path, phone: list[ServiceCall]
) -> None:
    hass = front.hass

    async def opens() -> int:
        hass.states.async_set("binary_sensor.gate", "off")
        hass.states.async_set("binary_sensor.gate", "on")
        await hass.async_block_till_done()
        return len(phone)

    await paste(hass, "The gate was opened, and it was no cat")
    early = dt_util.utcnow() - timedelta(minutes=11)
    await save(front, clip_file, 301, "person", started=early)
    await save(front, clip_file, 302, "animal")
    assert await opens() == 0
    await save(front, clip_file, 303, "vehicle")
    assert await opens() == 1


async def test_it_restarts_on_a_sunday_once_no_clip_is_recorded(front: Home) -> None:
    """The restart waits for the end of the clip, and is not skipped for a week."""
    hass = front.hass
    restarts = async_mock_service(hass, "homeassistant", "restart")
    await paste(hass, "Restart each week, but not in the middle of a clip")
    now = dt_util.now().replace(hour=4, minute=0, second=0, microsecond=0)
    sunday = now + timedelta(days=6 - now.weekday() + 7)

    set_state(front.front, recording=True)
    await at(hass, sunday)
    assert not restarts
    set_state(front.front, recording=False)
    await at(hass, sunday + timedelta(minutes=15))
    await at(hass, sunday + timedelta(minutes=30))
    assert len(restarts) == 1
    await at(hass, sunday + timedelta(days=1))
    assert len(restarts) == 1
    await at(hass, sunday + timedelta(days=7))
    assert len(restarts) == 2


async def test_the_day_is_told_in_one_message(
    front: Home, clip_file: Path, phone: list[ServiceCall]
) -> None:
    begin = dt_util.start_of_local_day()
    for number, hour, kind, labels in (
        (301, 9, EventKind.RING, ("package", "person")),
        (302, 17, EventKind.MOTION, ()),
        (303, 17, EventKind.RING, ("person",)),
    ):
        started = dt_util.as_utc(begin + timedelta(hours=hour, minutes=number - 300))
        await save(front, clip_file, number, *labels, started=started, kind=kind)
    await paste(front.hass, "The day in one message")

    await at(front.hass, begin + timedelta(hours=21))

    (call,) = phone
    words = " ".join(call.data["message"].split())
    assert words == "3 clips today, 2 rings, 1 with a package. Most at 17 o'clock."


async def test_what_happened_at_an_alarm_is_kept(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The automation keeps the clip that it requested, when it is saved."""
    changed = async_capture_events(hass, EVENT_CLIP_CHANGED)
    await paste(hass, "Keep what happened at an alarm")
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    hass.states.async_set("alarm_control_panel.home", "triggered")
    # The automation waits for the clip, so the fixture would wait until it is saved.
    await waiting.until(lambda: demo.runtime_data.recorder.ongoing)
    demo.runtime_data.recorder.let_go()
    await until(lambda: changed)

    assert changed[0].data["change"] == "protected"
    (clip,) = await hass.data[DATA].library.list([demo.entry_id])
    assert clip.protected
    assert clip.event == "manual"


async def test_what_only_a_cat_did_is_deleted(front: Home, clip_file: Path) -> None:
    """Clips that also have a person or a ring are kept."""
    await paste(front.hass, "Delete what only a cat did")
    motion = EventKind.MOTION
    cat = await save(front, clip_file, 301, "animal", kind=motion)
    walk = await save(front, clip_file, 302, "animal", "person", kind=motion)
    rang = await save(front, clip_file, 303, "animal")
    await front.hass.async_block_till_done()

    assert await front.data.library.get(cat.clip_id) is None
    for clip in (walk, rang):
        assert await front.data.library.get(clip.clip_id) is not None


async def test_a_ring_shows_its_picture_on_the_phone(
    front: Home, clip_file: Path, phone: list[ServiceCall]
) -> None:
    """A tap on the message opens the clip."""
    await paste(front.hass, "An image on the phone when someone rings")
    await save(front, clip_file, 301, kind=EventKind.MOTION)
    clip = await save(front, clip_file, 302)

    (call,) = phone
    assert call.data["data"]["clickAction"] == f"/doorwatch/clip/{clip.clip_id}"


async def test_clips_from_while_nobody_was_at_home_are_kept(
    front: Home, clip_file: Path
) -> None:
    await paste(front.hass, "Keep every clip from while you were away")
    for number, state, protected in ((301, "home", False), (302, "not_home", True)):
        front.hass.states.async_set("group.family", state)
        clip = await save(front, clip_file, number)
        found: Any = await front.data.library.get(clip.clip_id)
        assert found.protected is protected


def test_each_example_is_tried_above() -> None:
    """Each example's heading appears in this file."""
    text = Path(__file__).read_text()
    assert not [name for name in examples() if f'"{name}"' not in text]


async def test_a_request_that_fits_is_said_at_home(front: Home) -> None:
    """The announcement has the number of clips that match."""
    await paste(
        front.hass, "Say that an agency asks about a time of which you have clips"
    )
    said = async_mock_service(front.hass, "persistent_notification", "create")
    await publish(front.hass, front.agency, request("r1", around(front.hass)))
    await let_the_time_come(front, 1)
    await waiting.until(lambda: said)
    assert said[0].data["message"].startswith("2 of your clips match a request.")


async def test_the_best_clip_is_suggested_as_an_answer(front: Home) -> None:
    """The suggestion shares nothing."""
    await paste(front.hass, "Suggest the best clip as the answer to a request")
    await publish(front.hass, front.agency, request("r1", around(front.hass)))
    await let_the_time_come(front, 1)
    listed = front.hass.data[DATA].proposals.async_list
    await waiting.until(listed)
    [proposal] = await listed()
    assert proposal.request_id == "r1"
    assert proposal.clip_id in (front.clip.clip_id, front.back_clip.clip_id)
    assert await front.shares() == []
