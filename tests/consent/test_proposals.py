"""Test that anyone and any automation may propose a share, which shares nothing."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket
import voluptuous as vol

from custom_components.doorwatch.consent import proposals as module
from custom_components.doorwatch.consent.proposals import (
    LIFETIME,
    MOST,
    Proposal,
    Proposals,
)
from custom_components.doorwatch.const import CONF_PIN, DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.requests.feed import Lack
from custom_components.doorwatch.engine.sharing.tap.pin import hash_pin
from custom_components.doorwatch.signals import SIGNAL_CLIP_CHANGED
from tests.consent.proposing import notification, propose
from tests.engine.sharing.requests.items import BEGINS, request
from tests.renewed import renew
from tests.repository import ROOT
from tests.requests.asking import around, publish
from tests.sharing_fixtures import Home, command, event_of, prepare, tap
from tests.waiting import until


async def test_an_automation_proposes_and_nothing_is_shared(home: Home) -> None:
    """The proposal is stored, sent to cards, notified, and added to the ledger."""
    proposal_id = await propose(home, agency_id=home.agency.entry_id)

    [proposal] = await home.data.proposals.async_list()
    assert proposal.proposal_id == proposal_id
    assert proposal.agency_id == home.agency.entry_id
    assert proposal.by == "other"
    assert await home.shares() == []
    [line] = [
        line for line in await home.data.ledger.lines() if line.kind == "proposed"
    ]
    assert line.data == {
        "clip_id": home.clip.clip_id,
        "agency_id": home.agency.entry_id,
        "by": "other",
    }


async def test_the_notification_names_no_clip(home: Home) -> None:
    """All users can read notifications."""
    await propose(home, agency_id=home.agency.entry_id)

    shown = notification(home.hass)

    assert shown is not None
    assert "Nothing was sent" in shown["message"]
    for secret in (home.clip.clip_id, "Front", "Harbour", "/api/"):
        assert secret not in str(shown)


async def test_a_script_may_propose_what_it_may_not_share(home: Home) -> None:
    """The refusal to share suggests to propose."""
    assert await async_setup_component(
        home.hass,
        "script",
        {
            "script": {
                "tell": {
                    "sequence": [
                        {
                            "action": "doorwatch.propose_share",
                            "data": {"clip_id": home.clip.clip_id},
                        }
                    ]
                }
            }
        },
    )
    client = await home.connect()

    await command(client, type="call_service", domain="script", service="tell")

    [proposal] = await home.data.proposals.async_list()
    assert (proposal.by, proposal.agency_id) == ("script", None)


async def test_the_same_is_proposed_once(home: Home) -> None:
    """A loop creates neither many proposals nor many lines."""
    first = await propose(home)

    assert [await propose(home) for _ in range(5)] == [first] * 5
    assert (await home.data.ledger.counts())["proposed"] == 1


async def test_there_are_never_too_many(home: Home) -> None:
    """The oldest proposal is removed."""
    store = home.data.proposals
    clip_id, doorbell_id = home.clip.clip_id, home.clip.doorbell_id
    for number in range(MOST + 2):
        await store.async_add(
            Proposal(
                clip_id=clip_id,
                doorbell_id=doorbell_id,
                agency_id=str(number),
                by="automation",
            )
        )

    found = await store.async_list()

    assert len(found) == MOST
    assert found[0].agency_id == "2"


async def test_proposals_survive_a_restart(home: Home) -> None:
    """Proposals are on disk when the action returns."""
    proposal_id = await propose(home)

    renew(home.data.proposals, Proposals(home.hass))

    assert [each.proposal_id for each in await home.data.proposals.async_list()] == [
        proposal_id
    ]


async def test_old_proposals_go(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proposals expire after a week."""
    await propose(home)

    monkeypatch.setattr(module, "LIFETIME", timedelta(seconds=-1))

    assert await home.data.proposals.async_list() == []


async def test_an_unknown_agency_cannot_be_proposed(home: Home) -> None:
    """The id of a doorbell's entry isn't accepted."""
    with pytest.raises(ServiceValidationError) as caught:
        await propose(home, agency_id=home.front.entry_id)

    assert caught.value.translation_key == "agency_unknown"
    assert await home.data.proposals.async_list() == []


