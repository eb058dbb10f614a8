"""Test the settings that administrators see."""

import asyncio
from typing import Literal, override

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_FIRST_TO_GO,
    CONF_IN_SIDEBAR,
    CONF_KEEP,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_MOTION_ENTITY,
    CONF_PICTURE_MOTION,
    CONF_PIN,
    CONF_SHARERS,
    CONF_WEBHOOK,
    FIRST_OLDEST,
)
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.agencies.pages import type_agency
from tests.sharing_fixtures import Home, Message, command


async def settings(home: Home) -> Message:
    """Get the settings as an administrator."""
    answer = await command(await home.connect(), type="doorwatch/settings")
    assert answer["success"], answer
    result: Message = answer["result"]
    return result


async def test_the_rules_of_the_household_are_shown_without_its_secrets(
    home: Home,
) -> None:
    """Only whether a PIN is set is shown, and removed people are omitted."""
    kim = await home.user("Kim")
    home.configure(
        **{
            CONF_KEEP_DAYS: 0,
            CONF_KEEP_GB: 5,
            CONF_KEEP: {"vehicle": 3, "ring": 0},
            CONF_FIRST_TO_GO: FIRST_OLDEST,
            CONF_SHARERS: [kim.id, "gone"],
            CONF_PIN: "scrypt$secret",
            CONF_CANCEL_WINDOW: 20,
            CONF_IN_SIDEBAR: False,
        }
    )

    shown = await settings(home)

    assert shown["household"] == {
        "entry_id": home.household.entry_id,
        "folder": str(home.data.library.folder),
        "days": None,
        "gigabytes": 5,
        "kept": [{"what": "ring", "days": None}, {"what": "vehicle", "days": 3}],
        "motion_first": False,
        "sharers": [{"user_id": kim.id, "name": "Kim"}],
        "senders": [],
        "has_pin": True,
        "cancel_window": 20,
        "in_sidebar": False,
    }
    assert "scrypt" not in str(shown)
    assert shown["version"] == "0.1.0"


async def test_a_doorbell_says_what_it_keeps_otherwise(home: Home) -> None:
    home.hass.config_entries.async_update_entry(
        home.front,
        options={**home.front.options, CONF_KEEP: {"motion": 7, "any": 60}},
    )

    front, back = (await settings(home))["doorbells"]

    assert front["kept"] == [{"what": "any", "days": 60}, {"what": "motion", "days": 7}]
    assert back["kept"] == []


async def test_what_the_clips_take_counts_all_doorbells(home: Home) -> None:
    """Clips of removed doorbells are still on the disk."""
    both = [home.clip, home.back_clip]
    pictures = sum(clip.thumbnail.stat().st_size for clip in both)
    await home.hass.config_entries.async_remove(home.back.entry_id)

    shown = await settings(home)

    assert shown["storage"]["clips"] == 2
    assert shown["storage"]["bytes"] == sum(clip.size for clip in both) + pictures
    assert [each["doorbell_id"] for each in shown["doorbells"]] == [home.front.entry_id]


async def test_how_much_is_free_is_what_was_seen_last(home: Home) -> None:
    """A page must not wait for a disk that hangs."""
    await home.data.library.check()
    assert home.data.library.room is not None

    shown = await settings(home)

    assert shown["storage"]["free"] == home.data.library.room.free


async def test_each_doorbell_says_whether_anything_tells_of_motion(
    home: Home,
) -> None:
    """A webhook counts after its first call."""
    hass = home.hass

    async def tells(**options: object) -> tuple[bool, bool]:
        hass.config_entries.async_update_entry(home.front, options=options)
        shown = (await settings(home))["doorbells"]
        front = next(
            each for each in shown if each["doorbell_id"] == home.front.entry_id
        )
        assert front["name"] == "Front"
        assert front["device_id"] is not None
        return front["motion"], front["picture_motion"]

    assert await tells(**{CONF_WEBHOOK: True}) == (False, False)
    assert await tells(**{CONF_MOTION_ENTITY: "binary_sensor.hall"}) == (True, False)
    assert await tells(**{CONF_PICTURE_MOTION: True}) == (True, True)

    await home.save(
        home.front, "0199c0de-0000-7000-8000-000000000777", kind=EventKind.MOTION
    )
    assert await tells(**{CONF_WEBHOOK: True}) == (True, False)


async def test_a_demo_doorbell_tells_of_motion(
    hass: HomeAssistant, demo: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    [shown] = (await command(client, type="doorwatch/settings"))["result"]["doorbells"]

    assert shown["motion"] is True
    assert shown["source"] == "demo"


async def test_each_agency_is_shown_with_what_is_wrong(home: Home) -> None:
    """The answer has the problem and whether the fingerprint was compared."""
    [shown] = (await settings(home))["agencies"]

    assert shown == {
        "agency_id": home.agency.entry_id,
        "name": "Harbour Police",
        "group": False,
        "host": "desk.agency.example",
        "has_fingerprint": True,
        "compared": True,
        "problem": home.agency.runtime_data.data.problem,
    }


async def test_an_agency_with_upload_links_has_no_fingerprint(home: Home) -> None:
    """Nobody can compare it, so it needs no attention."""
    await type_agency(home.hass)
    await home.hass.async_block_till_done()

    shown = (await settings(home))["agencies"]

    assert [(each["host"], each["has_fingerprint"]) for each in shown] == [
        ("desk.agency.example", True),
        ("harbour.vendor.example", False),
    ]


class WatchedLock(asyncio.Lock):
    """A lock that notes that someone wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = asyncio.Event()

    @override
    async def acquire(self) -> Literal[True]:
        self.wanted.set()
        return await super().acquire()


async def test_an_agency_that_was_just_changed_is_shown(home: Home) -> None:
    """The answer waits until the entry is loaded again."""
    client, entries, lock = (
        await home.connect(),
        home.hass.config_entries,
        WatchedLock(),
    )
    object.__setattr__(home.agency, "setup_lock", lock)
    async with lock:
        lock.wanted.clear()
        await entries.async_unload(home.agency.entry_id, _lock=False)
        asked = asyncio.create_task(command(client, type="doorwatch/settings"))
        async with asyncio.timeout(10):
            await lock.wanted.wait()
        await entries.async_setup(home.agency.entry_id, _lock=False)

    [shown] = (await asked)["result"]["agencies"]
    assert shown["agency_id"] == home.agency.entry_id


async def test_settings_are_for_administrators(home: Home) -> None:
    """Other people who may share are refused, too."""
    kim = await home.user("Kim", control=[home.front])
    home.configure(sharers=[kim.id])
    client = await home.connect_as(kim)

    answer = await command(client, type="doorwatch/settings")

    assert answer["error"]["code"] == "unauthorized"
