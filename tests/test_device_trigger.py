"""Test the device triggers of a doorbell."""

from typing import Any

from homeassistant.components.device_automation import (
    DeviceAutomationType,
    async_get_device_automations,
)
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.doorwatch.const import CONF_CAMERA, DOMAIN
from custom_components.doorwatch.registry import doorbell_entries
from tests.cameras.fixtures import Links
from tests.rtsp.fixtures import RtspServer
from tests.test_trigger import save
from tests.translation_guard import texts

TYPES = ["clip_saved", "ring_saved", "motion_saved"]


def device_of(hass: HomeAssistant, entry: MockConfigEntry) -> str:
    """Return the id of a doorbell's device."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return device.id


async def automate(hass: HomeAssistant, device_id: str, kind: str) -> list[ServiceCall]:
    """Make an automation, and return the list that collects its calls."""
    calls = async_mock_service(hass, "test", "act")
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "alias": "Test",
                "triggers": {
                    "trigger": "device",
                    "domain": DOMAIN,
                    "device_id": device_id,
                    "type": kind,
                },
                "actions": {
                    "action": "test.act",
                    "data": {"clip": "{{ trigger.clip_id }} {{ trigger.labels }}"},
                },
            }
        },
    )
    await hass.async_block_till_done()
    return calls


async def test_the_page_of_a_doorbell_offers_its_triggers(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Each trigger has a text, and other devices have no trigger of Doorwatch."""
    other = MockConfigEntry(domain="maker")
    other.add_to_hass(hass)
    stranger = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("maker", "1")}
    )
    offered = await async_get_device_automations(
        hass, DeviceAutomationType.TRIGGER, [device_of(hass, demo), stranger.id]
    )

    def ours(device_id: str) -> list[Any]:
        return [one["type"] for one in offered[device_id] if one["domain"] == DOMAIN]

    assert ours(device_of(hass, demo)) == TYPES
    assert ours(stranger.id) == []
    assert list(texts()["device_automation"]["trigger_type"]) == TYPES


@pytest.mark.parametrize(
    ("kind", "runs"), [("clip_saved", 2), ("ring_saved", 1), ("motion_saved", 1)]
)
async def test_clips_of_the_device_trigger_by_what_happened(
    hass: HomeAssistant, demo: MockConfigEntry, kind: str, runs: int
) -> None:
    """The trigger has the same variables as doorwatch.clip_saved."""
    calls = await automate(hass, device_of(hass, demo), kind)
    await save(hass)
    await save(hass, event="motion", kinds=["motion"])
    await save(hass, doorbell_id="another")

    assert len(calls) == runs
    assert calls[0].data["clip"] == "0199cccc ['person']"


async def test_a_device_that_is_linked_means_the_doorbell_that_joined_it(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The UI doesn't offer the trigger for the linked device, but YAML can use it."""
    camera = await links.camera("Front", rtsp_server.address())
    entry = await links.link(camera="camera.front", events={})
    assert entry in doorbell_entries(hass)
    assert CONF_CAMERA in entry.data
    calls = await automate(hass, device_of(hass, camera), "ring_saved")

    await save(hass, doorbell_id=entry.entry_id)
    await save(hass, doorbell_id="another")

    assert len(calls) == 1
