"""Test the entities of doorbells and agencies with snapshots."""

from random import SystemRandom
from unittest.mock import patch

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.doorwatch import PLATFORMS
from custom_components.doorwatch.const import DOMAIN, KIND_AGENCY, KIND_DOORBELL
from tests.conftest import Until
from tests.sharing_fixtures import FakeAgency

draw = SystemRandom.getrandbits


def token(generator: SystemRandom, bits: int) -> int:
    """Return a constant for access tokens, and random numbers otherwise."""
    return 123123123123 if bits == 256 else draw(generator, bits)


@pytest.mark.parametrize("platform", PLATFORMS[KIND_DOORBELL])
async def test_entities_of_a_doorbell(
    hass: HomeAssistant,
    doorwatch: HomeAssistant,
    demo_entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    until: Until,
    platform: Platform,
) -> None:
    with (
        patch.dict(PLATFORMS, {KIND_DOORBELL: [platform]}),
        patch("random.SystemRandom.getrandbits", token),
    ):
        demo_entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(demo_entry.entry_id)
        await until(lambda: demo_entry.runtime_data.data.connected)
        await snapshot_platform(hass, entity_registry, snapshot, demo_entry.entry_id)


@pytest.mark.parametrize("platform", PLATFORMS[KIND_AGENCY])
async def test_entities_of_an_agency(
    hass: HomeAssistant,
    doorwatch: HomeAssistant,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    platform: Platform,
) -> None:
    published = FakeAgency().entry()
    entry = MockConfigEntry(
        domain=DOMAIN,
        entry_id="01AGENCY000000000000000000",
        title=published.title,
        unique_id=published.unique_id,
        data=published.data,
    )
    with patch.dict(PLATFORMS, {KIND_AGENCY: [platform]}):
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_the_device_of_a_doorbell(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    (device,) = dr.async_entries_for_config_entry(device_registry, demo.entry_id)

    assert (device.name, device.model, device.entry_type) == (
        "Front door",
        "Demo doorbell",
        None,
    )
