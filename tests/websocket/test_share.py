"""Test the commands about shares: listing, undoing, withdrawing and retrying."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.access.shown_clips import ShownClips
from custom_components.doorwatch.const import CONF_CANCEL_WINDOW, CONF_PIN
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import ReceiptState, ShareState
from custom_components.doorwatch.engine.sharing.outbox.jobs import StoppedBySystem
from custom_components.doorwatch.engine.sharing.signing.jws import thumbprint
from custom_components.doorwatch.engine.sharing.tap.pin import hash_pin
from custom_components.doorwatch.people.people import People
from custom_components.doorwatch.signals import SIGNAL_SECURITY
from tests.consent.preparing import AREA, shared, try_prepare, until
from tests.renewed import renew
from tests.sharing_fixtures import Home, command, event_of


@pytest.mark.parametrize(
    "changes",
    [
        {"edits": {"start": -1}},
        {"edits": {"start": "1"}},
        {"edits": {"end": 1e9}},
        {"edits": {"redact": True}},
        {"edits": {"redact": [{"left": 0.1, "top": 0.1, "width": 0.1}]}},
        {"edits": {"redact": [{**AREA, "blur": True}]}},
        {"edits": {"redact": [{**AREA, "left": "0.1"}]}},
        {"edits": {"redact": [{**AREA, "start": -1}]}},
        {"note": "x" * 2001},
        {"case_reference": "x" * 101},
        {"note": "a\0b"},
        {"personal": {"name": "\0"}},
        {"personal": {"address": "Here 1"}},
        {"password": 1234},
        {"clip_id": None},
    ],
)
async def test_nonsense_is_refused(home: Home, changes: dict[str, object]) -> None:
    """The schema refuses it before anything else is checked."""
    client = await home.connect()

    answer = await command(
        client,
        **{
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            **changes,
        },
    )

    assert answer["error"]["code"] == "invalid_format"


async def test_a_share_can_be_undone_while_nothing_left(home: Home) -> None:
    """The sharer may undo it, and subscribers are notified."""
    client = await home.connect()
    share_id = await shared(home, client)

    answer = await command(client, type="doorwatch/share/cancel", share_id=share_id)

    assert answer["result"]["share"]["state"] == "cancelled"
    assert answer["result"]["share"]["cancel_in"] is None
    assert answer["result"]["share"]["outcome"] == "nothing"
    again = await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert again["error"]["code"] == "too_late"


async def deliver(home: Home, share_id: str) -> None:
    """Let the share be delivered."""
    job = home.registry.jobs[share_id]
    key = await home.hass.async_add_executor_job(
        home.data.keys.for_agency, home.agency.entry_id
    )
    job.record = replace(
        job.record,
        issuer=home.desk.origin,
        home=thumbprint(key.public_key()),
        package_sha256="ab" * 32,
        package_size=5,
    )
    async with job.lock:
        await home.registry.finish(
            job, ShareState.DELIVERED, "sent", receipt=ReceiptState.AWAITED
        )


async def test_a_delivered_share_is_withdrawn_by_its_sharer(home: Home) -> None:
    """The sharer may request the deletion and sees its progress."""
    sharer = await home.sharer()
    client = await home.connect_as(sharer)
    share_id = await shared(home, client)
    await deliver(home, share_id)
    watcher = await home.connect()
    await watcher.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    (before,) = (await event_of(watcher))["shares"]
    assert before["receipt"] == "awaited"
    assert before["can_withdraw"] is True

    refused = await command(client, type="doorwatch/share/withdraw", share_id=share_id)
    assert refused["error"]["code"] == "no_withdrawals"
    assert "Contact the agency" in refused["error"]["message"]

    take_withdrawals(home)
    answer = await command(client, type="doorwatch/share/withdraw", share_id=share_id)
    told = answer["result"]["share"]
    assert (told["state"], told["withdrawal"]) == ("delivered", "requested")
    assert told["can_withdraw"] is False
    assert told["withdrawn_at"]
    event = await event_of(watcher)
    assert event["share"]["withdrawal"] == "requested"
    kinds = [line.kind for line in await home.data.ledger.lines(limit=1000)]
    assert kinds.count("withdrawal_requested") == 1


async def test_what_has_not_arrived_is_stopped_by_withdrawing_it(home: Home) -> None:
    """There is nothing to delete yet."""
    client = await home.connect()
    share_id = await shared(home, client)
    answer = await command(client, type="doorwatch/share/withdraw", share_id=share_id)
    assert answer["result"]["share"]["state"] == "cancelled"


async def test_a_withdrawal_takes_a_person(home: Home) -> None:
    """A withdrawal is signed and permanent, and stopping a share names the person."""
    share_id = await shared(home, await home.connect())
    token = await home.connect(await home.long_lived(home.admin))
    withdraw = {"type": "doorwatch/share/withdraw", "share_id": share_id}

    assert (await command(token, **withdraw))["error"]["code"] == "not_allowed"
    job = home.registry.jobs[share_id]
    assert job.record.state is ShareState.WAITING

    await deliver(home, share_id)
    take_withdrawals(home)
    assert (await command(token, **withdraw))["error"]["code"] == "not_allowed"
    share = await home.data.outbox.get(share_id)
    assert share is not None and share.withdrawal is None
    assert await home.refusals() == [("long_lived_token", "withdraw_not_allowed")]

    another = await shared(home, await home.connect())
    answer = await command(token, type="doorwatch/share/cancel", share_id=another)
    assert answer["error"]["code"] == "not_allowed"
    assert ("long_lived_token", "cancel_not_allowed") in await home.refusals()


def take_withdrawals(home: Home) -> None:
    """Let the agency accept withdrawals."""
    coordinator = home.agency.runtime_data
    document = replace(
        coordinator.data.document, withdrawals_uri=f"{home.desk.origin}/withdrawals"
    )
    coordinator.data = replace(coordinator.data, document=document)


async def test_whoever_ends_the_share_of_another_is_named(home: Home) -> None:
    """The ledger, the sharer's phone and the panel show the name until it is read.

    Stopping needs no PIN, but the deletion of evidence does.
    """
    hass = home.hass
    robin = await hass.auth.async_create_user("Robin", group_ids=[GROUP_ID_ADMIN])
    other = await home.connect_as(robin)
    sharer = await home.connect()
    home.configure(**{CONF_PIN: hash_pin("2468")})
    told: list[tuple[str, dict[str, str], str | None]] = []
    async_dispatcher_connect(
        hass, SIGNAL_SECURITY, callback(lambda *what: told.append(what))
    )
    stopped = await shared(home, sharer, password="2468")
    withdrawn = await shared(home, sharer, password="2468")
    await deliver(home, withdrawn)
    take_withdrawals(home)

    answer = await command(other, type="doorwatch/share/cancel", share_id=stopped)
    assert answer["result"]["share"]["state"] == "cancelled"
    withdraw = {"type": "doorwatch/share/withdraw", "share_id": withdrawn}
    assert (await command(other, **withdraw))["error"]["code"] == "pin_required"
    wrong = await command(other, **withdraw, password="1357")
    assert wrong["error"]["code"] == "pin_wrong"
    assert ("dashboard", "withdraw_pin_wrong") in await home.refusals()
    share = await home.data.outbox.get(withdrawn)
    assert share is not None and share.withdrawal is None
    assert (await command(other, **withdraw, password="2468"))["success"]

    # A person who repeats the request is not named.
    kim = await hass.auth.async_create_user("Kim", group_ids=[GROUP_ID_ADMIN])
    third = await home.connect_as(kim)
    assert (await command(third, **withdraw, password="2468"))["success"]

    lines = {line.kind: line.data for line in await home.data.ledger.lines(limit=1000)}
    assert lines["cancelled"]["user_id"] == robin.id
    assert lines["withdrawal_requested"]["user_id"] == robin.id
    assert told == [
        ("share_stopped_by", {"name": "Robin"}, home.admin.id),
        ("share_withdrawn_by", {"name": "Robin"}, home.admin.id),
    ]

    async def unread(client: MockHAClientWebSocket, **read: object) -> list[object]:
        seen = await command(client, type="doorwatch/seen/mark", seen={}, **read)
        return [
            (each["share_id"], each["by"], each["what"])
            for each in seen["result"]["ended_shares"]
        ]

    assert await unread(other, ended_shares=[stopped]) == []
    assert await unread(sharer) == [
        (stopped, "Robin", "stopped"),
        (withdrawn, "Robin", "withdrawn"),
    ]
    again = People(hass)
    await again.async_load()
    assert again.ended_shares(home.admin.id).keys() == {stopped, withdrawn}
    assert await unread(sharer, ended_shares=[stopped]) == [
        (withdrawn, "Robin", "withdrawn")
    ]


async def test_a_pin_that_went_untyped_opens_nothing_for_a_day(home: Home) -> None:
    """Otherwise removing the PIN would allow to withdraw another person's share."""
    robin = await home.hass.auth.async_create_user("Robin", group_ids=[GROUP_ID_ADMIN])
    other = await home.connect_as(robin)
    share_id = await shared(home, await home.connect())
    await deliver(home, share_id)
    take_withdrawals(home)
    await home.data.pin_gate.async_close()

    answer = await command(other, type="doorwatch/share/withdraw", share_id=share_id)

    assert answer["error"]["code"] == "sharing_closed"


