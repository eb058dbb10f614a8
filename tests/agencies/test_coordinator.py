"""Test agencies from the flow to the schedule, with real documents over loopback."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import os
import time
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch

from cryptography.hazmat.primitives.asymmetric import ec
from homeassistant.auth.models import User
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.agencies import coordinator as agency_coordinator
from custom_components.doorwatch.agencies.agencies import agency_access
from custom_components.doorwatch.agencies.coordinator import AgencyCoordinator
from custom_components.doorwatch.agencies.stored import store_for
from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    ShareState,
    Withdrawal,
)
from custom_components.doorwatch.engine.sharing.signing.jws import jwk_of, thumbprint
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.issues import (
    RECEIPT,
    SHARE,
    WITHDRAWAL,
    Issue,
    about_share,
)
from custom_components.doorwatch.repairs import async_create_fix_flow
from tests import waiting
from tests.agencies.desk import (
    Desk,
    add,
    desk,
    entry,
    kinds,
    notifications,
    share,
    tell,
)
from tests.sharing_fixtures import write_pending

__all__ = ["desk", "entry"]

# --- Adding an agency


async def test_the_outbox_finds_an_agency_by_its_id(
    hass: HomeAssistant, desk: Desk
) -> None:
    """The result is None when the agency is removed."""
    entry = await add(hass, desk)

    assert agency_access(hass, entry.entry_id) == entry.runtime_data.access()
    assert agency_access(hass, "another") is None


# --- Fetching its document


async def refresh(hass: HomeAssistant, entry: MockConfigEntry) -> AgencyCoordinator:
    """Move the clock to the next scheduled fetch."""
    coordinator: AgencyCoordinator = entry.runtime_data
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=14, minutes=1))
    await hass.async_block_till_done(wait_background_tasks=True)
    return coordinator


async def test_a_restart_does_not_fetch(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """A fetch would tell the agency when this home restarts."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()

    assert desk.fetched == 0
    assert entry.runtime_data.access() is not None


async def test_the_document_is_fetched_on_the_schedule(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """The fetch is within 10 to 14 hours, and stores the new pin."""
    desk.publish()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=9, minutes=59))
    await hass.async_block_till_done()
    assert desk.fetched == 0
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=14, minutes=1))
    await hass.async_block_till_done(wait_background_tasks=True)

    assert desk.fetched == 1
    stored = await store_for(hass, entry.entry_id).async_load()
    assert stored is not None
    assert stored["pin"]["seq"] == 2
    assert stored["document"] == desk.answer


async def test_a_fetch_ends_with_its_agency(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    desk: Desk,
    issue_registry: ir.IssueRegistry,
) -> None:
    """If the agency is removed during a fetch, nothing is notified or fetched again."""
    desk.answer = "nonsense"
    desk.open.clear()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=14, minutes=1))
    await waiting.until(lambda: desk.fetched)

    assert await hass.config_entries.async_remove(entry.entry_id)
    desk.open.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not issue_registry.async_get_issue(DOMAIN, f"agency_{entry.entry_id}")
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=30))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert desk.fetched == 1


