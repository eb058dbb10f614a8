"""Test that diagnostics contain facts but no secrets."""

import json
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_CLIENT_ADDRESSES,
    CONF_FOLDER,
    CONF_KEEP,
    CONF_KIND,
    CONF_LABELS,
    CONF_MOTION_ENTITY,
    CONF_NOTICES,
    CONF_OPEN_TO_PLAYERS,
    CONF_PASSWORD,
    CONF_PIN,
    CONF_POSITION,
    CONF_PROXY,
    CONF_REQUESTS,
    CONF_RING_ENTITY,
    CONF_SHARERS,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_UPLOAD_CODE,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    KIND_HOUSEHOLD,
    SOURCE_RTSP,
)
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.model import REASONS
from tests.conftest import Until
from tests.demo_visits import PLANTED, diagnose, record
from tests.sharing_fixtures import FakeAgency


@pytest.fixture(autouse=True)
def ready(doorwatch: HomeAssistant) -> None:
    """Let Home Assistant find Doorwatch in all tests of this module."""


async def test_a_doorbell_tells_no_address_and_no_login(hass: HomeAssistant) -> None:
    """Entities that are the sources of its events are also left out."""
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
                "a_later_setting": PLANTED,
            },
            options={
                CONF_MOTION_ENTITY: f"binary_sensor.{PLANTED}",
                CONF_RING_ENTITY: f"event.{PLANTED}",
                CONF_REQUESTS: {CONF_POSITION: {"latitude": PLANTED}},
                CONF_LABELS: {"person": [f"binary_sensor.{PLANTED}"]},
                CONF_KEEP: {"person": 3},
                "pre_roll": 7,
            },
        ),
    )

    assert found["data"]["source"] == "rtsp"
    assert found["data"]["password"] == "**REDACTED**"
    assert found["options"]["pre_roll"] == 7
    assert found["options"]["keep"]["person"] == 3
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
    await record(hass, demo, until)
    found = await diagnose(hass, demo)

    assert found["doorbell"]["clips"] == 1
    assert found["doorbell"]["kept_days"] == dict.fromkeys(REASONS, 30)
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


async def test_an_agency_tells_no_code(hass: HomeAssistant) -> None:
    entry = FakeAgency(terms=f"Terms {PLANTED}").entry()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        unique_id=entry.unique_id,
        data={
            **entry.data,
            CONF_UPLOAD_CODE: PLANTED,
            "a_later_setting": {"code": [PLANTED]},
        },
    )
    found = await diagnose(hass, entry)

    assert found["agency"]["compared"] is True
    assert found["agency"]["document"]["seq"] == 1
    assert entry.runtime_data.data.document.host not in json.dumps(found)


async def test_the_household_tells_counts_and_whether_the_ledger_is_whole(
    hass: HomeAssistant, tmp_path: Any
) -> None:
    """The diagnostics contain neither names nor the PIN."""
    found = await diagnose(
        hass,
        MockConfigEntry(
            domain=DOMAIN,
            title="Home",
            unique_id=KIND_HOUSEHOLD,
            data={CONF_KIND: KIND_HOUSEHOLD},
            options={
                CONF_PIN: f"scrypt${PLANTED}",
                CONF_PROXY: f"http://kim:{PLANTED}@proxy.example:3128",
                CONF_SHARERS: [PLANTED],
                CONF_CLIENT_ADDRESSES: [f"https://{PLANTED}.example"],
                CONF_FOLDER: str(tmp_path / PLANTED),
                CONF_NOTICES: {"buttons": [{"name": PLANTED, "script": PLANTED}]},
                CONF_OPEN_TO_PLAYERS: [PLANTED],
                CONF_REQUESTS: {
                    CONF_POSITION: {"latitude": PLANTED},
                    "a_later_setting": {"words": PLANTED},
                },
                "a_later_setting": PLANTED,
            },
        ),
    )

    assert found["chain_broken_at"] is None
    assert isinstance(found["ledger"], dict)


@pytest.mark.usefixtures("doorwatch")
async def test_an_entry_that_cannot_be_set_up_says_why(
    hass: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    demo_entry.add_to_hass(hass)
    with patch(
        "custom_components.doorwatch.domain.opening.Library.open",
        side_effect=LibraryError("folder_not_writable"),
    ):
        assert not await hass.config_entries.async_setup(demo_entry.entry_id)
    found = await diagnose(hass, demo_entry)

    assert (found["state"], found["reason"]) == ("setup_retry", "folder_not_writable")
    assert "doorbell" not in found
