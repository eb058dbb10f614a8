"""Test the names of doorbells after changes of devices, entries and areas."""

from pathlib import Path
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.actions.exports import file_name
from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_SOURCE,
    CONF_STREAM,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from custom_components.doorwatch.flows.household_pages import async_page_schema
from custom_components.doorwatch.issues import async_doorbell_unreachable
from custom_components.doorwatch.names import doorbell_names
from tests.conftest import Until
from tests.flows.forms import offered_name
from tests.sharing_fixtures import NOWHERE, Home, command, event_of, silence


@pytest.fixture
async def browser(home: Home) -> None:
    """Set up the media browser before a client connects."""
    assert await async_setup_component(home.hass, "media_source", {})


def device_of(home: Home, entry: MockConfigEntry) -> dr.DeviceEntry:
    """Return the device of a doorbell."""
    found = dr.async_get(home.hass).async_get_device_by_identifier(
        (DOMAIN, entry.entry_id), entry.entry_id
    )
    assert found is not None
    return found


def rename(home: Home, entry: MockConfigEntry, name: str | None) -> None:
    """Rename the device as its page does."""
    device = device_of(home, entry)
    dr.async_get(home.hass).async_update_device(device.id, name_by_user=name)


async def on_card(home: Home) -> dict[str, str]:
    """Return the names on the card by doorbell."""
    client = await home.connect()
    answer = await command(client, type="doorwatch/doorbells")
    return {one["doorbell_id"]: one["name"] for one in answer["result"]["doorbells"]}


async def in_media_browser(home: Home) -> set[str]:
    """Return the names of the folders."""
    answer = await command(
        await home.connect(),
        type="media_source/browse_media",
        media_content_id="media-source://doorwatch",
    )
    return {child["title"] for child in answer["result"]["children"]}


async def test_a_renamed_device_is_called_so_everywhere(
    home: Home, browser: None
) -> None:
    """The new name is on the card and in the media browser, files, forms and repairs."""
    hass, front = home.hass, home.front
    async_doorbell_unreachable(hass, front, "cannot_connect")
    rename(home, front, "Garden gate")
    await hass.async_block_till_done()

    assert (await on_card(home))[front.entry_id] == "Garden gate"
    assert "Garden gate" in await in_media_browser(home)
    assert file_name(hass, home.clip).startswith("garden_gate_")
    assert front.title == "Garden gate"
    issue = ir.async_get(hass).async_get_issue(
        DOMAIN, f"doorbell_unreachable_{front.entry_id}"
    )
    assert issue is not None and issue.translation_placeholders is not None
    assert issue.translation_placeholders["name"] == "Garden gate"
    assert issue.is_fixable and issue.data is not None
    schema = await async_page_schema(hass, home.household, "more")
    (field,) = (
        value for key, value in schema.schema.items() if key == "open_to_players"
    )
    assert {one["label"] for one in field.config["options"]} >= {"Garden gate"}


async def test_whoever_renames_last_is_right(home: Home) -> None:
    """The last name also stays after a reload, whether the entry or the device was renamed."""
    hass, front = home.hass, home.front
    rename(home, front, "Garden gate")
    await hass.async_block_till_done()
    hass.config_entries.async_update_entry(front, title="Porch")
    assert (await on_card(home))[front.entry_id] == "Porch"
    assert await hass.config_entries.async_reload(front.entry_id)
    assert (await on_card(home))[front.entry_id] == "Porch"
    rename(home, front, "Gate")
    assert (await on_card(home))[front.entry_id] == "Gate"


async def test_a_device_that_was_renamed_before_this_version_gives_its_name(
    home: Home,
) -> None:
    """Entries of older versions have no name of the device in their data."""
    hass, front = home.hass, home.front
    data = {key: value for key, value in front.data.items() if key != "device_name"}
    assert await hass.config_entries.async_unload(front.entry_id)
    rename(home, front, "Garden gate")
    await hass.async_block_till_done()
    hass.config_entries.async_update_entry(front, title="Front door", data=data)
    assert await hass.config_entries.async_setup(front.entry_id)
    await hass.async_block_till_done()
    assert (await on_card(home))[front.entry_id] == "Garden gate"


async def test_open_cards_hear_of_a_new_name(home: Home) -> None:
    """Cards get the new name without a reload, and no event if no name changed."""
    client = await home.connect()
    answer = await command(client, type="doorwatch/doorbells/subscribe")
    assert answer["success"], answer
    first = await event_of(client)
    assert {one["name"] for one in first["doorbells"]} == {"Front", "Back"}
    device = device_of(home, home.front)
    dr.async_get(home.hass).async_update_device(device.id, sw_version="2")
    await home.hass.async_block_till_done()
    rename(home, home.front, "Garden gate")
    names = {one["name"] for one in (await event_of(client))["doorbells"]}
    assert names == {"Garden gate", home.back.title}


async def test_who_may_not_see_a_doorbell_hears_no_name_of_it(home: Home) -> None:
    """The user's names don't reveal that a hidden doorbell has the same name."""
    guest = await home.user("Guest", read=[home.front])
    client = await home.connect_as(guest)
    answer = await command(client, type="doorwatch/doorbells")
    assert [one["name"] for one in answer["result"]["doorbells"]] == [home.front.title]
    assert (await command(client, type="doorwatch/doorbells/subscribe"))["success"]
    event = await event_of(client)
    assert [one["name"] for one in event["doorbells"]] == [home.front.title]
    rename(home, home.back, home.front.title)
    await home.hass.async_block_till_done()
    await silence(client)


