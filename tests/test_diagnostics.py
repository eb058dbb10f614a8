"""Diagnostics tell facts and no secrets."""

import json
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_CLIENT_ADDRESSES,
    CONF_FOLDER,
    CONF_KIND,
    CONF_MOTION_ENTITY,
    CONF_PASSWORD,
    CONF_PIN,
    CONF_RING_ENTITY,
    CONF_SHARERS,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_UPLOAD_CODE,
    CONF_USERNAME,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    KIND_HOUSEHOLD,
    SOURCE_RTSP,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.engine.clips.library import LibraryError
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.conftest import Until
from tests.sharing_fixtures import FakeAgency
from tests.test_init import event, record

PLANTED = "pl4nted"


async def diagnose(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Set the entry up and return what is told, as it would be downloaded."""
    if entry not in hass.config_entries.async_entries(DOMAIN):
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    text = json.dumps(
        await async_get_config_entry_diagnostics(hass, entry), default=str
    )
    assert PLANTED not in text
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture(autouse=True)
def ready(doorwatch: HomeAssistant) -> None:
    """Find Doorwatch in every test here."""


async def test_a_doorbell_tells_no_address_and_no_login(hass: HomeAssistant) -> None:
    """Nor where its events come from."""
    found = await diagnose(
        hass,
        MockConfigEntry(
            domain=DOMAIN,
            title="Front",
            data={
                CONF_KIND: KIND_DOORBELL,
                CONF_SOURCE: SOURCE_RTSP,
                CONF_STREAM: f"rtsp://127.0.0.1:9/{PLANTED}",
                CONF_SUB_STREAM: f"rtsp://127.0.0.1:9/sub-{PLANTED}",
                CONF_USERNAME: f"user-{PLANTED}",
                CONF_PASSWORD: PLANTED,
                CONF_WEBHOOK_ID: f"hook-{PLANTED}",
            },
            options={
                CONF_MOTION_ENTITY: f"binary_sensor.{PLANTED}",
                CONF_RING_ENTITY: f"event.{PLANTED}",
                "pre_roll": 7,
            },
        ),
    )

    assert found["options"]["pre_roll"] == 7
    assert found["doorbell"]["connected"] is False
    assert found["doorbell"]["last_clip"] is None
    assert found["recorder"]["connected"] is False
    assert found["recorder"]["sub_stream"]["configured"] is True
    assert found["recorder"]["sub_stream"]["watched"] is None
    assert found["events"] == {
        "counted": 0,
        "last": None,
        "worst": None,
        "by_transport": {},
        "dropped": {},
    }


@pytest.mark.lesson(4)
async def test_a_doorbell_tells_of_its_last_clip_and_of_late_events(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """Enough to see what is wrong with a recording."""
    await record(hass, demo, until)
    found = await diagnose(hass, demo)

    assert found["doorbell"]["clips"] == 1
    assert found["doorbell"]["last_clip"]["video_codec"] == "h264"
    assert found["doorbell"]["last_clip"]["frames"] > 0
    assert found["events"]["counted"] == 1
    assert found["events"]["worst"] >= 0
    assert found["transport"] == {
        "source": "demo",
        "integration": None,
        "clips_kept_by": None,
        "other_events": [],
        "video": "http/loopback",
        "events": "demo",
    }


@pytest.mark.lesson(4)
async def test_each_way_by_which_events_come_is_told_with_how_late_they_are(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """By sensor, event entity and webhook, also before anything happened."""
    assert await async_setup_component(hass, "webhook", {})
    hass.states.async_set("binary_sensor.pir", "off")
    hass.states.async_set("event.gong", "unknown")
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Front",
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: "rtsp://127.0.0.1:9/nobody",
            CONF_WEBHOOK_ID: f"hook-{PLANTED}",
        },
        options={
            CONF_MOTION_ENTITY: "binary_sensor.pir",
            CONF_RING_ENTITY: "event.gong",
            CONF_WEBHOOK: True,
        },
    )
    ways = ["binary_sensor", "event", "webhook"]
    found = await diagnose(hass, entry)
    assert found["transport"] == {
        "source": "rtsp",
        "integration": None,
        "clips_kept_by": None,
        "other_events": ways,
        "video": "rtsp/tcp",
    }
    assert found["events"]["by_transport"] == {}

    hass.states.async_set("binary_sensor.pir", "on")
    hass.states.async_set(
        "event.gong", dt_util.utcnow().isoformat(), {"event_type": "ring"}
    )
    await hass.async_block_till_done()
    client = await hass_client_no_auth()
    answer = await client.post(f"/api/webhook/hook-{PLANTED}?event=ring")
    assert answer.status == 200

    late = (await diagnose(hass, entry))["events"]["by_transport"]
    assert sorted(late) == ways
    for way in ways:
        assert late[way]["counted"] == 1
        assert late[way]["last"] >= 0


@pytest.mark.lesson(4)
async def test_a_late_event_is_seen_as_late(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Whose fault a late clip is: the source's, and by how much."""
    coordinator = demo.runtime_data
    coordinator._started -= 60
    for ago in (7.0, 0.0):
        coordinator.handle_event(event(EventKind.MOTION, ago))
    found = await diagnose(hass, demo)

    assert found["events"]["counted"] == 2
    assert found["events"]["worst"] == pytest.approx(7, abs=1)
    assert found["events"]["last"] == pytest.approx(0, abs=1)
    # What comes too late for a clip is said, too.
    assert found["recorder"]["events_too_late"] == 1


async def test_an_agency_tells_no_code(hass: HomeAssistant) -> None:
    """What it publishes is its own business."""
    entry = FakeAgency(terms=f"Terms {PLANTED}").entry()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        unique_id=entry.unique_id,
        data={**entry.data, CONF_UPLOAD_CODE: PLANTED},
    )
    found = await diagnose(hass, entry)

    assert found["agency"]["compared"] is True
    assert found["agency"]["document"]["seq"] == 1
    assert entry.runtime_data.data.document.host not in json.dumps(found)


async def test_the_household_tells_counts_and_whether_the_ledger_is_whole(
    hass: HomeAssistant, tmp_path: Any
) -> None:
    """No names, no PIN."""
    found = await diagnose(
        hass,
        MockConfigEntry(
            domain=DOMAIN,
            title="Home",
            unique_id=KIND_HOUSEHOLD,
            data={CONF_KIND: KIND_HOUSEHOLD},
            options={
                CONF_PIN: f"scrypt${PLANTED}",
                CONF_SHARERS: [PLANTED],
                CONF_CLIENT_ADDRESSES: [f"https://{PLANTED}.example"],
                CONF_FOLDER: str(tmp_path / PLANTED),
            },
        ),
    )

    assert found["chain_broken_at"] is None
    assert isinstance(found["ledger"], dict)


@pytest.mark.usefixtures("doorwatch")
async def test_an_entry_that_cannot_be_set_up_says_why(
    hass: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """That is when somebody needs it."""
    demo_entry.add_to_hass(hass)
    with patch(
        "custom_components.doorwatch.household.household.Library.open",
        side_effect=LibraryError("folder_not_writable"),
    ):
        assert not await hass.config_entries.async_setup(demo_entry.entry_id)
    found = await diagnose(hass, demo_entry)

    assert (found["state"], found["reason"]) == ("setup_retry", "folder_not_writable")
    assert "doorbell" not in found
