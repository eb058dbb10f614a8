"""A clip is announced once it is saved, whatever else fails."""

from unittest.mock import patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.data import DATA
from custom_components.doorwatch.engine.sharing.model import SharingError
from custom_components.doorwatch.household.household import async_tidy
from tests.conftest import Until
from tests.demo_visits import record


async def test_a_clip_is_announced_even_when_the_ledger_cannot_be_written(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The clip is safe all the same; the log says that its digest is missing."""
    full = SharingError("disk_full")
    ledger = "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger"
    with (
        patch(f"{ledger}.append", side_effect=full),
        patch(f"{ledger}.append_all", side_effect=full),
    ):
        clip_id = (await record(hass, demo, until))["clip_id"]
        assert f"digest of clip {clip_id} could not be written" in caplog.text
        with patch(
            "custom_components.doorwatch.engine.clips.library.Library.enforce",
            return_value=[demo.runtime_data.data.last_clip],
        ):
            await async_tidy(hass, hass.data[DATA])
    assert "That 1 clips are gone could not be written" in caplog.text