async def test_changed_terms_are_told_and_stand_in_the_ledger(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """Waiting shares need a new tap, so people must be notified."""
    desk.agency.terms = "Kept for ever."
    desk.publish()
    coordinator = await refresh(hass, entry)

    assert isinstance(coordinator.data.document, AgencyDocument)
    assert coordinator.data.document.terms == "Kept for ever."
    assert (await kinds(hass))[-1] == "agency_changed"
    assert "its terms, or how long it keeps clips" in notifications(hass)


async def test_terms_that_changed_behind_a_bad_document_are_told_too(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """An invalid document in between must not hide changed terms."""
    desk.answer = "nonsense"
    coordinator = await refresh(hass, entry)
    assert coordinator.data.document is None

    desk.agency.terms = "Kept for ever."
    desk.publish()
    await refresh(hass, entry)
    assert (await kinds(hass))[-1] == "agency_changed"
    assert "its terms, or how long it keeps clips" in notifications(hass)


async def test_changed_terms_count_only_once_they_are_in_the_ledger(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """The schedule continues, and the next fetch tries again."""
    desk.agency.terms = "Kept for ever."
    desk.publish()
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        coordinator = await refresh(hass, entry)
    assert not coordinator.last_update_success
    assert isinstance(coordinator.data.document, AgencyDocument)
    assert coordinator.data.document.terms != "Kept for ever."

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=14, minutes=1))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert desk.fetched == 2
    assert coordinator.data.document.terms == "Kept for ever."
    assert (await kinds(hass))[-1] == "agency_changed"


@pytest.mark.parametrize(
    ("answer", "key"), [(500, "agency_silent"), (308, "agency_moved")]
)
async def test_silence_is_borne_for_a_while(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    desk: Desk,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
    answer: int,
    key: str,
) -> None:
    """The valid document stays valid; the repair comes after two days.

    The log has one line at once. Redirects are not followed, and the repair explains
    this.
    """
    issue_id = f"agency_{entry.entry_id}"
    desk.answer = answer
    caplog.clear()
    for _ in range(3):
        coordinator = await refresh(hass, entry)
    assert coordinator.access() is not None
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None

    await refresh(hass, entry)
    issue = issue_registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.translation_key == key
    assert issue.is_fixable
    assert caplog.text.count("is unavailable") == 1

    desk.publish()
    await refresh(hass, entry)
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
    assert caplog.text.count("is available again") == 1


async def test_an_administrator_need_not_wait_for_the_next_fetch(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    desk: Desk,
    issue_registry: ir.IssueRegistry,
) -> None:
    """The repair about an unreachable agency fetches once when it is submitted."""
    assert await async_setup_component(hass, "repairs", {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    issue_id = f"agency_{entry.entry_id}"
    desk.answer = 500
    for _ in range(4):
        await refresh(hass, entry)
    before = desk.fetched
    result = await manager.async_init(DOMAIN, data={"issue_id": issue_id})
    assert result["type"] is FlowResultType.FORM
    assert desk.fetched == before
    result = await manager.async_configure(result["flow_id"], {})
    assert result["errors"] == {"base": "still_there"}
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is not None
    desk.publish()
    result = await manager.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
    assert desk.fetched == before + 2
    assert entry.runtime_data.access() is not None


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 0},
        {"iat": int(time.time()) - 5000},
        {"age_recipients": []},
        {"upload_endpoint": "https://other.example/"},
        {"iss": "https://other.example"},
        {"exp": int(time.time()) - 5000, "iat": 1},
    ],
)
async def test_an_administrator_need_not_wait_until_a_mended_document_is_fetched(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    desk: Desk,
    issue_registry: ir.IssueRegistry,
    change: dict[str, object],
) -> None:
    """A start doesn't fetch the document, so each repair about a document offers to."""
    assert await async_setup_component(hass, "repairs", {})
    manager = repairs_flow_manager(hass)
    assert manager is not None
    desk.publish(**change)
    assert (await refresh(hass, entry)).access() is None
    issue_id = f"agency_{entry.entry_id}"
    before = desk.fetched
    result = await manager.async_init(DOMAIN, data={"issue_id": issue_id})
    result = await manager.async_configure(result["flow_id"], {})
    assert result["errors"] == {"base": "still_there"}
    desk.publish(iat=int(time.time()))
    result = await manager.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert desk.fetched == before + 2
    assert entry.runtime_data.access() is not None
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None


