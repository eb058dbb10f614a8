"""Test that renamed entities are followed and missing ones reported."""

from unittest.mock import Mock

from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry, ConfigEntryDisabler
from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    EntityCategory,
    Platform,
)
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_CAMERA,
    CONF_CODEC_UNDERSTOOD,
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    DOMAIN,
)
from custom_components.doorwatch.issues import async_codec_understood
from custom_components.doorwatch.registry import camera_object
from custom_components.doorwatch.runtime import linked
from tests.cameras.fixtures import Links, is_connected
from tests.conftest import Until
from tests.discovery.front_camera import FRONT, camera, front, motion
from tests.repairs.fixes import answer_fix, issues, start_fix
from tests.rtsp.fixtures import RtspServer

__all__ = ["camera", "front", "motion"]

OWN = "camera.front_doorwatch"


async def test_a_renamed_camera_and_sensor_are_followed(
    hass: HomeAssistant, front: ConfigEntry, motion: er.RegistryEntry, until: Until
) -> None:
    """Nothing has to be configured again, neither now nor after a restart."""
    registry = er.async_get(hass)
    registry.async_update_entity(FRONT, new_entity_id="camera.porch")
    registry.async_update_entity(
        motion.entity_id, new_entity_id="binary_sensor.somebody"
    )
    hass.states.async_set("binary_sensor.somebody", STATE_OFF)
    await hass.async_block_till_done()
    hass.states.async_set("binary_sensor.somebody", STATE_ON)
    await until(lambda: front.runtime_data.data.motion)
    hass.states.async_set("binary_sensor.somebody", STATE_OFF)
    await until(lambda: not front.runtime_data.data.motion)

    assert await hass.config_entries.async_reload(front.entry_id)
    await until(lambda: is_connected(front))
    hass.states.async_set("binary_sensor.somebody", STATE_ON)
    await until(lambda: front.runtime_data.data.motion)
    assert not issues(hass)
    assert front.options[CONF_MOTION_ENTITY] == motion.id


async def test_what_was_renamed_while_nobody_listened_is_found(
    hass: HomeAssistant, front: ConfigEntry, motion: er.RegistryEntry, until: Until
) -> None:
    """The entities were renamed while Doorwatch was off."""
    assert await hass.config_entries.async_unload(front.entry_id)
    registry = er.async_get(hass)
    registry.async_update_entity(FRONT, new_entity_id="camera.porch")
    registry.async_update_entity(
        motion.entity_id, new_entity_id="binary_sensor.somebody"
    )
    hass.states.async_set("binary_sensor.somebody", STATE_OFF)

    assert await hass.config_entries.async_setup(front.entry_id)
    await until(lambda: is_connected(front))
    hass.states.async_set("binary_sensor.somebody", STATE_ON)
    await until(lambda: front.runtime_data.data.motion)

    form = await hass.config_entries.options.async_init(front.entry_id)
    schema = form["data_schema"]
    assert schema is not None
    shown = {
        str(marker): marker.description
        for marker in schema.schema
        if marker.description
    }
    assert shown[CONF_MOTION_ENTITY] == {"suggested_value": "binary_sensor.somebody"}


async def test_a_disabled_camera_is_said_and_enabled_from_the_repair(
    hass: HomeAssistant,
    front: ConfigEntry,
    until: Until,
    hass_client: ClientSessionGenerator,
) -> None:
    """Its doorbell is unavailable meanwhile, and recovers automatically."""
    registry = er.async_get(hass)
    registry.async_update_entity(FRONT, disabled_by=er.RegistryEntryDisabler.USER)
    await until(lambda: issues(hass) == {"camera_disabled"})
    await until(lambda: hass.states.is_state(OWN, STATE_UNAVAILABLE))

    issue = f"camera_disabled_{front.entry_id}"
    menu = await start_fix(hass, hass_client, issue)
    assert menu["menu_options"] == ["enable", "camera"]
    await answer_fix(hass_client, menu, {"next_step_id": "enable"})
    # Core sets the integration up again after 30 seconds.
    (camera,) = hass.config_entries.async_entries("generic")
    await hass.config_entries.async_reload(camera.entry_id)

    await until(lambda: is_connected(front))
    assert not issues(hass)
    await until(lambda: not hass.states.is_state(OWN, STATE_UNAVAILABLE))


