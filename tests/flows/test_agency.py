"""Tests of the flows of agencies with real documents over loopback."""

import time
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_COMPARED, CONF_UPLOAD_CODE, DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.sharing.documents.discovery import WELL_KNOWN
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import ShareState
from tests.agencies.desk import (
    Desk,
    add,
    desk,
    entry,
    kinds,
    notifications,
    share,
    tell,
    type_address,
)

__all__ = ["desk", "entry"]


async def test_an_agency_is_shown_compared_pinned_and_told(
    hass: HomeAssistant, desk: Desk
) -> None:
    """The host is shown first; the last group of the fingerprint is only on paper."""
    result = await type_address(hass, desk.agency.origin)
    shown = result["description_placeholders"]
    assert shown is not None
    # The host distinguishes agencies with the same name.
    assert shown["host"] == desk.agency.origin.removeprefix("http://")
    assert shown["name"] == "Harbour Police"
    assert desk.last_group not in shown["fingerprint"]
    assert len(shown["fingerprint"].split()) == 13

    entry = await add(hass, desk)

    assert entry.title == "Harbour Police"
    assert entry.unique_id == desk.agency.origin
    assert entry.data[CONF_COMPARED] is True
    assert entry.runtime_data.compared
    assert entry.runtime_data.access() is not None
    assert await kinds(hass) == ["agency_added"]
    assert "Harbour Police" in notifications(hass)
    assert desk.fetched == 2  # once for each form, and never by the setup


async def test_without_a_comparison_it_says_so_for_ever(
    hass: HomeAssistant, desk: Desk
) -> None:
    """An empty or wrong group is refused."""
    result = await type_address(hass, desk.agency.origin)
    for answers, errors in (
        ({"last_group": "WRNG"}, {"last_group": "fingerprint_differs"}),
        ({}, {"last_group": "compare_or_say_so"}),
    ):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {"not_compared": False, **answers}
        )
        assert result["errors"] == errors
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"not_compared": True}
    )

    entry = result["result"]
    assert entry.data[CONF_COMPARED] is False
    assert not entry.runtime_data.compared


async def test_an_upload_code_is_asked_for_when_the_agency_wants_one(
    hass: HomeAssistant, desk: Desk
) -> None:
    """The code reaches the outbox."""
    desk.publish(upload_code_required=True)
    result = await type_address(hass, desk.agency.origin)
    answers = {"not_compared": False, "last_group": desk.last_group.lower()}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], answers)
    assert result["errors"] == {CONF_UPLOAD_CODE: "upload_code_required"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {**answers, CONF_UPLOAD_CODE: " 12-34 "}
    )

    access = result["result"].runtime_data.access()
    assert access.upload_code == "12-34"
    assert access.local


async def test_the_same_agency_is_refused(hass: HomeAssistant, desk: Desk) -> None:
    """An agency is identified by its origin."""
    await add(hass, desk)
    result = await type_address(hass, desk.agency.origin + WELL_KNOWN)

    assert result["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (404, "bad_status"),
        (302, "redirected"),
        ("<html>", "document_invalid"),
        ({"iss": "https://other.example"}, "issuer_mismatch"),
        ({"exp": 1_000_000_000, "iat": 999_999_999}, "document_expired"),
        ({"upload_endpoint": "https://other.example/"}, "origin_mismatch"),
        ({"age_recipients": []}, "encryption_missing"),
        ({"age_recipients": ["age1x"]}, "document_invalid"),
        ({"iat": int(time.time()) + 10**6, "exp": 2**33}, "clock_behind"),
    ],
)
async def test_what_is_wrong_with_a_document_has_words(
    hass: HomeAssistant,
    desk: Desk,
    answer: str | int | dict[str, object],
    problem: str,
) -> None:
    if isinstance(answer, dict):
        desk.publish(**answer)
    else:
        desk.answer = answer
    result = await type_address(hass, desk.agency.origin)

    assert result["errors"] == {"address": f"agency_{problem}"}


@pytest.mark.parametrize(
    ("address", "local", "problem"),
    [
        ("ftp://127.0.0.1", True, "invalid_address"),
        ("http://127.0.0.1", False, "invalid_address"),
        ("https://127.0.0.1", False, "address_refused"),
        ("https://127.0.0.1:9", True, "cannot_connect"),
    ],
)
async def test_what_is_wrong_with_an_address_has_words(
    hass: HomeAssistant, desk: Desk, address: str, local: bool, problem: str
) -> None:
    """Private networks are accessed only if the user allows it."""
    result = await type_address(hass, address, local=local)

    assert result["errors"] == {"address": f"agency_{problem}"}


