"""The household through the flows, as a browser goes through them."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import (
    SOURCE_IMPORT,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.access.parts import ACCESS, pin_gate
from custom_components.doorwatch.access.pin_gate import PinGate
from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FOLDER,
    CONF_IN_SIDEBAR,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_KIND,
    CONF_NOTICES,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_PROXY,
    CONF_SHARERS,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.data import DATA
from custom_components.doorwatch.engine.sharing.model import SharingError
from custom_components.doorwatch.engine.sharing.tap.pin import (
    FREE_TRIES,
    PinLocked,
    hash_pin,
    verify_pin,
)
from custom_components.doorwatch.household.household import household
from tests.agencies.desk import notifications
from tests.flows.forms import doorbell_entry, go_on
from tests.flows.household import OPTIONS, change, dismiss_all, home

__all__ = ["home"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_there_is_one_household(hass: HomeAssistant, home: ConfigEntry) -> None:
    """Two would contradict each other."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_KIND: KIND_HOUSEHOLD}
    )

    assert result["reason"] == "already_configured"


async def test_a_pin_is_set_kept_and_removed(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """What is stored is no PIN."""
    result = await change(hass, home, **{CONF_PIN: "123"})
    assert result["errors"] == {CONF_PIN: "pin_length"}
    await change(hass, home, **{CONF_PIN: "1234"})
    stored = household(hass).pin_hash
    assert stored is not None
    assert "1234" not in stored
    assert verify_pin("1234", stored)

    await change(hass, home, remove_pin=False)
    assert household(hass).pin_hash == stored

    await change(hass, home, remove_pin=True, current_pin="1234")
    assert household(hass).pin_hash is None
    lines = await hass.data[DATA].ledger.lines()
    assert [line.data for line in lines] == [
        {"changed": [CONF_PIN], "pin_set": True},
        {"changed": [CONF_PIN], "pin_set": False},
    ]


@pytest.mark.parametrize("wish", [{CONF_PIN: "9999"}, {"remove_pin": True}])
async def test_a_pin_is_changed_only_by_who_knows_it(
    hass: HomeAssistant, home: ConfigEntry, wish: dict[str, Any]
) -> None:
    """A tablet that is logged in as an administrator does not; guessing is limited."""
    await change(hass, home, **{CONF_PIN: "1234"})
    stored = household(hass).pin_hash
    result = await change(hass, home, **wish)
    assert result["errors"] == {"current_pin": "pin_required"}
    for _ in range(FREE_TRIES):
        result = await change(hass, home, **wish, current_pin="4321")
        assert result["errors"] == {"current_pin": "pin_wrong"}
    assert "4321" not in str(result)
    assert str(stored) not in str(result)

    # The gate is the one of the share dialog: it is closed there too.
    result = await change(hass, home, **wish, current_pin="1234")
    assert result["errors"] == {"current_pin": "pin_locked"}
    assert 0 < int((result["description_placeholders"] or {})["seconds"]) <= 60
    with pytest.raises(PinLocked):
        await pin_gate(hass).async_check("1234")
    assert household(hass).pin_hash == stored
    refused = (await hass.data[DATA].ledger.lines())[-1]
    assert (refused.kind, refused.data["reason"]) == ("refused", "settings_pin_locked")
    assert (await hass.data[DATA].ledger.counts())["refused"] == FREE_TRIES + 1


async def test_a_forgotten_pin_goes_and_closes_sharing_for_a_day(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """It cannot be done on the quiet, and helps nobody who is in a hurry."""
    await change(hass, home, **{CONF_PIN: "1234"})
    dismiss_all(hass)
    await change(hass, home, pin_unknown=True)

    assert household(hass).pin_hash is None
    assert set(home.options) == {
        *OPTIONS,
        CONF_OPEN_TO_PLAYERS,
        CONF_IN_SIDEBAR,
        CONF_NOTICES,
    }
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {"changed": [CONF_PIN], "pin_set": False, "pin_unknown": True}
    assert "took the PIN for sharing away without typing it" in notifications(hass)
    with pytest.raises(SharingError, match="sharing_closed"):
        await pin_gate(hass).async_check(None)

    # A new one is set afterwards, and shortens nothing; nor does a restart.
    await change(hass, home, **{CONF_PIN: "98765"})
    del hass.data[ACCESS]  # what a restart forgets
    with pytest.raises(SharingError, match="sharing_closed"):
        await pin_gate(hass).async_check("98765")


@pytest.mark.parametrize(
    "more",
    [
        {CONF_PIN: "98765"},
        {CONF_SHARERS: ["kim"]},
        {CONF_CLIENT_ADDRESSES: ["https://app.example.com"]},
        {CONF_CANCEL_WINDOW: 0},
        {CONF_CANCEL_WINDOW: 300},
        {CONF_OPEN_TO_PLAYERS: ["door"]},
        {CONF_KEEP_DAYS: 1},
        {CONF_KEEP_GB: 1},
        {CONF_FOLDER: "folder"},
    ],
    ids=lambda more: next(iter(more)),
)
@pytest.mark.parametrize("menu", ["options", "reconfigure"])
async def test_who_forgot_the_pin_changes_nothing_else_with_it(
    hass: HomeAssistant,
    home: ConfigEntry,
    tmp_path: Path,
    more: dict[str, Any],
    menu: str,
) -> None:
    """Not even what needs no PIN; in both menus."""
    await hass.auth.async_create_user("Owner")
    kim = await hass.auth.async_create_user("Kim")
    door = doorbell_entry()
    door.add_to_hass(hass)
    real = {"kim": kim.id, "door": door.entry_id}
    wish = {
        key: [real.get(each, each) for each in value]
        if isinstance(value, list)
        else str(tmp_path / "elsewhere")
        if key == CONF_FOLDER
        else value
        for key, value in more.items()
    }
    await change(hass, home, **{CONF_PIN: "1234"})
    before = dict(home.options)
    if menu == "options":
        result = await change(hass, home, **wish, pin_unknown=True)
    else:
        result = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": home.entry_id}
        )
        result = await go_on(hass, result, **{**OPTIONS, **wish, "pin_unknown": True})

    assert result["errors"] == {"pin_unknown": "pin_unknown_alone"}
    assert home.options == before
    await pin_gate(hass).async_check("1234")


@pytest.mark.parametrize("menu", ["options", "reconfigure"])
@pytest.mark.parametrize(
    "weaker",
    [
        {CONF_SHARERS: ["kim", "pat"]},
        # One for another: also an addition.
        {CONF_SHARERS: ["pat"]},
        {CONF_CLIENT_ADDRESSES: ["https://home.example.org", "https://b.example"]},
        {CONF_CLIENT_ADDRESSES: ["https://b.example"]},
        {CONF_CANCEL_WINDOW: 59},
        {CONF_CANCEL_WINDOW: 0},
        {CONF_PIN: "98765"},
        {"remove_pin": True},
    ],
)
async def test_what_weakens_the_guard_needs_the_pin(
    hass: HomeAssistant, home: ConfigEntry, menu: str, weaker: dict[str, Any]
) -> None:
    """A tablet that is logged in as an administrator is nobody; in both menus."""
    await hass.auth.async_create_user("Owner")
    people = {
        name: (await hass.auth.async_create_user(name)).id for name in ("kim", "pat")
    }
    strong = {
        **OPTIONS,
        CONF_SHARERS: [people["kim"]],
        CONF_CLIENT_ADDRESSES: ["https://home.example.org"],
        CONF_CANCEL_WINDOW: 60,
    }
    await change(hass, home, **strong, **{CONF_PIN: "1234"})
    before = dict(home.options)
    wish = strong | weaker
    wish[CONF_SHARERS] = [people.get(each, each) for each in wish[CONF_SHARERS]]

    async def send(**more: Any) -> ConfigFlowResult:
        if menu == "options":
            return await change(hass, home, **wish, **more)
        result = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": home.entry_id}
        )
        return await go_on(hass, result, **wish, **more)

    assert (await send())["errors"] == {"current_pin": "pin_required"}
    for _ in range(FREE_TRIES):
        answer = await send(current_pin="4321")
        assert answer["errors"] == {"current_pin": "pin_wrong"}
    assert (await send(current_pin="1234"))["errors"] == {"current_pin": "pin_locked"}
    with pytest.raises(PinLocked):
        await pin_gate(hass).async_check("1234")
    assert home.options == before

    del hass.data[ACCESS]
    await PinGate(hass)._store.async_remove()  # as when the lock is over
    assert not (await send(current_pin="1234")).get("errors")
    assert home.options != before


