"""Ring doorbells, without a stream and with a last recording that is updated late."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from homeassistant.components.camera import async_get_image
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_MOTION_ENTITY,
    CONF_PROVIDER,
    CONF_RING_ENTITY,
    DOMAIN,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.outside.reach import may_connect
from tests.cameras.fixtures import Links, suggestions
from tests.cameras.vendors.ring import RingCloud
from tests.conftest import Until
from tests.discovery.offers import offered_cameras
from tests.fetched.scene import RingScene
from tests.repairs.fixes import answer_fix, start_fix


async def test_the_recording_of_a_ring_becomes_a_clip_once_it_is_there(
    scene: RingScene, caplog: pytest.LogCaptureFixture
) -> None:
    """The previous recording is ignored, and the address is never stored."""
    await scene.happens("ding", 101)
    await scene.waits()
    await scene.ring.poll()
    await scene.looked()
    assert not scene.videos.asked

    await scene.ready(101)

    clip = await scene.clip()
    assert scene.videos.asked == ["/new.mp4"]
    assert clip.event == "ring"
    (line,) = [
        line
        for line in await scene.hass.data[DATA].ledger.lines(limit=10)
        if line.data.get("sha256") == clip.sha256
    ]
    assert line.data["fetched_from"] == clip.fetched_from == "ring"
    assert await scene.read(clip.path) == scene.videos.content
    picture = await scene.read(clip.thumbnail)
    assert picture[:2] == b"\xff\xd8"
    shown = await async_get_image(scene.hass, "camera.front_door_doorwatch")
    assert shown.content == picture
    assert abs(clip.started_at - datetime.now(UTC)) < timedelta(minutes=2)
    told = await async_get_config_entry_diagnostics(scene.hass, scene.entry)
    assert told["transport"]["integration"] == "ring"
    assert told["transport"]["clips_kept_by"] == "ring"
    assert told["transport"]["other_events"] == ["event", "webhook"]
    assert list(told["events"]["by_transport"]) == ["event"]
    assert "5ecre7" not in str(told)
    ours = [r.getMessage() for r in caplog.records if "doorwatch" in r.pathname]
    assert not [line for line in ours if "5ecre7" in line]


async def test_a_change_of_the_id_is_enough(scene: RingScene) -> None:
    """A new ID is sufficient if core's integration changes its other data."""
    with scene.no_history():
        await scene.ring.push("motion", 113)
        await scene.waits()
        await scene.ring.poll()
        await scene.looked()
        assert not scene.videos.asked
        scene.ring.happens("motion", 113)
        await scene.ready(113)
        assert (await scene.clip()).event == "motion"

    assert scene.videos.asked == ["/new.mp4"]


async def test_the_first_recording_that_is_seen_may_be_an_old_one(
    unasked: RingScene,
) -> None:
    """No previous recording was known, and the recording has no time."""
    scene = unasked
    with scene.no_history():
        await scene.ring.push("motion", 114)
        await scene.waits()
        await scene.ring.poll()
        await scene.looked()
        with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
            await scene.waits(0)

    assert not scene.videos.asked


async def test_bell_and_motion_of_the_doorbell_are_suggested(
    links: Links, ring: RingCloud
) -> None:
    """The flow doesn't mention pre-roll or connection, because Ring records."""
    await ring.set_up()
    assert offered_cameras(links.hass) == [ring.entity_id("camera", "live_view")]

    form = await links.begin(camera=ring.entity_id("camera", "live_view"))

    assert suggestions(form) == {
        CONF_MOTION_ENTITY: ring.entity_id("event", "motion"),
        CONF_RING_ENTITY: ring.entity_id("event", "ding"),
    }
    schema = form["data_schema"]
    assert schema is not None
    assert {str(marker) for marker in schema.schema} == {
        CONF_NAME,
        CONF_MOTION_ENTITY,
        CONF_RING_ENTITY,
        "labels",
        "webhook",
    }


async def test_without_a_plan_it_is_said_that_nothing_can_be_fetched(
    links: Links, ring: RingCloud
) -> None:
    """The flow reports the missing plan before it stores anything."""
    ring.plan = False
    await ring.set_up()

    form = await links.begin(camera=ring.entity_id("camera", "live_view"))

    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"camera": "needs_plan"}


async def test_the_disabled_entity_is_enabled_from_the_repair(
    hass: HomeAssistant,
    links: Links,
    ring: RingCloud,
    until: Until,
    hass_client: ClientSessionGenerator,
) -> None:
    """Recordings can't be fetched while the entity is disabled."""
    await ring.set_up()
    entry = await links.link(camera=ring.entity_id("camera", "live_view"))
    assert entry.data[CONF_PROVIDER] == "ring"
    issue_id = f"recordings_disabled_{entry.entry_id}"
    issues = ir.async_get(hass)
    await until(lambda: issues.async_get_issue(DOMAIN, issue_id))

    form = await start_fix(hass, hass_client, issue_id)
    done = await answer_fix(hass_client, form, {})

    assert done["type"] == "create_entry"
    registered = er.async_get(hass).async_get(
        ring.entity_id("camera", "last_recording")
    )
    assert registered is not None
    assert registered.disabled_by is None
    await until(lambda: not issues.async_get_issue(DOMAIN, issue_id))


@pytest.mark.parametrize("kind", ["on_demand", "motion"])
async def test_what_is_not_of_the_event_is_not_taken(
    scene: RingScene, kind: str
) -> None:
    """The recording is of a live view, or of an older event whose video is late."""
    ago = timedelta() if kind == "on_demand" else timedelta(minutes=5)
    scene.ring.happens(kind, 104, datetime.now(UTC) - ago)
    await scene.ring.push("ding", 105)
    await scene.ready(104, "other")
    await scene.looked()
    scene.ring.happens("ding", 105)
    await scene.ready(105)
    await scene.clip()

    assert scene.videos.asked == ["/new.mp4"]


async def test_an_address_at_home_is_not_asked(scene: RingScene) -> None:
    """A compromised cloud must not reach the local network."""
    await scene.happens("ding", 110)
    with patch(
        "custom_components.doorwatch.engine.outside.door.may_connect", may_connect
    ):
        await scene.ready(110)
        await scene.waits(0)

    assert scene.told("problem") == "address_refused"
    assert not scene.videos.asked


async def test_the_state_machine_is_not_asked_for_the_address(scene: RingScene) -> None:
    """Anyone with an access token can set states."""
    await scene.ring.push("ding", 111)
    scene.hass.states.async_set(
        scene.ring.entity_id("camera", "last_recording"),
        "idle",
        {"last_video_id": 111, "video_url": scene.videos.address("planted")},
    )
    await scene.looked()
    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        await scene.waits(0)

    assert not scene.videos.asked


@pytest.mark.parametrize(
    ("seen", "labels"),
    [
        ({"person_detected": True, "detection_type": None}, {"person": "ring"}),
        ({"person_detected": None, "detection_type": "human"}, {"person": "ring"}),
        ({"person_detected": None, "detection_type": "motion"}, {}),
        (None, {}),
        ("human", {}),
    ],
)
async def test_a_person_in_the_history_is_a_label_of_the_clip(
    scene: RingScene, seen: object, labels: dict[str, str]
) -> None:
    """The label is found in each form in which Ring reports a person."""
    scene.ring.happens("motion", 140)["cv_properties"] = seen
    await scene.ring.push("motion", 140)

    await scene.ready(140)

    assert (await scene.clip()).labels == labels
