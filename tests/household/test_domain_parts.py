"""The smaller parts of the domain: backup mark, card, what is said of the system."""

import ctypes
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.backup import async_post_backup, async_pre_backup
from custom_components.doorwatch.const import CONF_KIND, DOMAIN, KIND_HOUSEHOLD
from custom_components.doorwatch.data import DATA
from custom_components.doorwatch.engine.clips.model import Recovery
from custom_components.doorwatch.household import household, system
from custom_components.doorwatch.household.household import async_get_domain
from custom_components.doorwatch.household.maintenance import async_note_recovered
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.views import card
from tests.conftest import Until
from tests.test_init import record


async def test_only_a_copy_made_by_a_backup_holds_the_mark(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """It is there in between, and nowhere else."""
    private = PrivateFolder.of(hass.config.config_dir)
    await async_pre_backup(hass)
    assert private.marked()
    await async_post_backup(hass)
    assert not private.marked()
    await async_get_domain(hass)
    assert await hass.data[DATA].ledger.lines() == []


async def test_the_card_is_loaded_by_every_page(
    hass: HomeAssistant, doorwatch: HomeAssistant, tmp_path: Path
) -> None:
    """With its digest, so that a new one is fetched."""
    built = tmp_path / "doorwatch-card.js"
    await hass.async_add_executor_job(built.write_text, "// a card")
    with patch.object(card, "CARD", built):
        assert await async_setup_component(hass, DOMAIN, {})

    urls = hass.data[DATA_EXTRA_MODULE_URL].urls
    assert any(url.startswith("/doorwatch/doorwatch-card.js?v=0.") for url in urls)


async def test_a_tree_without_the_card_works(
    hass: HomeAssistant, doorwatch: HomeAssistant, tmp_path: Path
) -> None:
    """As in a fresh clone; a repair says how to get it, until it is there."""
    issues = ir.async_get(hass)
    with patch.object(card, "CARD", tmp_path / "missing.js"):
        assert await async_setup_component(hass, DOMAIN, {})
    assert issues.async_get_issue(DOMAIN, "card_missing") is not None

    urls = hass.data[DATA_EXTRA_MODULE_URL].urls
    assert not any("doorwatch" in url for url in urls)

    built = tmp_path / "doorwatch-card.js"
    await hass.async_add_executor_job(built.write_text, "// a card")
    with patch.object(card, "CARD", built):
        await card.async_register_card(hass)
    assert issues.async_get_issue(DOMAIN, "card_missing") is None


async def test_what_is_said_of_the_system(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Versions, zone, and whether the clock is kept right."""
    assert await async_setup_component(hass, DOMAIN, {})
    found = await system.async_system(hass, "gone")

    assert found["time_zone"] == hass.config.time_zone
    assert found["clock_synchronised"] in (True, False, None)
    software = found["software"]
    assert isinstance(software, dict)
    assert set(software) == {"doorwatch", "home_assistant", "python"}
    assert found["camera_clock_offset"] is None
    assert found["camera_make"] is None


class Kernel:
    """A C library whose adjtimex answers as it is told."""

    def __init__(self, state: int, status: int) -> None:
        """Take the return value and the status field."""
        self._state = state
        self._status = status

    def adjtimex(self, buffer: ctypes.Array[ctypes.c_char]) -> int:
        """Fill in the status."""
        offset = ctypes.sizeof(ctypes.c_long) * 5
        ctypes.c_int.from_buffer(buffer, offset).value = self._status
        return self._state


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        (Kernel(0, 0x2001), True),
        (Kernel(0, 0x40), False),
        (Kernel(5, 0), False),
        (Kernel(-1, 0), None),
        (object(), None),
    ],
)
def test_the_kernel_says_whether_the_clock_is_synchronised(
    kernel: object, expected: bool | None
) -> None:
    """A clock that nobody sets is worth knowing about in evidence."""
    with patch("ctypes.CDLL", return_value=kernel):
        assert system.clock_synchronised() is expected


async def test_what_a_crash_cut_off_is_finished_and_said(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In the log and in the ledger, at the next start."""
    clip_id = (await record(hass, demo, until))["clip_id"]
    library = hass.data[DATA].library
    clip = await library.get(clip_id)
    assert clip is not None
    await async_note_recovered(
        hass.data[DATA].ledger,
        [
            Recovery(
                clip_id=clip_id,
                doorbell_id=demo.entry_id,
                clip=replace(clip, fetched_from="ring"),
            ),
            Recovery(clip_id="0199dddd", doorbell_id=demo.entry_id, clip=None),
        ],
    )

    lines = await hass.data[DATA].ledger.lines()
    assert [
        (line.data["kept"], line.data.get("fetched_from"))
        for line in lines
        if line.kind == "recovered"
    ] == [(True, "ring"), (False, None)]
    assert f"{clip_id} was cut off and is finished now" in caplog.text
    assert "0199dddd was cut off before it held a picture" in caplog.text


async def test_the_household_is_found_by_its_kind(
    hass: HomeAssistant, doorwatch: HomeAssistant
) -> None:
    """Without one, the defaults hold."""
    assert household.household(hass) == household.Household()
    MockConfigEntry(
        domain=DOMAIN,
        data={CONF_KIND: KIND_HOUSEHOLD},
        options={"sharers": ["a"], "keep_days": 1},
    ).add_to_hass(hass)
    assert household.household(hass).sharers == {"a"}
    assert household.household(hass).limits.days == 1