async def test_a_document_that_ran_out_meanwhile_counts_no_more(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """The terms may have changed since."""
    coordinator: AgencyCoordinator = entry.runtime_data
    assert coordinator.data.document is not None
    coordinator.data = replace(
        coordinator.data,
        document=replace(coordinator.data.document, expires_at=datetime.now(UTC)),
    )
    assert coordinator.access() is None

    desk.answer = 500
    await refresh(hass, entry)
    assert coordinator.data.document is None
    state = hass.states.get("sensor.harbour_police_last_delivery")
    assert state is not None
    assert state.state == STATE_UNAVAILABLE


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"seq": 0}, "document_invalid"),
        ({"iat": int(time.time()) + 5000}, "clock_behind"),
        ({"iat": int(time.time()) - 5000}, "replayed"),
        ({"age_recipients": []}, "encryption_missing"),
        ({"age_recipients": ["age1x"]}, "document_invalid"),
        ({"upload_endpoint": "https://other.example/"}, "origin_mismatch"),
        ({"iss": "https://other.example"}, "issuer_mismatch"),
        ({"exp": int(time.time()) - 5000, "iat": 1}, "document_expired"),
    ],
)
async def test_what_cannot_be_trusted_is_a_repair_at_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    desk: Desk,
    issue_registry: ir.IssueRegistry,
    change: dict[str, object],
    problem: str,
) -> None:
    """Nothing is shared until the document is fixed, even after a restart."""
    desk.publish(**change)
    coordinator = await refresh(hass, entry)

    assert coordinator.data.problem == problem
    assert coordinator.access() is None
    issue = issue_registry.async_get_issue(DOMAIN, f"agency_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_key == f"agency_{problem}"

    desk.answer = 500
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.access() is None
    issue = issue_registry.async_get_issue(DOMAIN, f"agency_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_key == f"agency_{problem}"
    desk.publish(iat=int(time.time()))
    assert (await refresh(hass, entry)).access() is not None
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.runtime_data.access() is not None


async def test_a_clock_that_was_set_back_accepts_nothing_until_it_is_right(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    desk: Desk,
    issue_registry: ir.IssueRegistry,
) -> None:
    """With a clock in the past, an old document would be valid again."""
    await hass.config_entries.async_unload(entry.entry_id)
    store = store_for(hass, entry.entry_id)
    pin = dict(entry.data["pin_at_first_use"])
    ahead = int(time.time()) + 7200  # the time before the clock was set back
    await store.async_save(
        {
            "pin": {**pin, "newest_iat": ahead},
            "document": desk.agency.publish(iat=ahead, exp=ahead + 86_400),
            "fetched": float(ahead),
        }
    )
    assert await hass.config_entries.async_setup(entry.entry_id)
    coordinator = entry.runtime_data
    assert coordinator.data.problem == "clock_behind"
    assert coordinator.access() is None
    desk.publish()  # signed by the current clock
    assert (await refresh(hass, entry)).data.problem == "clock_behind"
    issue = issue_registry.async_get_issue(DOMAIN, f"agency_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_key == "agency_clock_behind"
    assert issue.is_fixable

    right = SimpleNamespace(time=lambda: ahead + 60.0)
    with patch.object(agency_coordinator, "time", right):
        desk.publish(iat=ahead + 30, exp=ahead + 86_400)
        assert (await refresh(hass, entry)).data.problem is None
    assert not issue_registry.async_get_issue(DOMAIN, f"agency_{entry.entry_id}")


async def test_another_root_is_not_followed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    desk: Desk,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Only the old root can announce a new root."""
    new = ec.generate_private_key(ec.SECP256R1())
    old = desk.agency.root
    desk.agency.root = new
    desk.publish()
    assert (await refresh(hass, entry)).data.problem == "unknown_root"
    issue = issue_registry.async_get_issue(DOMAIN, f"agency_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_key == "agency_unknown_root"

    desk.agency.root = old
    desk.publish(next_root_jkt=thumbprint(new.public_key()))
    assert (await refresh(hass, entry)).data.problem is None
    desk.agency.root = new
    desk.publish(keys={"keys": [jwk_of(new.public_key())]})
    coordinator = await refresh(hass, entry)
    assert coordinator.data.problem is None
    assert coordinator.access() is not None


async def test_a_stored_document_that_ran_out_is_fetched_anew(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """A home that was off for long starts without a document and continues."""
    await hass.config_entries.async_unload(entry.entry_id)
    store = store_for(hass, entry.entry_id)
    await store.async_save(
        {
            "pin": entry.data["pin_at_first_use"],
            "document": desk.agency.publish(exp=int(time.time()) - 9999, iat=1),
            "fetched": 0.0,
        }
    )
    desk.answer = 500
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.access() is None

    desk.publish()
    assert (await refresh(hass, entry)).access() is not None


async def test_removing_an_agency_is_told_and_leaves_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_admin_user: User,
) -> None:
    """The pin, the document and the key are deleted; the ledger has the person."""
    assert await async_setup_component(hass, "config", {})
    keys = hass.data[DATA].keys
    await hass.async_add_executor_job(keys.for_agency, entry.entry_id)
    await write_pending(hass)
    assert await store_for(hass, entry.entry_id).async_load() is not None

    client = await hass_client()
    await client.delete(f"/api/config/config_entries/entry/{entry.entry_id}")
    await hass.async_block_till_done()

    assert (await kinds(hass))[-1] == "agency_removed"
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data["user_id"] == hass_admin_user.id
    assert await store_for(hass, entry.entry_id).async_load() is None
    assert "was removed" in notifications(hass)


async def test_a_removed_agency_is_forgotten_also_without_a_ledger(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """A full disk must not keep the key, nor prevent the notification."""
    keys = hass.data[DATA].keys
    await hass.async_add_executor_job(keys.for_agency, entry.entry_id)
    folder = PrivateFolder(hass.config.config_dir).keys
    assert await hass.async_add_executor_job(os.listdir, folder)
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        await hass.config_entries.async_remove(entry.entry_id)

    assert not await hass.async_add_executor_job(os.listdir, folder)
    assert "was removed" in notifications(hass)


# --- Repairs about shares


@pytest.mark.parametrize(
    ("later", "kind", "key"),
    [
        ({"receipt": ReceiptState.MISSING}, RECEIPT, "receipt_missing"),
        ({"receipt": ReceiptState.WRONG}, RECEIPT, "receipt_wrong"),
        (
            {"withdrawal": Withdrawal.UNANSWERED},
            WITHDRAWAL,
            "withdrawal_unanswered",
        ),
    ],
)
async def test_what_an_agency_did_not_say_is_a_repair(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    later: dict[str, Any],
    kind: Issue,
    key: str,
) -> None:
    """The repair ends when a person confirms it, or when the agency answers."""
    issue = kind.id_of(about_share("0199aaaa"))
    delivered = share(entry, ShareState.DELIVERED, receipt=ReceiptState.AWAITED)
    await tell(hass, delivered)
    assert issue_registry.async_get_issue(DOMAIN, issue) is None
    await tell(hass, replace(delivered, **later))
    found = issue_registry.async_get_issue(DOMAIN, issue)
    assert found is not None
    assert found.translation_key == key
    assert found.is_fixable
    assert found.is_persistent
    flow = await async_create_fix_flow(hass, issue, found.data)
    flow.hass, flow.issue_id = hass, issue
    flow.handler, flow.data = DOMAIN, found.data
    listed = f"{found.issue_id} {found.translation_placeholders} {found.data}"
    assert "0199aaaa" not in listed
    assert "Harbour" not in listed
    with patch.object(
        hass.data[DATA].outbox, "list", AsyncMock(return_value=[delivered])
    ):
        shown = await flow.async_step_confirm()  # type: ignore[attr-defined] # it confirms
    assert shown["description_placeholders"]["agency"] == "Harbour Police"
    await tell(
        hass,
        replace(
            delivered,
            receipt=ReceiptState.RECEIVED,
            withdrawal=Withdrawal.DELETED,
        ),
    )
    assert issue_registry.async_get_issue(DOMAIN, issue) is None


@pytest.mark.parametrize(
    ("one", "key"),
    [
        ({"state": ShareState.FAILED, "problem": "agency_too_large"}, "share_failed"),
        ({"state": ShareState.NEEDS_NEW_TAP}, "share_needs_new_tap"),
        (
            {
                "state": ShareState.UPLOADING,
                "problem": "agency_unavailable",
                "created_at": datetime.now(UTC) - timedelta(hours=25),
            },
            "share_stuck",
        ),
        (
            {
                "state": ShareState.WAITING,
                "problem": "agency_unavailable",
                "created_at": datetime.now(UTC) - timedelta(hours=25),
            },
            "share_stuck",
        ),
        ({"state": ShareState.UPLOADING, "problem": "agency_unavailable"}, None),
    ],
)
async def test_a_share_that_wants_a_person_is_a_repair(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
    one: dict[str, Any],
    key: str | None,
) -> None:
    """The repair exists until the share needs no person any more."""
    await tell(hass, share(entry, **one))
    issue = issue_registry.async_get_issue(DOMAIN, SHARE.id_of(about_share("0199aaaa")))
    assert (issue.translation_key if issue else None) == key

    await tell(hass, share(entry, ShareState.DELIVERED))
    assert (
        issue_registry.async_get_issue(DOMAIN, SHARE.id_of(about_share("0199aaaa")))
        is None
    )


async def test_a_share_wants_a_person_also_while_its_agency_is_not_set_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Shares of a restored backup are reported before any agency is set up."""
    await hass.config_entries.async_unload(entry.entry_id)
    await tell(hass, share(entry, ShareState.NEEDS_NEW_TAP, problem="restored"))

    issue = issue_registry.async_get_issue(DOMAIN, SHARE.id_of(about_share("0199aaaa")))
    assert issue is not None
    assert issue.is_persistent