@pytest.mark.parametrize(
    "by", [er.RegistryEntryDisabler.DEVICE, er.RegistryEntryDisabler.CONFIG_ENTRY]
)
async def test_a_camera_that_its_device_or_integration_disables_is_enabled_too(
    hass: HomeAssistant,
    front: ConfigEntry,
    camera: MockConfigEntry,
    until: Until,
    hass_client: ClientSessionGenerator,
    by: er.RegistryEntryDisabler,
) -> None:
    """The repair enables the device or the integration, and our entities return too."""
    if by is er.RegistryEntryDisabler.DEVICE:
        (device,) = dr.async_entries_for_config_entry(
            dr.async_get(hass), camera.entry_id
        )
        dr.async_get(hass).async_update_device(
            device.id, disabled_by=dr.DeviceEntryDisabler.USER
        )
    else:
        await hass.config_entries.async_set_disabled_by(
            camera.entry_id, ConfigEntryDisabler.USER
        )
    await until(lambda: "camera_disabled" in issues(hass))

    menu = await start_fix(hass, hass_client, f"camera_disabled_{front.entry_id}")
    await answer_fix(hass_client, menu, {"next_step_id": "enable"})
    await hass.config_entries.async_reload(camera.entry_id)

    await until(lambda: is_connected(front))
    assert not issues(hass)


async def test_a_camera_that_was_removed_is_said_until_it_is_back(
    hass: HomeAssistant, front: ConfigEntry, camera: MockConfigEntry, until: Until
) -> None:
    """The device was removed too; our entities stay and join the device again."""
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), camera.entry_id)
    dr.async_get(hass).async_remove_device(device.id)
    await until(lambda: "camera_missing" in issues(hass))
    await until(lambda: hass.states.is_state(OWN, STATE_UNAVAILABLE))
    own = er.async_entries_for_config_entry(er.async_get(hass), front.entry_id)
    assert own

    await hass.config_entries.async_reload(camera.entry_id)

    await until(lambda: is_connected(front))
    assert "camera_missing" not in issues(hass)
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), camera.entry_id)
    own = er.async_entries_for_config_entry(er.async_get(hass), front.entry_id)
    assert {entity.device_id for entity in own} == {device.id}


async def test_a_camera_that_moved_to_another_device_takes_our_entities_along(
    hass: HomeAssistant, front: ConfigEntry, camera: MockConfigEntry, until: Until
) -> None:
    """Integrations may split a device in two; renaming the device has no effect."""
    devices = dr.async_get(hass)
    other = devices.async_get_or_create(
        config_entry_id=camera.entry_id, identifiers={("generic", "porch")}
    )
    registry = er.async_get(hass)
    registry.async_update_entity(FRONT, device_id=other.id)

    def joined() -> set[str | None]:
        own = er.async_entries_for_config_entry(registry, front.entry_id)
        return {entity.device_id for entity in own}

    await until(lambda: joined() == {other.id})
    await until(lambda: is_connected(front))
    devices.async_update_device(other.id, name_by_user="Porch")
    await hass.async_block_till_done()
    assert is_connected(front)
    assert not issues(hass)


