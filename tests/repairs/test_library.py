"""Test the repairs of the library, its disk and the ledger."""

from pathlib import Path
from unittest.mock import AsyncMock, patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_KEEP_GB, DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.household.folder_problems import async_folder_problem
from custom_components.doorwatch.household.household import household, household_entry
from tests.repairs.fixes import begin, go_on, open_issues

pytestmark = pytest.mark.usefixtures("installed")


async def test_a_folder_that_could_not_be_written_is_tried_again(
    hass: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """Entries that wait for the folder are loaded."""
    place = Path(hass.config.config_dir) / "doorwatch"
    await hass.async_add_executor_job(place.write_text, "in the way")
    demo_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(demo_entry.entry_id)
    result = await begin(hass, "folder_not_writable")
    assert result["description_placeholders"] == {"folder": str(place)}
    result = await go_on(hass, result)
    assert result["errors"] == {"base": "still_there"}

    await hass.async_add_executor_job(place.unlink)
    result = await go_on(hass, result)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert demo_entry.state is ConfigEntryState.LOADED
    assert not open_issues(hass)


async def test_a_full_disk_is_tidied_first(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The household's limits are applied, and the recorder reports the free space."""
    entry = household_entry(hass)
    assert entry is not None
    # The default limit may not fit the disk of the tests, which has an issue, too.
    hass.config_entries.async_update_entry(entry, options={CONF_KEEP_GB: 2})
    async_folder_problem(hass, "disk_full")
    assert open_issues(hass) == {"disk_full"}
    tidying = hass.data[DATA].maintenance.tidying
    with patch.object(tidying, "async_tidy", AsyncMock()) as async_tidy:
        result = await begin(hass, "disk_full")
        assert result["menu_options"] == ["try_again", "keep_less"]
        result = await go_on(hass, result, next_step_id="try_again")

    async_tidy.assert_awaited_once()
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not open_issues(hass)

    async_folder_problem(hass, "not_writable")
    assert open_issues(hass) == {"folder_not_writable"}
    async_folder_problem(hass, "ok")
    assert not open_issues(hass)


async def test_a_disk_that_is_still_full_is_said(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    domain = hass.data[DATA]
    async_folder_problem(hass, "disk_full")
    with patch.object(domain.library, "check", AsyncMock(return_value="disk_full")):
        result = await begin(hass, "disk_full")
        result = await go_on(hass, result, next_step_id="try_again")

    assert result["reason"] == "still_there"
    assert open_issues(hass) == {"disk_full"}


async def test_less_is_kept_from_the_repair_of_a_full_disk(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The options of the household change, and clips are deleted at once."""
    await hass.async_block_till_done()
    async_folder_problem(hass, "disk_full")
    result = await begin(hass, "disk_full")
    result = await go_on(hass, result, next_step_id="keep_less")
    assert result["step_id"] == "keep_less"
    result = await go_on(hass, result, keep_days=3, keep_gb=2)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert household(hass).keep_days == 3
    assert household(hass).keep_gb == 2
    assert not open_issues(hass)


async def test_a_newer_index_cannot_be_repaired_from_here(hass: HomeAssistant) -> None:
    """Only an update helps."""
    async_folder_problem(hass, "index_newer")
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "index_newer")

    assert issue is not None
    assert not issue.is_fixable


async def test_a_damaged_ledger_is_set_aside_not_thrown_away(
    hass: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """A new ledger is started next to the old file."""
    private = Path(hass.config.config_dir) / ".storage/doorwatch"

    def break_it() -> None:
        private.mkdir(parents=True)
        (private / "ledger.db").write_bytes(b"no database at all" * 100)

    await hass.async_add_executor_job(break_it)
    demo_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(demo_entry.entry_id)
    assert open_issues(hass) == {"ledger_damaged"}
    assert demo_entry.error_reason_translation_key == "ledger_damaged"

    result = await begin(hass, "ledger_damaged")
    result = await go_on(hass, result)
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert demo_entry.state is ConfigEntryState.LOADED
    assert not open_issues(hass)
    assert len(list(private.glob("ledger-*.db"))) == 1