async def test_an_answer_to_a_request_is_proposed(home: Home) -> None:
    """It is stored once, sent to cards, restored after a restart, and in the ledger."""
    area, night = around(home.hass), BEGINS - timedelta(hours=9)
    await publish(
        home.hass,
        home.agency,
        request("r1", area),
        request("night", area, window=(night, night + timedelta(hours=1))),
        request("closed", area, closed=True),
        request("invalid", area, lacks=frozenset({Lack.UNTIL})),
    )
    await until(lambda: len(home.data.requests.concerns) == 4)
    asked = {"agency_id": home.agency.entry_id, "request_id": "r1"}
    assert await propose(home, **asked) == await propose(home, **asked)
    renew(home.data.proposals, Proposals(home.hass))
    client = await home.connect()
    await client.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
    [proposal] = (await event_of(client))["proposals"]
    assert proposal["request_id"] == "r1"
    [line] = [
        line for line in await home.data.ledger.lines() if line.kind == "proposed"
    ]
    assert line.data["request_id"] == "r1"
    for request_id, problem in (
        ("night", "clip_does_not_match"),
        ("closed", "request_closed"),
        ("invalid", "request_invalid"),
        ("none", "request_unknown"),
    ):
        with pytest.raises(ServiceValidationError) as caught:
            await propose(home, **asked | {"request_id": request_id})
        assert caught.value.translation_key == problem
    with pytest.raises(vol.Invalid):
        await propose(home, request_id="r1")


async def test_a_user_cannot_propose_a_hidden_clip(home: Home) -> None:
    """The error doesn't reveal that the clip exists."""
    user = await home.user(control=[home.back])

    with pytest.raises(ServiceValidationError) as caught:
        await propose(home, user.id)

    assert caught.value.translation_key == "clip_unknown"


@pytest.mark.parametrize("token", ["login", "long_lived"])
async def test_a_program_that_proposes_says_whose_login_it_has(
    home: Home, token: str
) -> None:
    """Only the account's name is stored, and restored after a restart."""
    user = await home.user("Kim", control=[home.front])
    rest = await home.client(await getattr(home, token)(user))
    answer = await rest.post(
        "/api/services/doorwatch/propose_share",
        params={"return_response": ""},
        json={"clip_id": home.clip.clip_id},
    )
    assert answer.status == HTTPStatus.OK
    renew(home.data.proposals, Proposals(home.hass))
    client = await home.connect()
    await client.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
    [proposal] = (await event_of(client))["proposals"]
    assert (proposal["by"], proposal["user"]) == ("rest", "Kim")
    assert user.id not in str(proposal)


async def test_a_proposal_of_before_names_nobody(home: Home) -> None:
    """Older stored proposals have no account."""
    await propose(home)
    [known] = await home.data.proposals.async_list()
    stored = known.as_dict()
    assert not {"became", "ended_at"} & stored.keys()
    del stored["user_id"], stored["request_id"]
    assert Proposal.from_dict({**stored, "later": 1}) == known
    ended = known.ended("over", known.at)
    assert Proposal.from_dict(ended.as_dict()) == ended
    client = await home.connect()
    await client.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
    [proposal] = (await event_of(client))["proposals"]
    assert proposal["user"] is None


