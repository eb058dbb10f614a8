"""Shorter retention is confirmed with the number of clips to delete and the PIN."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.const import (
    CONF_AREAS,
    CONF_FIRST_TO_GO,
    CONF_FOLDER,
    CONF_KEEP,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_PIN,
    CONF_WEBHOOK_ID,
)
from custom_components.doorwatch.domain.closed import retention
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import ANY, Clip, Usage
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.sharing.tap.pin import hash_pin
from custom_components.doorwatch.household.folder_problems import async_folder_problem
from custom_components.doorwatch.signals import SIGNAL_SECURITY
from tests.flows.forms import LENGTHS
from tests.flows.household import OPTIONS, change
from tests.repairs.fixes import begin, go_on
from tests.sharing_fixtures import Home, record


@pytest.fixture
async def old(home: Home, clip_file: Any) -> dict[str, Clip]:
    """Record a ring and motion at each doorbell, 50 days ago."""
    home.configure(**OPTIONS | {CONF_KEEP_DAYS: 0, CONF_KEEP_GB: 0})
    for clip in (home.clip, home.back_clip):  # of unknown age
        await home.data.library.delete(clip.clip_id)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    found: dict[str, Clip] = {}
    for number, (name, entry) in enumerate(
        (("front", home.front), ("back", home.back))
    ):
        for kind in (EventKind.RING, EventKind.MOTION):
            put = partial(
                record,
                home.data,
                entry.entry_id,
                clip_file,
                f"0199c0de-0000-7000-8000-0000000{number}{kind == 'ring':d}777",
                started=dt_util.utcnow() - timedelta(days=50),
                kind=kind,
            )
            clip = await home.hass.async_add_executor_job(put)
            found[f"{name} {kind}"] = clip
    return found


async def saved(home: Home) -> set[str]:
    """Return the IDs of all clips."""
    doorbells = [home.front.entry_id, home.back.entry_id]
    return {clip.clip_id for clip in await home.data.library.list(doorbells)}


async def ask(home: Home, **changes: Any) -> ConfigFlowResult:
    """Fill in the household's options."""
    stored = {CONF_KEEP_DAYS: 0, CONF_KEEP_GB: 0}
    return await change(home.hass, home.household, **{**stored, **changes})


async def ask_doorbell(home: Home, kept: dict[str, int] | None) -> ConfigFlowResult:
    """Fill in the options of the front door."""
    flow = home.hass.config_entries.options
    form = await flow.async_init(home.front.entry_id)
    more = {} if kept is None else {CONF_KEEP: kept}
    return await flow.async_configure(form["flow_id"], {"lengths": LENGTHS, **more})


def told(form: ConfigFlowResult, *keys: str) -> list[str]:
    """Return the placeholders of the form."""
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "keep_less"
    words = form["description_placeholders"] or {}
    return [words[key] for key in keys]


async def test_what_would_go_is_said_and_goes_once_that_is_confirmed(
    home: Home, old: dict[str, Clip]
) -> None:
    """Nothing changes before the confirmation, and protected clips aren't counted."""
    library = home.data.library
    await library.set_protected(old["front motion"].clip_id, True)
    before = retention(home.hass), await saved(home)

    form = await ask(home, **{CONF_KEEP_DAYS: 40, CONF_KEEP: {"ring": 60}})

    assert told(form, "clips", "motion", "ring", "person") == ["1", "1", "0", "0"]
    assert told(form, "size", "motion_size", "ring_size")[2] == "0 MB"
    assert (retention(home.hass), await saved(home)) == before
    done = await home.hass.config_entries.options.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert home.household.options[CONF_KEEP] == {"ring": 60}
    kept = before[1] - {old["back motion"].clip_id}

    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert await saved(home) == kept


async def test_rules_by_which_nothing_goes_are_simply_saved(
    home: Home, old: dict[str, Clip]
) -> None:
    done = await ask(home, **{CONF_KEEP_DAYS: 55, CONF_FIRST_TO_GO: "oldest"})

    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert retention(home.hass).days == {ANY: 55}
    assert not retention(home.hass).motion_first
    assert CONF_KEEP not in home.household.options