async def test_another_camera_is_linked_from_the_repair(
    hass: HomeAssistant,
    links: Links,
    front: ConfigEntry,
    camera: MockConfigEntry,
    until: Until,
    rtsp_server: RtspServer,
    hass_client: ClientSessionGenerator,
) -> None:
    """The old camera was removed permanently."""
    await hass.config_entries.async_remove(camera.entry_id)
    await until(lambda: "camera_missing" in issues(hass))
    await links.camera("Porch", rtsp_server.address("cam2"))
    registered = er.async_get(hass).async_get("camera.porch")
    assert registered is not None
    aside = MockConfigEntry(
        domain=DOMAIN, source=SOURCE_IGNORE, unique_id=f"linked-{registered.id}"
    )
    aside.add_to_hass(hass)
    async_codec_understood(hass, front)

    menu = await start_fix(hass, hass_client, f"camera_missing_{front.entry_id}")
    assert menu["menu_options"] == ["camera"]
    form = await answer_fix(hass_client, menu, {"next_step_id": "camera"})
    done = await answer_fix(hass_client, form, {"camera": "camera.porch"})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(front))
    assert front.data[CONF_CAMERA] == registered.id
    assert front.unique_id == aside.unique_id
    # The confirmation about the codec applies to the old camera.
    assert CONF_CODEC_UNDERSTOOD not in front.data
    assert "camera_missing" not in issues(hass)


async def test_a_sensor_that_is_gone_is_said_and_another_is_chosen_from_the_repair(
    hass: HomeAssistant,
    links: Links,
    front: ConfigEntry,
    camera: MockConfigEntry,
    motion: er.RegistryEntry,
    until: Until,
    hass_client: ClientSessionGenerator,
) -> None:
    """If the sensor returns, the issue is deleted."""
    registry = er.async_get(hass)
    registry.async_update_entity(
        motion.entity_id, disabled_by=er.RegistryEntryDisabler.USER
    )
    await until(lambda: issues(hass) == {"source_gone"})
    registry.async_update_entity(motion.entity_id, disabled_by=None)
    await until(lambda: not issues(hass))

    registry.async_remove(motion.entity_id)
    await until(lambda: issues(hass) == {"source_gone"})
    other = links.entity(
        camera, Platform.BINARY_SENSOR, "pir", entity_category=EntityCategory.CONFIG
    )
    hass.states.async_set(other.entity_id, STATE_OFF)
    form = await start_fix(hass, hass_client, f"source_gone_{front.entry_id}")
    done = await answer_fix(hass_client, form, {CONF_MOTION_ENTITY: other.entity_id})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(front))
    assert not issues(hass)
    assert front.options[CONF_MOTION_ENTITY] == other.id
    assert CONF_RING_ENTITY not in front.options
    hass.states.async_set(other.entity_id, STATE_ON)
    await until(lambda: front.runtime_data.data.motion)


async def test_a_camera_that_is_set_up_after_doorwatch_is_waited_for_at_the_start(
    hass: HomeAssistant,
    front: ConfigEntry,
    camera: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No repair is shown during the start, but one at once afterwards."""
    for entry in (front, camera):
        assert await hass.config_entries.async_unload(entry.entry_id)
    caplog.clear()
    hass.set_state(CoreState.starting)
    asked = Mock(side_effect=camera_object)
    monkeypatch.setattr(linked, "camera_object", asked)
    assert await hass.config_entries.async_setup(front.entry_id)
    await until(lambda: asked.called)
    assert await hass.config_entries.async_setup(camera.entry_id)
    await until(lambda: is_connected(front))
    assert "is unavailable" not in caplog.text

    hass.set_state(CoreState.running)
    for entry in (front, camera):
        assert await hass.config_entries.async_unload(entry.entry_id)
    assert await hass.config_entries.async_setup(front.entry_id)
    await until(lambda: front.runtime_data.data.problem == "camera_unavailable")


async def test_issues_go_with_the_doorbell(
    hass: HomeAssistant, front: ConfigEntry, until: Until
) -> None:
    """Nobody could fix a removed doorbell."""
    er.async_get(hass).async_update_entity(
        FRONT, disabled_by=er.RegistryEntryDisabler.USER
    )
    await until(lambda: issues(hass) == {"camera_disabled"})

    await hass.config_entries.async_remove(front.entry_id)

    assert not issues(hass)