@pytest.mark.parametrize(
    "stronger",
    [
        {CONF_SHARERS: []},
        {CONF_CLIENT_ADDRESSES: []},
        {CONF_CANCEL_WINDOW: 61},
        {CONF_KEEP_DAYS: 1},
    ],
)
async def test_what_weakens_nothing_needs_no_pin(
    hass: HomeAssistant, home: ConfigEntry, stronger: dict[str, Any]
) -> None:
    """Whoever sees that something is wrong can act at once."""
    await hass.auth.async_create_user("Owner")
    kim = await hass.auth.async_create_user("Kim")
    strong = {
        CONF_SHARERS: [kim.id],
        CONF_CLIENT_ADDRESSES: ["https://home.example.org"],
        CONF_CANCEL_WINDOW: 60,
    }
    await change(hass, home, **strong, **{CONF_PIN: "1234"})

    result = await change(hass, home, **strong | stronger)

    assert not result.get("errors")


async def test_two_forms_at_once_get_around_no_pin(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """What the second is compared with is what the first left."""
    first, second = [
        await hass.config_entries.options.async_init(home.entry_id) for _ in range(2)
    ]
    options = hass.config_entries.options

    answers = await asyncio.gather(
        options.async_configure(first["flow_id"], {**OPTIONS, CONF_PIN: "1234"}),
        options.async_configure(second["flow_id"], {**OPTIONS, CONF_CANCEL_WINDOW: 0}),
    )

    assert answers[1]["errors"] == {"current_pin": "pin_required"}
    assert household(hass).cancel_window == 10
    await pin_gate(hass).async_check("1234")


async def test_addresses_are_kept_as_browsers_write_them_and_told(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Pasted from the address bar; what is none is refused in words."""
    for wrong in ("home.example.org", "https://kim:pin@home.example.org", "ftp://a.b"):
        result = await change(
            hass, home, **{CONF_CLIENT_ADDRESSES: ["https://a.example", wrong]}
        )
        assert result["errors"] == {CONF_CLIENT_ADDRESSES: "client_address_invalid"}
    assert household(hass).client_addresses == frozenset()

    await change(
        hass,
        home,
        **{
            CONF_CLIENT_ADDRESSES: [
                " HTTPS://Home.Example.org:443/lovelace/0 ",
                "https://home.example.org",
                "http://nas:8123/",
            ]
        },
    )

    addresses = ["http://nas:8123", "https://home.example.org"]
    assert home.options[CONF_CLIENT_ADDRESSES] == addresses
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {
        "changed": [CONF_CLIENT_ADDRESSES],
        CONF_CLIENT_ADDRESSES: addresses,
    }
    assert "at which addresses" in notifications(hass)


async def test_a_household_of_before_has_no_addresses_and_goes_on(
    hass: HomeAssistant,
) -> None:
    """Its options, as they were stored, hold nothing of them; its PIN still goes alone."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=KIND_HOUSEHOLD,
        data={CONF_KIND: KIND_HOUSEHOLD},
        options={
            CONF_KEEP_DAYS: 30,
            CONF_KEEP_GB: 20,
            CONF_SHARERS: [],
            CONF_PIN: await hass.async_add_executor_job(hash_pin, "1234"),
            CONF_CANCEL_WINDOW: 10,
            CONF_OPEN_TO_PLAYERS: [],
        },
    )
    entry.add_to_hass(hass)
    assert household(hass).client_addresses == frozenset()
    assert await hass.config_entries.async_setup(entry.entry_id)

    result = await change(hass, entry, pin_unknown=True)

    assert not result.get("errors")
    assert household(hass).pin_hash is None


async def test_a_forgotten_pin_stays_while_the_ledger_cannot_tell(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Nor is sharing closed then."""
    await change(hass, home, **{CONF_PIN: "1234"})
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        result = await change(hass, home, pin_unknown=True)

    assert result["errors"] == {"base": "disk_full"}
    await pin_gate(hass).async_check("1234")


def _suggested(form: Mapping[str, Any], field: str) -> Any:
    """Return what stands in a field of a form."""
    return next(
        key.description["suggested_value"]
        for key in form["data_schema"].schema
        if key == field
    )


async def test_a_proxy_is_stored_with_a_login_that_is_never_shown_again(
    hass: HomeAssistant, home: ConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """The login stays while the address does, and goes with it."""
    secret = "http://kim:hunter2@proxy.example:3128"
    await change(hass, home, **{CONF_PROXY: f" {secret} "})
    assert household(hass).proxy == secret
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {"changed": [CONF_PROXY], "proxy_set": True}
    assert "the proxy" in notifications(hass)

    form = await hass.config_entries.options.async_init(home.entry_id)
    shown = _suggested(form, CONF_PROXY)
    assert shown == "http://proxy.example:3128"
    assert "hunter2" not in str(form)
    await change(hass, home, **{CONF_PROXY: shown})
    assert household(hass).proxy == secret
    assert len(await hass.data[DATA].ledger.lines()) == 1

    await change(hass, home, **{CONF_PROXY: "http://proxy.example:8080"})
    assert household(hass).proxy == "http://proxy.example:8080"
    await change(hass, home)
    assert household(hass).proxy is None
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {"changed": [CONF_PROXY], "proxy_set": False}
    assert "hunter2" not in repr(household(hass)) + caplog.text


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        ("kim:hunter2@proxy.example", "proxy.example"),
        ("socks5://kim:hunter2@proxy.example:1080", "socks5://proxy.example:1080"),
        ("http://kim:hunter2@proxy.example:99999", "http://proxy.example:99999"),
        ("http://proxy.example", "http://proxy.example"),
        ("proxy.example:3128:kim:hunter2", ""),
        ("http://kim:hunter2", ""),
        ("http://proxy.example:3128/?password=hunter2", ""),
    ],
)
async def test_of_what_is_no_proxy_all_but_a_login_stays_in_the_form(
    hass: HomeAssistant, home: ConfigEntry, wrong: str, kept: str
) -> None:
    """It is refused, and the household goes on as it was."""
    result = await change(hass, home, **{CONF_PROXY: wrong})
    assert result["errors"] == {CONF_PROXY: "proxy_invalid"}
    assert "hunter2" not in str(result)
    assert _suggested(result, CONF_PROXY) == kept
    assert household(hass).proxy is None


async def test_a_login_that_was_typed_is_not_lost_when_another_field_is_wrong(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """The form does not show it, and gets it back without."""
    secret = "http://kim:hunter2@proxy.example:3128"
    result = await change(hass, home, **{CONF_PROXY: secret, CONF_PIN: "1"})
    assert result["errors"] == {CONF_PIN: "pin_length"}
    assert "hunter2" not in str(result)
    shown = _suggested(result, CONF_PROXY)
    await hass.config_entries.options.async_configure(
        result["flow_id"], {CONF_PROXY: shown}
    )
    assert household(hass).proxy == secret


async def test_a_known_pin_is_replaced(hass: HomeAssistant, home: ConfigEntry) -> None:
    """In the other menu's form just the same; other settings need no PIN."""
    await change(hass, home, **{CONF_PIN: "1234"})
    await change(hass, home, **{CONF_KEEP_DAYS: 7})
    assert household(hass).keep_days == 7
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": home.entry_id}
    )
    new = {**OPTIONS, CONF_PIN: "98765"}
    result = await go_on(hass, result, **new)
    assert result["errors"] == {"current_pin": "pin_required"}
    result = await go_on(hass, result, **new, current_pin="1234")

    assert result["reason"] == "reconfigure_successful"
    assert set(home.options) == {
        *OPTIONS,
        CONF_PIN,
        CONF_OPEN_TO_PLAYERS,
        CONF_IN_SIDEBAR,
        CONF_NOTICES,
    }
    assert verify_pin("98765", home.options[CONF_PIN])
    await pin_gate(hass).async_check("98765")


@pytest.mark.parametrize(
    ("folder", "problem"),
    [
        ("clips", "folder_not_absolute"),
        ("/tmp/../etc/clips", "folder_not_absolute"),  # noqa: S108 - refused
        ("/media/clips", "folder_is_served"),
        ("/proc/clips", "folder_not_writable"),
    ],
)
async def test_a_folder_that_will_not_do_is_refused(
    hass: HomeAssistant, home: ConfigEntry, folder: str, problem: str
) -> None:
    """Before anything is stored."""
    result = await change(hass, home, **{CONF_FOLDER: folder})

    assert result["errors"] == {CONF_FOLDER: problem}
    assert household(hass).folder is None


async def test_a_folder_that_is_not_stored_after_all_is_not_left_behind(
    hass: HomeAssistant, home: ConfigEntry, tmp_path: Path
) -> None:
    """Something else in the form was wrong, and the person closed it."""
    chosen = tmp_path / "disk" / "clips"
    result = await change(hass, home, **{CONF_FOLDER: str(chosen), CONF_PIN: "1"})
    assert result["errors"] == {CONF_PIN: "pin_length"}
    assert not chosen.parent.exists()

    kept = tmp_path / "disk" / "photos"
    await hass.async_add_executor_job(lambda: kept.mkdir(parents=True))
    result = await change(hass, home, **{CONF_FOLDER: str(chosen), CONF_PIN: "1"})
    assert not chosen.exists() and kept.exists()


async def test_another_folder_counts_from_the_next_start(
    hass: HomeAssistant, home: ConfigEntry, tmp_path: Path
) -> None:
    """It is made now; the open library stays where it is."""
    served = Path(hass.config.config_dir) / "www"
    result = await change(hass, home, **{CONF_FOLDER: str(served)})
    assert result["errors"] == {CONF_FOLDER: "folder_is_served"}

    before = hass.data[DATA].library.folder
    chosen = tmp_path / "elsewhere"
    await change(hass, home, **{CONF_FOLDER: f" {chosen} "})

    assert household(hass).folder == str(chosen)
    assert chosen.is_dir()
    assert hass.data[DATA].library.folder == before


async def test_reconfigure_of_the_household_shows_its_options(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """A person who chose the other menu entry gets the same."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": home.entry_id}
    )
    assert result["step_id"] == "reconfigure_household"
    result = await go_on(hass, result, **{**OPTIONS, CONF_CANCEL_WINDOW: 60})

    assert result["reason"] == "reconfigure_successful"
    assert household(hass).cancel_window == 60


async def test_who_gets_rid_of_the_pin_cannot_share_for_a_day(
    hass: HomeAssistant, home: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """By deleting the household; everybody hears of it, nothing shortens it."""
    await change(hass, home, **{CONF_PIN: "1234"})
    dismiss_all(hass)
    await hass.config_entries.async_remove(home.entry_id)

    assert household(hass).pin_hash is None
    assert [line.data for line in await hass.data[DATA].ledger.lines()][-1] == {
        "changed": [CONF_PIN],
        "pin_set": False,
        "household_removed": True,
    }
    assert "took the PIN for sharing away without typing it" in notifications(hass)
    with pytest.raises(SharingError, match="sharing_closed") as refused:
        await pin_gate(hass).async_check(None)
    assert refused.value.placeholders == {"hours": "24"}

    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_KIND: KIND_HOUSEHOLD}
    )
    await change(hass, result["result"], **{CONF_PIN: "5678"})
    del hass.data[ACCESS]  # what a restart forgets
    freezer.tick(timedelta(hours=23, minutes=30))
    with pytest.raises(SharingError, match="sharing_closed") as refused:
        await pin_gate(hass).async_check("5678")
    assert refused.value.placeholders == {"hours": "1"}

    freezer.tick(timedelta(hours=1))
    with pytest.raises(SharingError, match="pin_required"):
        await pin_gate(hass).async_check(None)
    await pin_gate(hass).async_check("5678")


async def test_a_clock_that_is_set_back_closes_sharing_for_no_longer(
    hass: HomeAssistant, home: ConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A day at most, from then."""
    await change(hass, home, **{CONF_PIN: "1234"})
    freezer.tick(timedelta(days=1000))
    await hass.config_entries.async_remove(home.entry_id)
    freezer.tick(timedelta(days=-900))
    with pytest.raises(SharingError, match="sharing_closed") as refused:
        await pin_gate(hass).async_check(None)
    assert refused.value.placeholders == {"hours": "24"}
    freezer.tick(timedelta(hours=25))
    await pin_gate(hass).async_check(None)