async def test_whoever_puts_a_share_away_is_in_the_ledger(home: Home) -> None:
    """A share that waits for a new tap is included."""
    client = await home.connect()
    share_id = await shared(home, client)
    registry = home.registry
    job = registry.jobs[share_id]
    async with job.lock:
        await registry.stop(job, StoppedBySystem("restored"))
    answer = await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert answer["result"]["share"]["state"] == "cancelled"
    (line,) = [
        line
        for line in await home.data.ledger.lines(limit=1000)
        if line.kind == "cancelled"
    ]
    assert line.data["user_id"] == home.admin.id


async def test_whoever_ends_their_own_share_is_told_nothing_and_needs_no_pin(
    home: Home,
) -> None:
    client = await home.connect()
    home.configure(**{CONF_PIN: hash_pin("2468")})
    share_id = await shared(home, client, password="2468")
    await deliver(home, share_id)
    take_withdrawals(home)

    answer = await command(client, type="doorwatch/share/withdraw", share_id=share_id)

    assert answer["success"]
    seen = await command(client, type="doorwatch/seen")
    assert seen["result"]["ended_shares"] == []


async def test_retry_takes_a_person_who_may_share(home: Home) -> None:
    """A long-lived token of an administrator is refused."""
    share_id = await shared(home, await home.connect())
    token = await home.connect(await home.long_lived(home.admin))

    answer = await command(token, type="doorwatch/share/retry", share_id=share_id)
    assert answer["error"]["code"] == "not_allowed"
    assert await home.refusals() == [("long_lived_token", "retry_not_allowed")]

    client = await home.connect()
    answer = await command(client, type="doorwatch/share/retry", share_id=share_id)
    assert answer["error"]["code"] == "cannot_retry"


