"""Test the config flow's menu, and which entries have options."""

from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.config_flow import DoorwatchConfigFlow
from custom_components.doorwatch.const import (
    CONF_KIND,
    DOMAIN,
    KIND_AGENCY,
    KIND_DOORBELL,
    KIND_HOUSEHOLD,
)

pytestmark = pytest.mark.usefixtures("installed")


async def test_each_kind_of_doorbell_and_agency_is_in_the_menu(
    hass: HomeAssistant,
) -> None:
    """The most common kinds come first, and each has a step."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )

    assert menu["menu_options"] == [
        *("linked", "onvif", "rtsp", "demo", "agency", "agency_link")
    ]
    for step in menu["menu_options"]:
        assert hasattr(DoorwatchConfigFlow, f"async_step_{step}")


@pytest.mark.parametrize(
    ("kind", "has"),
    [(KIND_DOORBELL, True), (KIND_HOUSEHOLD, True), (KIND_AGENCY, False)],
)
def test_doorbells_and_the_household_have_options(kind: str, has: bool) -> None:
    """Agencies have no options, because their reconfigure step has all settings."""
    entry = MockConfigEntry(domain=DOMAIN, data={CONF_KIND: kind})

    assert DoorwatchConfigFlow.async_supports_options_flow(entry) is has
