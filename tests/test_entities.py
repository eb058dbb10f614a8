"""What entities show, and what an open camera or image gives."""

from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from homeassistant.components.camera import (
    async_get_image as async_get_still,
    async_get_stream_source,
)
from homeassistant.components.image import async_get_image
from homeassistant.components.sensor import SensorEntity, SensorExtraStoredData
from homeassistant.const import ATTR_ENTITY_PICTURE, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_component import DATA_INSTANCES
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.doorwatch import PLATFORMS
from custom_components.doorwatch.const import DOMAIN, KIND_AGENCY, KIND_DOORBELL
from tests.conftest import Until
from tests.sharing_fixtures import FakeAgency
from tests.test_init import record

JPEG = b"\xff\xd8"


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
    """One platform after the other, as registered and as shown."""
    with (
        patch.dict(PLATFORMS, {KIND_DOORBELL: [platform]}),
        patch("random.SystemRandom.getrandbits", return_value=123123123123),
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
    """A service: nothing of it is a device in the house."""
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
    """One device for all entities."""
    (device,) = dr.async_entries_for_config_entry(device_registry, demo.entry_id)

    assert (device.name, device.model, device.entry_type) == (
        "Front door",
        "Demo doorbell",
        None,
    )


async def test_a_still_is_the_last_keyframe(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """No second connection to the doorbell is made for it."""
    still = await async_get_still(hass, "camera.front_door")

    assert still.content.startswith(JPEG)


async def test_live_view_opens_what_the_doorbell_names(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Core's stream and go2rtc get a bare address."""
    source = await async_get_stream_source(hass, "camera.front_door")
    assert source == demo.runtime_data.doorbell.stream_source().address


async def test_the_image_is_the_thumbnail_of_the_last_clip(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """None before the first, and none when it was deleted just now."""
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, "image.front_door_last_clip")
    state = hass.states.get("image.front_door_last_clip")
    assert state is not None
    assert ATTR_ENTITY_PICTURE not in state.attributes, "a broken picture"

    await record(hass, demo, until)
    state = hass.states.get("image.front_door_last_clip")
    assert state is not None
    assert state.attributes[ATTR_ENTITY_PICTURE].startswith("/api/image_proxy/")
    image = await async_get_image(hass, "image.front_door_last_clip")
    clip = demo.runtime_data.data.last_clip
    assert image.content == await hass.async_add_executor_job(
        Path(clip.thumbnail).read_bytes
    )

    await hass.async_add_executor_job(Path(clip.thumbnail).unlink)
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, "image.front_door_last_clip")


async def test_the_last_motion_is_remembered_over_a_restart(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """A restart is no reason to forget when somebody was there."""
    moved = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
    entity_id = "sensor.front_door_last_motion"
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(entity_id, moved.isoformat()),
                SensorExtraStoredData(moved, None).as_dict(),
            )
        ],
    )
    demo_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(demo_entry.entry_id)
    await hass.async_block_till_done()

    sensor = hass.data[DATA_INSTANCES]["sensor"].get_entity(entity_id)
    assert isinstance(sensor, SensorEntity)
    assert sensor.native_value == moved
