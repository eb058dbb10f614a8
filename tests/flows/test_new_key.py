"""After an agency lost its root key, it is compared again and stays the same entry."""

import time
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric import ec
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowResult
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.agencies.stored import store_for
from custom_components.doorwatch.const import (
    CONF_COMPARED,
    CONF_PIN,
    CONF_ROOT,
    CONF_UPLOAD_CODE,
    DOMAIN,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.signing.canonical import text_digest
from custom_components.doorwatch.engine.sharing.signing.jws import jwk_of, thumbprint
from custom_components.doorwatch.engine.sharing.tap.pin import hash_pin
from custom_components.doorwatch.household.household import household_entry
from tests.agencies.desk import Desk, desk, entry, kinds, notifications
from tests.agencies.test_coordinator import refresh
from tests.agencies.test_groups import add_group

__all__ = ["desk", "entry"]


def new_root(desk: Desk) -> str:
    """Replace the lost root key and return the new thumbprint."""
    desk.agency.root = ec.generate_private_key(ec.SECP256R1())
    return thumbprint(desk.agency.root.public_key())


async def lost(hass: HomeAssistant, entry: Any, desk: Desk, **changes: object) -> str:
    """Publish with an unannounced key, which is refused."""
    root = new_root(desk)
    desk.publish(**changes)
    assert (await refresh(hass, entry)).data.problem == "unknown_root"
    desk.fetched = 0
    return root


async def reconfigure(hass: HomeAssistant, entry: Any) -> ConfigFlowResult:
    """Open the form of the entry."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )


async def fill_in(
    hass: HomeAssistant, form: ConfigFlowResult, **answers: object
) -> ConfigFlowResult:
    """Fill in the form."""
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"not_compared": False, **answers}
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def test_a_lost_root_is_replaced_by_one_that_was_compared(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """The entry keeps its code and schedule, and everyone is notified."""
    before = entry.data[CONF_ROOT]
    tapped_for = entry.runtime_data.access().document.as_shown
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_UPLOAD_CODE: "77"}
    )
    root = await lost(hass, entry, desk, name="Harbour Police Two")
    due = await stored(hass, entry, "due")
    form = await reconfigure(hass, entry)
    assert form["step_id"] == "new_key_agency"
    shown = form["description_placeholders"]
    assert shown is not None
    host = desk.agency.origin.removeprefix("http://")
    assert (shown["host"], shown["name"]) == (host, "Harbour Police Two")
    assert desk.last_group not in shown["fingerprint"]
    assert desk.fetched == 0  # the form shows the refused document
    for answers, errors in (
        ({"last_group": "WRNG"}, {"last_group": "fingerprint_differs"}),
        ({}, {"last_group": "compare_or_say_so"}),
    ):
        form = await fill_in(hass, form, **answers)
        assert form["errors"] == errors
        assert entry.runtime_data.access() is None
    result = await fill_in(hass, form, last_group=desk.last_group)
    assert result["reason"] == "reconfigure_successful"

    agency = entry.runtime_data
    assert agency.access().document.root_thumbprint == root
    assert agency.access().upload_code == "77"
    # Waiting shares were confirmed for the old root key.
    assert not tapped_for.is_still(agency.access().document.as_shown)
    assert agency.data.problem is None
    assert entry.data[CONF_ROOT] == root
    assert agency.compared
    assert await stored(hass, entry, "due") == due
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.kind == "agency_changed"
    assert (line.data["root_before"], line.data["root"]) == (before, root)
    assert line.data["changed"] == ["name", "root_thumbprint"]
    assert line.data["compared"] is True
    assert "its printed fingerprint is different now" in notifications(hass)
    # From now on, the home follows the new root key.
    desk.publish()
    assert (await refresh(hass, entry)).data.problem is None
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.access().document.root_thumbprint == root


async def stored(hass: HomeAssistant, entry: Any, name: str) -> object:
    """Return the stored document data."""
    found = await store_for(hass, entry.entry_id).async_load()
    assert found is not None
    return found[name]  # type: ignore[literal-required] # by name


async def test_the_root_of_before_is_not_believed_any_more(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """An attacker with the old key would need the same comparison."""
    old = desk.agency.root
    await lost(hass, entry, desk)
    await fill_in(hass, await reconfigure(hass, entry), last_group=desk.last_group)
    desk.agency.root = old
    desk.publish()
    assert (await refresh(hass, entry)).data.problem == "unknown_root"


async def test_numbers_that_start_anew_are_taken(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """An agency that lost its key may have lost its sequence number too."""
    desk.publish(seq=900)
    await refresh(hass, entry)
    await lost(hass, entry, desk, seq=1)
    await fill_in(hass, await reconfigure(hass, entry), last_group=desk.last_group)
    assert entry.runtime_data.access().document.seq == 1


async def test_what_is_older_than_what_was_accepted_is_not_compared(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """An old document with its old leaflet must not be accepted again."""
    accepted = entry.runtime_data.pin.newest_iat
    await lost(hass, entry, desk, iat=accepted - 10)
    result = await reconfigure(hass, entry)
    assert result["reason"] == "new_key_unusable"
    # A document that has expired since it was fetched isn't accepted either.
    await lost(hass, entry, desk)
    with patch(
        "custom_components.doorwatch.flows.new_key.time.time",
        return_value=time.time() + 10 * 365 * 86400,
    ):
        result = await reconfigure(hass, entry)
    assert result["reason"] == "new_key_unusable"


async def test_after_a_restart_it_is_fetched_to_be_compared(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """A single fetch suffices, and the pinned key needs no comparison."""
    old = desk.agency.root
    await lost(hass, entry, desk)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert (await reconfigure(hass, entry))["step_id"] == "new_key_agency"
    assert desk.fetched == 1
    assert await hass.config_entries.async_reload(entry.entry_id)
    desk.answer = 500
    result = await reconfigure(hass, entry)
    assert result["reason"] == "new_key_unusable"
    assert await hass.config_entries.async_reload(entry.entry_id)
    desk.agency.root = old
    desk.publish()
    assert (await reconfigure(hass, entry))["step_id"] == "reconfigure_agency"
    assert entry.runtime_data.access() is not None


async def test_without_a_comparison_each_share_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """An earlier comparison doesn't count."""
    assert entry.data[CONF_COMPARED] is True
    await lost(hass, entry, desk)
    form = await reconfigure(hass, entry)
    await fill_in(hass, form, not_compared=True)
    assert not entry.runtime_data.compared
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data["compared"] is False


async def test_who_does_not_know_the_pin_swaps_no_agency(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """A tablet logged in as an administrator doesn't know it."""
    household = household_entry(hass)
    assert household is not None
    pin = await hass.async_add_executor_job(hash_pin, "1234")
    hass.config_entries.async_update_entry(household, options={CONF_PIN: pin})
    root = await lost(hass, entry, desk)
    form = await reconfigure(hass, entry)
    compared = {"last_group": desk.last_group}
    for typed, problem in (({}, "pin_required"), ({"current_pin": "9"}, "pin_wrong")):
        form = await fill_in(hass, form, **compared, **typed)
        assert form["errors"] == {"current_pin": problem}
    assert entry.data[CONF_ROOT] != root
    refused = (await hass.data[DATA].ledger.lines())[-1]
    assert refused.data["reason"] == "settings_pin_wrong"
    await fill_in(hass, form, **compared, current_pin="1234")
    assert entry.data[CONF_ROOT] == root


async def test_what_cannot_be_written_to_the_ledger_is_not_taken(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """The user can try again."""
    root = await lost(hass, entry, desk)
    form = await reconfigure(hass, entry)
    for error in (SharingError("disk_full"), LibraryError("library_missing")):
        with patch(
            "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
            side_effect=error,
        ):
            form = await fill_in(hass, form, last_group=desk.last_group)
        assert form["errors"] == {"base": error.problem}
        assert entry.data[CONF_ROOT] != root
    await fill_in(hass, form, last_group=desk.last_group)
    assert entry.data[CONF_ROOT] == root


async def test_what_is_not_published_any_more_is_not_taken(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """The real agency may have returned while the form was open for hours."""
    old, before = desk.agency.root, entry.data[CONF_ROOT]

    async def does_nothing(form: ConfigFlowResult) -> None:
        noted = await kinds(hass)
        result = await fill_in(hass, form, not_compared=True)
        assert result["reason"] == "new_key_changed"
        assert entry.data[CONF_ROOT] == before
        assert await kinds(hass) == noted

    await lost(hass, entry, desk)
    form = await reconfigure(hass, entry)
    desk.publish(terms={"text": "Ours.", "digest": text_digest("Ours.")})
    await refresh(hass, entry)
    await does_nothing(form)

    form = await reconfigure(hass, entry)
    desk.agency.root = old
    desk.publish()
    await refresh(hass, entry)
    await does_nothing(form)
    assert entry.runtime_data.access() is not None

    await lost(hass, entry, desk)
    form = await reconfigure(hass, entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await does_nothing(form)


async def test_a_group_is_compared_without_a_pin(
    hass: HomeAssistant, desk: Desk
) -> None:
    """Nothing is sent to groups; their messages are kept until the new feed is fetched."""
    group = await add_group(hass, desk)
    root = new_root(desk)
    desk.publish_group()
    assert (await refresh(hass, group)).data.problem == "unknown_root"
    desk.ask()  # signed with the new key
    form = await reconfigure(hass, group)
    assert form["step_id"] == "new_key_group"
    await fill_in(hass, form, last_group=desk.last_group)
    assert group.runtime_data.data.document.root_thumbprint == root
    assert not group.runtime_data.takes_clips


async def test_an_agency_does_not_become_a_group_by_it(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """The agency has to be removed and added again."""
    new_root(desk)
    desk.publish_group()
    assert (await refresh(hass, entry)).data.problem == "unknown_root"
    result = await reconfigure(hass, entry)
    assert result["reason"] == "new_key_unusable"


async def test_an_announced_root_asks_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """The form is the usual one."""
    new = ec.generate_private_key(ec.SECP256R1())
    desk.publish(next_root_jkt=thumbprint(new.public_key()))
    await refresh(hass, entry)
    desk.agency.root = new
    desk.publish(keys={"keys": [jwk_of(new.public_key())]})
    await refresh(hass, entry)
    assert (await reconfigure(hass, entry))["step_id"] == "reconfigure_agency"
    assert (await kinds(hass))[-1] == "agency_changed"
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert (await reconfigure(hass, entry))["step_id"] == "reconfigure_agency"
