"""Test the image of the last clip."""

from pathlib import Path

from homeassistant.components.image import async_get_image
from homeassistant.const import ATTR_ENTITY_PICTURE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import Until
from tests.demo_visits import record


async def test_the_image_is_the_thumbnail_of_the_last_clip(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """There is no image before the first clip, or if the thumbnail was deleted."""
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