async def test_proposals_go_with_the_last_entry(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """Afterwards, only the files named on the page about removal are left."""
    hass = home.hass
    await propose(home)
    storage = Path(hass.config.config_dir) / ".storage"

    def left() -> set[str]:
        found = {*hass_storage, *(one.name for one in storage.iterdir())}
        return {name for name in found if name.startswith(DOMAIN)}

    with pytest.raises(SharingError):
        await async_check_pin_of(home)
    assert "doorwatch.proposals" in await hass.async_add_executor_job(left)
    for entry in (home.front, home.back, home.agency, home.household):
        assert await hass.data[DATA].proposals.async_list()
        await hass.config_entries.async_remove(entry.entry_id)
        await hass.async_block_till_done()
    names = await hass.async_add_executor_job(left)
    assert names == {"doorwatch", "doorwatch.addresses", "doorwatch.pin"}
    assert notification(hass) is None
    assert await hass.data[DATA].proposals.async_list() == []
    removal = await hass.async_add_executor_job((ROOT / "docs/removal.md").read_text)
    assert all(f"`.storage/{name}`" in removal for name in names)


async def async_check_pin_of(home: Home) -> None:
    """Try to share with a wrong PIN, which is counted on disk."""
    home.configure(**{CONF_PIN: await home.hass.async_add_executor_job(hash_pin, "1")})
    await home.data.pin_gate.async_check("2")


async def test_a_share_settles_its_proposals(home: Home) -> None:
    """Proposals for this agency and proposals without an agency are removed."""
    await propose(home)
    await propose(home, agency_id=home.agency.entry_id)
    await propose(home, clip_id=home.back_clip.clip_id)
    client = await home.connect()
    ready = await prepare(client, home)

    assert (await tap(client, home, ready["confirmation"]))["success"]

    [left] = await home.data.proposals.async_list()
    assert left.clip_id == home.back_clip.clip_id


async def test_a_clip_that_is_gone_takes_its_proposal_along(home: Home) -> None:
    """The clip is deleted or has expired."""
    await propose(home)

    async_dispatcher_send(home.hass, SIGNAL_CLIP_CHANGED, home.clip)
    await home.hass.async_block_till_done()
    assert len(await home.data.proposals.async_list()) == 1

    async_dispatcher_send(home.hass, SIGNAL_CLIP_CHANGED, home.clip.clip_id)
    await home.hass.async_block_till_done()
    assert await home.data.proposals.async_list() == []


async def test_who_may_not_share_proposes_and_sees_what_became_of_it(
    home: Home,
) -> None:
    """Sharers see the proposer; the proposer sees a dismissal, but not by whom."""
    kim = await home.user("Kim", read=[home.front])
    own, admin = await home.connect_as(kim), await home.connect()
    assert await mine(own, home) is None
    proposal_id = await propose_as_the_page(own, home)

    await admin.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
    [proposal] = (await event_of(admin))["proposals"]
    assert (proposal["by"], proposal["user"]) == ("dashboard", "Kim")
    assert await mine(own, home) == "open"
    assert await mine(admin, home) is None

    answer = await command(
        admin, type="doorwatch/proposals/dismiss", proposal_id=proposal_id
    )
    assert answer["success"]
    assert await mine(own, home) == "dismissed"
    # Sharers don't see it again, even after a restart.
    renew(home.data.proposals, Proposals(home.hass))
    assert await mine(own, home) == "dismissed"
    assert await home.data.proposals.async_list() == []


async def test_who_proposed_sees_that_it_was_shared(home: Home) -> None:
    """The tap ends the proposal."""
    kim = await home.user("Kim", read=[home.front])
    own, admin = await home.connect_as(kim), await home.connect()
    await propose_as_the_page(own, home)
    ready = await prepare(admin, home)

    assert (await tap(admin, home, ready["confirmation"]))["success"]

    assert await mine(own, home) == "shared"


async def test_two_people_each_propose_and_each_is_named(home: Home) -> None:
    """Both proposals are accepted, and neither person learns of the other's."""
    for name in ("Kim", "Alex"):
        user = await home.user(name, read=[home.front])
        client = await home.connect_as(user)
        await propose_as_the_page(client, home)
        await propose_as_the_page(client, home)
    admin = await home.connect()
    await admin.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
    found = (await event_of(admin))["proposals"]
    assert [each["user"] for each in found] == ["Kim", "Alex"]


async def test_what_became_of_a_proposal_is_kept_for_a_week(home: Home) -> None:
    """A proposal expires after a week, and its result is deleted a week later."""
    kim = await home.user("Kim", read=[home.front])
    assert await home.data.proposals.async_list() == []
    said = []
    for weeks in (0.9, 1.1, 1.9, 2.1):
        made = Proposal(
            clip_id=home.clip.clip_id,
            doorbell_id=home.front.entry_id,
            agency_id=None,
            by="dashboard",
            user_id=kim.id,
            at=dt_util.utcnow() - weeks * LIFETIME,
        )
        stored = [made.as_dict(), replace(made, user_id=None).as_dict()]
        await Store[Any](home.hass, 1, "doorwatch.proposals").async_save(stored)
        store = Proposals(home.hass)
        own = await store.async_own(kim.id, home.clip.clip_id)
        said.append(None if own is None else own.became or "open")
        # A proposal without an account is deleted when it expires.
        nobodys = await store.async_own(None, home.clip.clip_id)  # type: ignore[arg-type] # without an account
        assert (nobodys is not None) == (said[-1] == "open")
    assert said == ["open", "over", "over", None]


async def test_who_may_not_see_the_camera_any_more_learns_nothing(home: Home) -> None:
    """Even the result of the user's own proposal is hidden."""
    kim = await home.user("Kim", read=[home.front])
    client = await home.connect_as(kim)
    await propose_as_the_page(client, home)

    await home.hass.auth.async_update_user(kim, group_ids=[])

    assert await mine(client, home) is None


async def mine(client: MockHAClientWebSocket, home: Home) -> str | None:
    """Return the results of the proposals of the connected user."""
    answer = await command(
        client, type="doorwatch/proposals/mine", clip_id=home.clip.clip_id
    )
    proposed = answer["result"]["proposed"]
    return None if proposed is None else str(proposed["became"])


async def propose_as_the_page(client: MockHAClientWebSocket, home: Home) -> str:
    """Propose as the page does when a person presses the button."""
    answer = await command(
        client,
        type="call_service",
        domain=DOMAIN,
        service="propose_share",
        service_data={"clip_id": home.clip.clip_id},
        return_response=True,
    )
    return str(answer["result"]["response"]["proposal_id"])
