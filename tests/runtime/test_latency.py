"""Test the delay of events, by transport."""

from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.demo_visits import PLANTED, diagnose, event

pytestmark = pytest.mark.usefixtures("doorwatch")


@pytest.mark.lesson(4)
async def test_each_way_by_which_events_come_is_told_with_how_late_they_are(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Sensor, event entity and webhook are listed before the first event, too."""
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
    """The source causes a late clip, and the diagnostics show its delay."""
    coordinator = demo.runtime_data
    with patch("custom_components.doorwatch.coordinator.INEXACT", 60.0):
        for ago in (7.0, 0.0):
            coordinator.handle_event(event(EventKind.MOTION, ago))
    found = await diagnose(hass, demo)

    assert found["events"]["counted"] == 2
    assert found["events"]["worst"] == pytest.approx(7, abs=1)
    assert found["events"]["last"] == pytest.approx(0, abs=1)
    # An event that is too late for a clip is counted.
    assert found["recorder"]["events_too_late"] == 1
