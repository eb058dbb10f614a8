"""Test the repairs of shares: giving up, trying again, or only confirming."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.auth.models import TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    Removal,
    Share,
    ShareState,
    StoppedBy,
)
from custom_components.doorwatch.issues import (
    SHARE,
    about_share,
    async_follow_shares,
    async_share_issue,
)
from tests.agencies.desk import share
from tests.repairs.fixes import asked_by, begin, go_on, open_issues
from tests.sharing_fixtures import FakeAgency

pytestmark = pytest.mark.usefixtures("installed")


OUTBOX = "custom_components.doorwatch.engine.sharing.outbox.outbox.Outbox"
APP = "https://home-assistant.io/iOS"


@contextmanager
def known(one: Share) -> Iterator[None]:
    """Put this share into the outbox."""
    with (
        patch(f"{OUTBOX}.get", AsyncMock(return_value=one)),
        patch(f"{OUTBOX}.list", AsyncMock(return_value=[one])),
    ):
        yield


async def test_a_failed_share_is_given_up_and_what_had_left_is_said(
    hass: HomeAssistant, hass_admin_user: MockUser
) -> None:
    """An ended share is reported as ended; only a person at the card can try again."""
    login = await hass.auth.async_create_refresh_token(hass_admin_user, APP)
    entry = FakeAgency().entry()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    one = share(entry, ShareState.FAILED, problem="agency_too_large")
    async_share_issue(hass, one)
    with known(one):
        result = await begin(hass, SHARE.id_of(about_share("0199aaaa")))
    assert result["type"] is FlowResultType.MENU
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["problem"] != "agency_too_large"
    assert placeholders["outcome"] == "Nothing was sent."
    assert result["menu_options"] == ["give_up"]
    token = await hass.auth.async_create_refresh_token(
        hass_admin_user,
        client_name="script",
        token_type=TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
        access_token_expiration=timedelta(days=10),
    )
    with asked_by(token):
        refused = await go_on(hass, result, next_step_id="give_up")
    assert refused["reason"] == "not_stopped"
    result = await begin(hass, SHARE.id_of(about_share("0199aaaa")))
    cancel = f"{OUTBOX}.cancel"
    stopped = share(entry, ShareState.CANCELLED, begun=True, removal=Removal.PENDING)
    with (
        asked_by(login),
        known(one),
        patch(cancel, AsyncMock(return_value=stopped)) as act,
    ):
        result = await go_on(hass, result, next_step_id="give_up")
    act.assert_awaited_once_with("0199aaaa", StoppedBy(hass_admin_user.id))
    assert result["type"] is FlowResultType.FORM
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert "being asked to remove it" in placeholders["outcome"]
    result = await go_on(hass, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY

    async_share_issue(hass, one)
    result = await begin(hass, SHARE.id_of(about_share("0199aaaa")))
    full = patch(cancel, AsyncMock(side_effect=SharingError("disk_full")))
    with asked_by(login), known(one), full:
        result = await go_on(hass, result, next_step_id="give_up")
    assert result["reason"] == "not_stopped"
    assert open_issues(hass)

    result = await begin(hass, SHARE.id_of(about_share("0199aaaa")))
    with asked_by(login):
        result = await go_on(hass, result, next_step_id="give_up")
    assert result["reason"] == "over"
    assert not open_issues(hass)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "Nothing was sent."),
        ({"problem": "restored"}, "doesn't know whether it was sent"),
        ({"begun": True, "removal": Removal.ASKED}, "being asked to remove it"),
        (
            {"begun": True, "removal": Removal.CONFIRMED},
            "confirmed that it removed that part",
        ),
        ({"begun": True, "removal": Removal.UNCONFIRMED}, "didn't confirm"),
        ({"begun": True}, "didn't confirm"),
    ],
)
async def test_a_share_that_needs_a_new_tap_is_only_read(
    hass: HomeAssistant, facts: dict[str, Any], words: str
) -> None:
    """No repair can replace a tap; it shows what was sent and its known state."""
    entry = FakeAgency().entry()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    one = share(entry, ShareState.NEEDS_NEW_TAP, **facts)
    async_share_issue(hass, one)
    with known(one):
        result = await begin(hass, SHARE.id_of(about_share("0199aaaa")))
    assert result["step_id"] == "confirm"
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert words in placeholders["outcome"]
    result = await go_on(hass, result)

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not open_issues(hass)


async def test_a_repair_of_a_share_without_the_outbox_says_so(
    hass: HomeAssistant,
) -> None:
    """Doorwatch may have failed to start."""
    one = share(
        FakeAgency().entry(),
        ShareState.UPLOADING,
        problem="agency_unavailable",
        created_at=dt_util.utcnow() - timedelta(days=2),
    )
    async_share_issue(hass, one)
    result = await begin(hass, SHARE.id_of(about_share("0199aaaa")))
    assert DATA not in hass.data
    result = await go_on(hass, result, next_step_id="give_up")

    assert result["reason"] == "not_loaded"


async def test_an_issue_of_an_earlier_version_names_the_share_no_more(
    hass: HomeAssistant,
) -> None:
    """The problem is reported once, so its issue is kept."""
    SHARE.show(
        hass,
        "0199aaaa",
        key="share_failed",
        placeholders={"agency": "Harbour Police"},
        data={"share_id": "0199aaaa", "key": "share_failed"},
    )
    async_follow_shares(hass)
    (found,) = [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.translation_key == "share_failed"
    ]
    assert found.issue_id == SHARE.id_of(about_share("0199aaaa"))
    assert found.translation_placeholders is None
    assert found.data == {"about": about_share("0199aaaa"), "key": "share_failed"}