async def test_retry_of_a_share_whose_clip_is_gone_takes_an_administrator(
    home: Home,
) -> None:
    """The clip's camera is unknown."""
    sharer = await home.sharer()
    client = await home.connect_as(sharer)
    share_id = await shared(home, client)
    await home.data.library.delete(home.clip.clip_id)
    renew(home.data.shown_clips, ShownClips())

    answer = await command(client, type="doorwatch/share/retry", share_id=share_id)
    assert answer["error"]["code"] == "not_allowed"


async def test_the_cancel_window_is_the_households(home: Home) -> None:
    """The countdown uses the household's setting."""
    home.configure(**{CONF_CANCEL_WINDOW: 120})
    client = await home.connect()
    share_id = await shared(home, client)

    share = await home.data.outbox.get(share_id)

    assert share is not None
    assert share.cancel_until is not None
    left = share.cancel_until - dt_util.utcnow()
    assert timedelta(seconds=60) < left <= timedelta(seconds=120)


async def test_an_unreadable_outbox_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The card shows the error instead of an empty list."""

    async def fail(*_args: object, **_more: object) -> None:
        raise SharingError("storage_failed")

    monkeypatch.setattr(home.data.outbox, "list", fail)
    client = await home.connect()

    answer = await command(client, type="doorwatch/shares/subscribe")

    assert answer["error"]["code"] == "storage_failed"


async def test_an_accident_leaves_no_copy_behind(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error while preparing the dialog was unexpected."""

    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(
        "custom_components.doorwatch.consent.prepare.make_notice", broken
    )
    client = await home.connect()
    assert (await try_prepare(client, home))["code"] == "unexpected"

    staging = home.data.library.folder / ".staging"
    await until(home.hass, lambda: not list(staging.iterdir()))