async def test_what_goes_anyway_is_not_asked_about(
    home: Home, old: dict[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clips are expired already, and the new rules delete no more."""

    async def enforce(*_: object) -> list[Clip]:
        return []

    monkeypatch.setattr(Library, "enforce", enforce)
    home.configure(**{CONF_KEEP_DAYS: 40})

    done = await ask(home, **{CONF_KEEP_DAYS: 41})

    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert retention(home.hass).days == {ANY: 41}


async def test_zones_that_are_drawn_while_a_doorbell_waits_for_an_answer_stay(
    home: Home, old: dict[str, Clip]
) -> None:
    """Saving merges the form with the current options."""
    home.hass.config_entries.async_update_entry(
        home.front, data={**home.front.data, CONF_WEBHOOK_ID: "webhook"}
    )
    form = await ask_doorbell(home, {ANY: 40})
    assert told(form, "clips") == ["2"]
    options = {**home.front.options, CONF_AREAS: "0,40 100,100"}
    home.hass.config_entries.async_update_entry(home.front, options=options)

    done = await home.hass.config_entries.options.async_configure(form["flow_id"], {})

    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert home.front.options[CONF_KEEP] == {ANY: 40}
    assert home.front.options[CONF_AREAS] == "0,40 100,100"


async def test_other_settings_are_not_asked_about(
    home: Home, old: dict[str, Clip]
) -> None:
    done = await ask(home, in_sidebar=False)

    assert done["type"] is FlowResultType.CREATE_ENTRY


async def test_a_doorbell_has_rules_of_its_own(
    home: Home, old: dict[str, Clip]
) -> None:
    """They override the household's rules, and omitting them from a form keeps them."""
    flow = home.hass.config_entries.options
    home.hass.config_entries.async_update_entry(
        home.front, data={**home.front.data, CONF_WEBHOOK_ID: "webhook"}
    )
    form = await ask_doorbell(home, {ANY: 0, "motion": 7})
    assert told(form, "clips", "motion") == ["1", "1"]
    assert CONF_KEEP not in home.front.options
    done = await flow.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert home.front.options[CONF_KEEP] == {ANY: 0, "motion": 7}
    assert retention(home.hass).doorbells == {
        home.front.entry_id: {ANY: None, "motion": 7},
        home.back.entry_id: {},
    }

    await ask_doorbell(home, None)
    assert home.front.options[CONF_KEEP] == {ANY: 0, "motion": 7}
    await ask_doorbell(home, {})
    assert CONF_KEEP not in home.front.options


async def test_a_folder_is_not_made_before_it_is_known_what_goes(
    home: Home, old: dict[str, Clip], tmp_path: Path
) -> None:
    """Closing the window must not leave an empty folder."""
    chosen = tmp_path / "disk" / "clips"
    form = await ask(home, **{CONF_KEEP_DAYS: 40, CONF_FOLDER: str(chosen)})
    assert told(form, "clips") == ["4"]
    assert not chosen.parent.exists()

    await home.hass.config_entries.options.async_configure(form["flow_id"], {})

    assert chosen.is_dir()
    assert home.household.options[CONF_FOLDER] == str(chosen)


async def test_clips_that_cannot_be_counted_are_said_to_be(
    home: Home, old: dict[str, Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form doesn't report zero. Large sizes are in GB."""
    sizes = [{EventKind.RING: Usage(clips=900, bytes=2_540_000_000)}, {}]
    with patch.object(Library, "would_go", side_effect=sizes):
        form = await ask(home, **{CONF_KEEP_DAYS: 40})
    assert told(form, "clips", "size", "motion_size") == ["900", "2.5 GB", "0 MB"]

    async def fail(*_: object) -> None:
        raise LibraryError("library_missing")

    monkeypatch.setattr(Library, "would_go", fail)

    form = await ask(home, **{CONF_KEEP_DAYS: 40})

    assert form["errors"] == {"base": "not_counted"}
    assert told(form, "clips", "ring_size") == ["–", "–"]


async def test_a_repair_says_what_would_go_as_the_options_do(
    home: Home, old: dict[str, Clip]
) -> None:
    """Closing the repair's window changes nothing."""
    hass = home.hass
    assert await async_setup_component(hass, "repairs", {})
    async_folder_problem(hass, "disk_full")
    before = retention(hass), await saved(home)
    form = await begin(hass, "disk_full")
    form = await go_on(hass, form, next_step_id="keep_less")
    assert form["step_id"] == "keep_less"

    form = await go_on(hass, form, keep_days=40, keep_gb=0)

    assert form["step_id"] == "confirm_less"
    words = form["description_placeholders"] or {}
    assert [words[key] for key in ("clips", "ring", "motion")] == ["4", "2", "2"]
    assert (retention(hass), await saved(home)) == before
    await go_on(hass, form)
    assert retention(hass).days == {ANY: 40}
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not await saved(home)


async def test_less_is_kept_by_who_knows_the_pin_and_everyone_is_told(
    home: Home,
) -> None:
    """Even if no clip is deleted yet, clips of others could be deleted unnoticed later."""
    hass = home.hass
    assert await async_setup_component(hass, "repairs", {})
    home.configure(**{CONF_PIN: await hass.async_add_executor_job(hash_pin, "1234")})
    hass.config_entries.async_update_entry(
        home.front, data={**home.front.data, CONF_WEBHOOK_ID: "webhook"}
    )
    options = hass.config_entries.options
    before = retention(hass)
    heard: list[str] = []
    async_dispatcher_connect(
        hass, SIGNAL_SECURITY, callback(lambda key, *_: heard.append(key))
    )

    def stays(form: Any) -> None:
        assert form["errors"] == {"current_pin": "pin_required"}
        assert retention(hass) == before
        assert not heard

    form = await ask(home, **{CONF_KEEP_DAYS: 3000})
    assert told(form, "clips") == ["0"]
    stays(await options.async_configure(form["flow_id"], {}))
    await options.async_configure(form["flow_id"], {"current_pin": "1234"})
    assert retention(hass).days == {ANY: 3000}
    assert heard == ["keeps_less"]

    heard.clear()
    before = retention(hass)
    form = await ask_doorbell(home, {"ring": 2000})
    stays(await options.async_configure(form["flow_id"], {}))
    await options.async_configure(form["flow_id"], {"current_pin": "1234"})
    assert heard == ["keeps_less"]

    heard.clear()
    before = retention(hass)
    async_folder_problem(hass, "disk_full")
    repair = await begin(hass, "disk_full")
    repair = await go_on(hass, repair, next_step_id="keep_less")
    repair = await go_on(hass, repair, keep_days=2900, keep_gb=0)
    stays(await go_on(hass, repair))
    await go_on(hass, repair, current_pin="1234")
    assert retention(hass).days == {ANY: 2900}
    assert heard == ["keeps_less"]

    # Longer retention needs no PIN.
    heard.clear()
    done = await ask(home, **{CONF_KEEP_DAYS: 0})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert not heard

    # While sharing is closed after a PIN reset, clips can't be deleted this way either.
    home.configure(**{CONF_PIN: None})
    await hass.data[DATA].pin_gate.async_close()
    before = retention(hass)
    form = await ask(home, **{CONF_KEEP_DAYS: 1})
    form = await options.async_configure(form["flow_id"], {})
    assert form["errors"] == {"base": "sharing_closed"}
    words = form["description_placeholders"]
    assert words is not None
    assert words["hours"] == "24"
    assert retention(hass) == before
    assert not heard

    lines = await home.data.ledger.lines(limit=1000)
    changes = [line.data for line in lines if line.kind == "settings_changed"]
    assert changes.count({"changed": ["keep"]}) == 3
