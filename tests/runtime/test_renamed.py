"""Test that a camera that takes the old entity id of a linked camera has no effect."""

from collections.abc import Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.doorwatch.const import CONF_CAMERA, CONF_PROVIDER
from custom_components.doorwatch.runtime import stream_watch
from custom_components.doorwatch.runtime.stream_watch import QUIET
from tests.cameras.fixtures import Links
from tests.cameras.streams import Later, camera_of
from tests.cameras.vendors.frigate import Frigate
from tests.conftest import Until


@pytest.fixture
async def kept(links: Links, unstreamed: Frigate) -> ConfigEntry:
    """Link a camera without a stream, whose clips its integration stores."""
    entry = await links.link(camera=camera_of(unstreamed))
    assert CONF_PROVIDER in entry.data
    return entry


def rename(hass: HomeAssistant, entry: ConfigEntry) -> str:
    """Rename the linked camera and return its old entity id."""
    registry = er.async_get(hass)
    old: str = registry.entities.get_entry(entry.data[CONF_CAMERA]).entity_id  # type: ignore[union-attr] # it exists
    registry.async_update_entity(old, new_entity_id="camera.porch")
    return old


async def test_a_stranger_with_an_old_name_makes_no_doorbell_unavailable(
    hass: HomeAssistant, kept: ConfigEntry, until: Until
) -> None:
    """The doorbell follows its own camera, which is available."""
    state = kept.runtime_data
    await until(lambda: state.data.connected)

    old = rename(hass, kept)
    await until(lambda: state.data.connected)
    hass.states.async_set(old, "idle")
    hass.states.async_set(old, STATE_UNAVAILABLE)
    await hass.async_block_till_done()
    assert state.data.connected

    hass.states.async_set("camera.porch", STATE_UNAVAILABLE)
    await until(lambda: not state.data.connected)
    hass.states.async_remove(old)
    hass.states.async_set("camera.porch", "idle")
    await until(lambda: state.data.connected)


async def test_a_stranger_with_an_old_name_says_nothing_of_a_stream(
    hass: HomeAssistant,
    kept: ConfigEntry,
    later: Later,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other camera's stream isn't requested."""
    await later(QUIET)
    looks: list[str] = []
    look: Callable[[HomeAssistant, str], bool | None] = stream_watch.may_stream

    def may_stream(hass: HomeAssistant, camera: str) -> bool | None:
        looks.append(camera)
        return look(hass, camera)

    old = rename(hass, kept)
    await hass.async_block_till_done()
    monkeypatch.setattr(stream_watch, "may_stream", may_stream)
    hass.states.async_set(old, "idle")
    hass.states.async_set(old, STATE_UNAVAILABLE)
    await hass.async_block_till_done()
    assert looks == []

    hass.states.async_set("camera.porch", "idle")
    await hass.async_block_till_done()
    assert looks == [kept.data[CONF_CAMERA]]