async def test_an_unusable_library_is_named(hass: HomeAssistant, desk: Desk) -> None:
    """The pin and the ledger line could not be stored."""
    with patch(
        "custom_components.doorwatch.flows.agency.async_get_domain",
        side_effect=LibraryError("disk_full"),
    ):
        result = await type_address(hass, desk.agency.origin)
    assert result["errors"] == {"base": "disk_full"}


async def test_an_agency_that_cannot_be_written_to_the_ledger_is_not_added(
    hass: HomeAssistant, desk: Desk
) -> None:
    """The comparison isn't recorded either."""
    result = await type_address(hass, desk.agency.origin)
    answers = {"not_compared": True}
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], answers
        )
        assert result["errors"] == {"base": "disk_full"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], answers)
    entry = result["result"]

    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {"last_group": desk.last_group}
        )
    assert result["errors"] == {"base": "disk_full"}
    assert entry.data[CONF_COMPARED] is False


async def test_reconfigure_compares_after_all(hass: HomeAssistant, desk: Desk) -> None:
    """The form also changes the code, and an empty field keeps it."""
    entry = await add(hass, desk, not_compared=True)
    assert not entry.supports_options  # the form contains all settings
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert result["step_id"] == "reconfigure_agency"
    shown = result["description_placeholders"]
    assert shown is not None
    keys = hass.data[DATA].keys
    home = await hass.async_add_executor_job(keys.fingerprint, entry.entry_id)
    assert shown["home"] == home
    with patch.object(keys, "for_agency", side_effect=OSError):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], {"last_group": "WRNG"}
        )
    shown = result["description_placeholders"]
    assert shown is not None
    assert shown["home"] == "?"
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"last_group": "WRNG"}
    )
    assert result["errors"] == {"last_group": "fingerprint_differs"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"last_group": desk.last_group, CONF_UPLOAD_CODE: "77"}
    )

    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data[CONF_COMPARED] is True
    assert entry.runtime_data.access().upload_code == "77"
    compared, code = (await hass.data[DATA].ledger.lines())[-2:]
    assert compared.kind == code.kind == "agency_changed"
    assert compared.data["compared"] is True
    assert code.data == {
        "agency_id": entry.entry_id,
        "issuer": desk.agency.origin,
        "changed": [CONF_UPLOAD_CODE],
    }
    assert "compared" in notifications(hass)
    assert "upload code for the agency Harbour Police was changed" in notifications(
        hass
    )


async def test_an_upload_code_that_stays_is_nothing_to_tell(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The code is entered again or left empty."""
    before = [*await kinds(hass), "agency_changed"]
    for answers in ({CONF_UPLOAD_CODE: "77"}, {}, {CONF_UPLOAD_CODE: " 77 "}):
        result = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
        )
        await hass.config_entries.flow.async_configure(result["flow_id"], answers)
        await hass.async_block_till_done()
    assert await kinds(hass) == before


async def test_a_refused_upload_code_asks_for_a_new_one(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """The share has failed; the flow ends if the share succeeds after all."""
    await tell(hass, share(entry, ShareState.FAILED, problem="agency_unauthorized"))
    await tell(hass, share(entry, ShareState.DELIVERED))
    assert not list(entry.async_get_active_flows(hass, {"reauth"}))

    await tell(hass, share(entry, ShareState.FAILED, problem="agency_unauthorized"))
    (flow,) = entry.async_get_active_flows(hass, {"reauth"})
    assert flow["step_id"] == "reauth_agency"
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        result = await hass.config_entries.flow.async_configure(
            flow["flow_id"], {CONF_UPLOAD_CODE: "new code"}
        )
    assert result["errors"] == {"base": "disk_full"}
    assert entry.runtime_data.access().upload_code != "new code"
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {CONF_UPLOAD_CODE: "new code"}
    )
    await hass.async_block_till_done()

    assert result["reason"] == "reauth_successful"
    assert entry.runtime_data.access().upload_code == "new code"
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.kind == "agency_changed"
    assert line.data["changed"] == [CONF_UPLOAD_CODE]
    assert "new code" not in str(line.data) + notifications(hass)
    assert "was changed" in notifications(hass)
