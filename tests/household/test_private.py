"""Test the folder of secrets and copies, which only Home Assistant's user may read."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry


async def test_a_private_folder_that_cannot_be_made_is_a_repair(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """The folder contains the ledger and the outbox."""
    private = Path(hass.config.config_dir) / ".storage/doorwatch"

    def block() -> None:
        private.parent.mkdir(exist_ok=True)
        private.write_text("in the way")

    await hass.async_add_executor_job(block)
    demo_entry.add_to_hass(hass)

    assert not await hass.config_entries.async_setup(demo_entry.entry_id)
    assert demo_entry.error_reason_translation_key == "folder_not_writable"