async def test_two_of_one_name_are_told_apart(home: Home, browser: None) -> None:
    """The names have a number, or the area if the devices have areas."""
    hass = home.hass
    rename(home, home.front, "Door")
    rename(home, home.back, " door")
    await hass.async_block_till_done()
    names = await on_card(home)
    assert len({name.strip().casefold() for name in names.values()}) == 2
    assert names[home.front.entry_id] == "Door (1)"
    assert await in_media_browser(home) == set(names.values())
    assert (
        file_name(hass, home.clip).split("_2")[0]
        != file_name(hass, home.back_clip).split("_2")[0]
    )

    for entry, area in ((home.front, "Street"), (home.back, "Yard")):
        dr.async_get(hass).async_update_device(
            device_of(home, entry).id, area_id=ar.async_get(hass).async_create(area).id
        )
    await hass.async_block_till_done()
    assert (await on_card(home))[home.front.entry_id] == "Door (Street)"
    assert (await on_card(home))[home.back.entry_id].endswith("(Yard)")


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["A", "B"], ["A", "B"]),
        (["A", "A"], ["A (1)", "A (2)"]),
        # "A (1)" is the name of another doorbell, so the number 1 isn't used.
        (["A", "A (1)", "a"], ["A (2)", "A (1)", "a (3)"]),
        (["{}", "{}"], ["{} (1)", "{} (2)"]),
    ],
)
async def test_numbers_pass_names_that_are_there(
    doorwatch: HomeAssistant, titles: list[str], expected: list[str]
) -> None:
    for title in titles:
        doorbell(title).add_to_hass(doorwatch)
    assert list(doorbell_names(doorwatch).values()) == expected


async def test_files_of_names_that_only_look_alike_as_files_are_told_apart(
    home: Home,
) -> None:
    """File names leave out some characters, so different names can have the same file name."""
    hass = home.hass
    rename(home, home.front, "Front-door")
    rename(home, home.back, "Front door")
    assert doorbell_names(hass).keys() == {home.front.entry_id, home.back.entry_id}
    first, second = file_name(hass, home.clip), file_name(hass, home.back_clip)
    assert first.startswith("front_door_1_") and second.startswith("front_door_2_")


async def test_an_exported_file_keeps_its_name(home: Home, tmp_path: Path) -> None:
    """A copy after the renaming is another file with the new name."""
    folder = tmp_path / "copies"
    await home.hass.async_add_executor_job(folder.mkdir)
    home.hass.config.allowlist_external_dirs.add(str(folder))

    async def export() -> None:
        await home.hass.services.async_call(
            DOMAIN,
            "export_clip",
            {"clip_id": home.clip.clip_id, "path": str(folder)},
            blocking=True,
        )

    await export()
    rename(home, home.front, "Garden gate")
    await home.hass.async_block_till_done()
    await export()
    old, new = sorted(folder.iterdir(), key=lambda file: "garden" in file.name)
    assert old.name.startswith("front_2026") and new.name.startswith("garden_gate_")
    assert old.read_bytes() == new.read_bytes()


def doorbell(title: str) -> MockConfigEntry:
    """Make the entry of a doorbell."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=title,
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: NOWHERE.format(title),
        },
    )


async def choose(hass: HomeAssistant, way: str) -> ConfigFlowResult:
    """Open the menu and choose an option."""
    flow = hass.config_entries.flow
    menu = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await flow.async_configure(menu["flow_id"], {"next_step_id": way})


async def test_the_name_of_another_doorbell_is_refused(
    doorwatch: HomeAssistant, until: Until
) -> None:
    """The form has an error at the name, offers a free name, and accepts another name."""
    hass = doorwatch
    assert await async_setup_component(hass, "homeassistant", {})
    doorbell("Front door").add_to_hass(hass)
    doorbell("front door 2").add_to_hass(hass)
    form = await choose(hass, "rtsp")
    flow = hass.config_entries.flow
    with (
        patch("custom_components.doorwatch.flows.rtsp.probe_stream"),
        patch(
            "custom_components.doorwatch.flows.doorbell.measure_motion_cost",
            return_value=1,
        ),
    ):
        form = await flow.async_configure(
            form["flow_id"], {CONF_STREAM: "rtsp://127.0.0.1:554/1"}
        )
    assert offered_name(form) == "Front door 3"
    again = await flow.async_configure(form["flow_id"], {CONF_NAME: " front  DOOR"})
    assert again["type"] is FlowResultType.FORM
    assert again["errors"] == {CONF_NAME: "name_taken"}
    with patch("custom_components.doorwatch.async_setup_entry", return_value=True):
        done = await flow.async_configure(form["flow_id"], {CONF_NAME: "Back door"})
    assert done["title"] == "Back door"


async def test_the_name_of_another_doorbell_is_refused_for_the_demo(
    doorwatch: HomeAssistant, until: Until
) -> None:
    hass = doorwatch
    assert await async_setup_component(hass, "homeassistant", {})
    doorbell("Front door").add_to_hass(hass)
    form = await choose(hass, "demo")
    flow = hass.config_entries.flow
    again = await flow.async_configure(form["flow_id"], {CONF_NAME: " front  DOOR"})
    assert again["errors"] == {CONF_NAME: "name_taken"}
    done = await flow.async_configure(form["flow_id"], {CONF_NAME: "Back door"})
    assert done["title"] == "Back door"
