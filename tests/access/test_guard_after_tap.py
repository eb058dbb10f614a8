"""Test the guard after the tap: people who lost permission, and agencies that changed.

In each test, a tap was accepted. Nothing of the clip may be sent, the ledger must
contain the reason, and the household must be notified. The agency's site on loopback
also accepts uploads.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
import time
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.agencies.stored import store_for
from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_LOCAL,
    CONF_SHARERS,
    CONF_UPLOAD_CODE,
    DOMAIN,
)
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Share, ShareState
from custom_components.doorwatch.engine.sharing.outbox import sender
from custom_components.doorwatch.engine.sharing.outbox.follow_ups import Patience
from custom_components.doorwatch.engine.sharing.outbox.receipts import (
    KEEP_ASKING,
    Receipts,
)
from custom_components.doorwatch.issues import SHARE, about_share
from tests import waiting
from tests.age_program import make_identity
from tests.agencies.desk import Desk, notifications
from tests.engine.sharing.outbox.tus_server import Server
from tests.sharing_fixtures import Home, allow, prepare, tap, write_pending

DELIVERED = ShareState.DELIVERED
NEEDS_NEW_TAP = ShareState.NEEDS_NEW_TAP
DOCUMENT = "GET /.well-known/doorwatch-agency"


class Site(Desk):
    """An agency's site that also accepts uploads and records every request."""

    def __init__(self) -> None:
        """Start without recorded requests."""
        super().__init__()
        self.tus = Server()
        self.requests: list[str] = []

        @web.middleware
        async def note(request: web.Request, handler: Any) -> web.StreamResponse:
            self.requests.append(f"{request.method} {request.path}")
            answer: web.StreamResponse = await handler(request)
            return answer

        self.server.app.middlewares.append(note)
        self.server.app.router.add_route("*", "/files/{rest:.*}", self.tus.answer)


@pytest.fixture
async def site(socket_enabled: None) -> AsyncIterator[Site]:
    """Run the site."""
    found = Site()
    await found.start()
    yield found
    for event in found.tus.hold.values():
        event.set()
    await found.server.close()


@pytest.fixture
async def agency(home: Home, site: Site) -> MockConfigEntry:
    """Add the agency and set the time to undo to one second."""
    hass = home.hass
    await hass.config_entries.async_remove(home.agency.entry_id)
    entry = site.agency.entry()
    site.publish()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        unique_id=entry.unique_id,
        data={**entry.data, CONF_LOCAL: True, CONF_UPLOAD_CODE: None},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    home.agency = entry
    home.configure(**{CONF_CANCEL_WINDOW: 1})
    return entry


type Sharer = Callable[..., Awaitable[tuple[User, MockHAClientWebSocket, str]]]


@pytest.fixture
async def sharer(home: Home, agency: MockConfigEntry) -> AsyncIterator[Sharer]:
    """Let a user who isn't an administrator look at the clip to share."""
    clients: list[MockHAClientWebSocket] = []

    async def look() -> tuple[User, MockHAClientWebSocket, str]:
        user = await home.user(control=[home.front])
        home.configure(**{CONF_SHARERS: [user.id]})
        client = await home.connect_as(user)
        clients.append(client)
        ready = await prepare(client, home)
        return user, client, str(ready["confirmation"])

    yield look
    for client in clients:
        await client.close()


async def share(home: Home, client: MockHAClientWebSocket, confirmation: str) -> str:
    """Tap Share and return the share's id."""
    answer = await tap(client, home, confirmation)
    assert answer["success"], answer
    share_id: str = answer["result"]["response"]["share_id"]
    return share_id


async def until(home: Home, share_id: str, *states: ShareState) -> Share:
    """Wait until a share is in one of these states."""

    async def reached() -> Share | None:
        found = await home.data.outbox.get(share_id)
        assert found is not None
        return found if found.state in states else None

    return await waiting.until(reached, f"share in {states}")


async def in_trouble(home: Home, share_id: str) -> Share:
    """Wait until a share has a problem."""

    async def reached() -> Share | None:
        found = await home.data.outbox.get(share_id)
        return found if found and found.problem else None

    return await waiting.until(reached, "a problem")


async def lines(home: Home, kind: str) -> list[dict[str, object]]:
    """Return the ledger's lines of a kind."""
    return [
        dict(line.data)
        for line in await home.data.ledger.lines(limit=1000)
        if line.kind == kind
    ]


async def stopped(home: Home, share_id: str, problem: str) -> dict[str, object]:
    """Check that the share stopped and was notified, and return its ledger line."""
    found = await until(home, share_id, NEEDS_NEW_TAP)
    assert found.problem == problem
    issues, issue_id = ir.async_get(home.hass), SHARE.id_of(about_share(share_id))
    # The ledger line is written before the notification.
    issue = await waiting.until(lambda: issues.async_get_issue(DOMAIN, issue_id))
    await home.hass.async_block_till_done()
    [line] = await lines(home, "stopped")
    assert line["share_id"] == share_id
    assert line["problem"] == problem
    assert issue.translation_key == "share_needs_new_tap"
    state = home.hass.states.get("event.harbour_police_delivery")
    assert state is not None
    if home.agency.runtime_data.access() is not None:
        assert state.attributes["event_type"] == "failed"
    return line


async def test_a_share_of_who_may_goes_after_the_document_was_fetched(
    home: Home, site: Site, sharer: Sharer
) -> None:
    """The other tests interrupt this path."""
    _, client, confirmation = await sharer()
    share_id = await share(home, client, confirmation)
    await until(home, share_id, DELIVERED)
    upload = [one for one in site.requests if one != DOCUMENT]
    assert site.requests == [DOCUMENT, *upload]
    assert upload[0] == "POST /files/"


# Permission lost before the time to undo is over


async def take_right(home: Home, user: User) -> None:
    """Remove the permission for the camera."""
    allow(user, {home.camera(home.front): {"read": True}})


async def take_name(home: Home, user: User) -> None:
    """Remove the person from the household's list of sharers."""
    home.configure(**{CONF_SHARERS: []})


async def switch_off(home: Home, user: User) -> None:
    """Deactivate the account."""
    await home.hass.auth.async_update_user(user, is_active=False)


async def remove(home: Home, user: User) -> None:
    """Delete the account."""
    await home.hass.auth.async_remove_user(user)


@pytest.mark.parametrize("demote", [take_right, take_name, switch_off, remove])
async def test_demoted_within_the_window(
    home: Home,
    site: Site,
    sharer: Sharer,
    demote: Callable[[Home, User], Awaitable[None]],
) -> None:
    """Nothing is sent, and the share needs another person's tap."""
    user, client, confirmation = await sharer()
    share_id = await share(home, client, confirmation)
    await client.close()
    await demote(home, user)
    line = await stopped(home, share_id, "sharer_not_allowed")
    assert (line["begun"], line["sent"]) == (False, 0)
    assert site.requests == []


async def test_an_administrator_who_is_one_no_more(
    home: Home, site: Site, agency: MockConfigEntry
) -> None:
    """A user who shared as an administrator has no other permission to share."""
    client = await home.connect()
    ready = await prepare(client, home)
    share_id = await share(home, client, ready["confirmation"])
    allow(home.admin, {home.camera(home.front): {"read": True, "control": True}})
    await stopped(home, share_id, "sharer_not_allowed")
    assert site.requests == []


async def test_demoted_days_later(home: Home, site: Site, sharer: Sharer) -> None:
    """The share waited for a network; the attempt that would succeed is not made."""
    user, client, confirmation = await sharer()
    site.answer = 503
    share_id = await share(home, client, confirmation)
    found = await in_trouble(home, share_id)
    assert found.problem == "agency_unavailable"
    site.publish()
    await client.close()
    await remove(home, user)
    await home.data.outbox.retry(share_id)
    await stopped(home, share_id, "sharer_not_allowed")
    assert set(site.requests) == {DOCUMENT}


async def test_a_sharer_whose_clip_is_gone_by_then_may_still(
    home: Home, site: Site, sharer: Sharer
) -> None:
    """The permission for the doorbell is checked, because the copy is in the outbox."""
    _, client, confirmation = await sharer()
    share_id = await share(home, client, confirmation)
    await home.data.library.delete(home.clip.clip_id)
    await until(home, share_id, DELIVERED)


# Changes of the agency


@pytest.mark.parametrize(
    ("published", "changed", "told"),
    [
        ({"name": "Metropolitan Police"}, "name", "now Metropolitan Police"),
        ({"contact": "x"}, "contact", "now x"),
        ({"jurisdiction": "UK"}, "jurisdiction", "now UK"),
        ({"age_recipients": 2}, "recipients", "keys that open what you send"),
    ],
    ids=["renamed agency", "another contact", "another law", "added recipient"],
)
async def test_what_changes_after_the_look_stops_the_share(
    home: Home,
    site: Site,
    sharer: Sharer,
    published: dict[str, Any],
    changed: str,
    told: str,
) -> None:
    """The home didn't know of the change when the tap was accepted."""
    _, client, confirmation = await sharer()
    [recipient] = home.agency.runtime_data.data.document.age_recipients
    if "age_recipients" in published:
        published = {"age_recipients": [make_identity().recipient, recipient]}
    site.publish(**published)
    share_id = await share(home, client, confirmation)
    line = await stopped(home, share_id, "agency_changed")
    assert (line["begun"], line["sent"]) == (False, 0)
    assert site.requests == [DOCUMENT]
    [change] = await lines(home, "agency_changed")
    assert change["changed"] == [changed]
    if changed == "recipients":
        assert set(change[changed]) == set(published["age_recipients"])  # type: ignore[call-overload] # a list
    else:
        assert change[changed] == published[changed]
    assert told in plain_text(notifications(home.hass))


def plain_text(markup: str) -> str:
    """Return the text that a person reads."""
    for number in range(33, 127):
        markup = markup.replace(f"&#{number};", chr(number))
    return markup


async def test_terms_that_change_in_the_window_stop_the_share(
    home: Home, site: Site, sharer: Sharer
) -> None:
    """The agency's terms are no longer the accepted terms."""
    _, client, confirmation = await sharer()
    share_id = await share(home, client, confirmation)
    site.agency.terms = "Kept for ever."
    site.publish()
    await stopped(home, share_id, "agency_changed")
    assert site.requests == [DOCUMENT]


async def test_new_signing_keys_and_another_order_of_recipients_stop_nothing(
    home: Home, site: Site, sharer: Sharer
) -> None:
    """The root and the set of recipients are the same."""
    _, client, confirmation = await sharer()
    [recipient] = home.agency.runtime_data.data.document.age_recipients
    site.publish(age_recipients=[recipient, recipient])
    share_id = await share(home, client, confirmation)
    await until(home, share_id, DELIVERED)
    assert await lines(home, "agency_changed") == []


@pytest.mark.parametrize("bad", ["nonsense", "another root", "old"])
async def test_a_document_that_is_refused_stops_the_share(
    home: Home, site: Site, sharer: Sharer, bad: str
) -> None:
    """The recipients are unknown; the repair about the agency says why."""
    _, client, confirmation = await sharer()
    share_id = await share(home, client, confirmation)
    if bad == "nonsense":
        site.answer = bad
    elif bad == "another root":
        site.agency.root = ec.generate_private_key(ec.SECP256R1())
        site.publish()
    else:
        site.publish(iat=int(time.time()) - 9999)
    await stopped(home, share_id, "agency_unverified")
    assert site.requests == [DOCUMENT]
    issue_id = f"agency_{home.agency.entry_id}"
    assert ir.async_get(home.hass).async_get_issue(DOMAIN, issue_id) is not None


@pytest.mark.parametrize("status", [503, 404, 302])
async def test_nothing_leaves_while_the_document_cannot_be_fetched(
    home: Home, site: Site, sharer: Sharer, status: int
) -> None:
    """The share waits; the stored document isn't used to send it."""
    _, client, confirmation = await sharer()
    site.answer = status
    share_id = await share(home, client, confirmation)
    found = await in_trouble(home, share_id)
    assert found.problem == "agency_unavailable"
    assert found.state is ShareState.UPLOADING  # packed and encrypted while it waits
    assert set(site.requests) == {DOCUMENT}
    site.publish()
    await home.data.outbox.retry(share_id)
    await until(home, share_id, DELIVERED)


async def test_what_cannot_be_written_to_the_ledger_holds_the_share(
    home: Home, site: Site, sharer: Sharer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changed terms that aren't in the ledger still stop the share."""
    _, client, confirmation = await sharer()
    share_id = await share(home, client, confirmation)
    site.publish(name="Metropolitan Police")
    append = home.data.ledger.append

    async def full(kind: str, *arguments: Any, **more: Any) -> Any:
        if kind == "agency_changed":
            raise SharingError("disk_full")
        return await append(kind, *arguments, **more)

    with monkeypatch.context() as patch:
        patch.setattr(home.data.ledger, "append", full)
        found = await in_trouble(home, share_id)
        assert found.problem == "disk_full"
        assert set(site.requests) == {DOCUMENT}
    await home.data.outbox.retry(share_id)
    await stopped(home, share_id, "agency_changed")


async def due_at(hass: HomeAssistant, agency: MockConfigEntry) -> object:
    """Return when the agency's document is fetched the next time."""
    await write_pending(hass)
    stored = await store_for(hass, agency.entry_id).async_load()
    assert stored is not None
    return stored["due"]


async def test_a_delivery_moves_no_time_of_the_schedule(
    home: Home, site: Site, sharer: Sharer, hass: HomeAssistant
) -> None:
    """The schedule belongs to the home, not to the sharer."""
    due = await due_at(hass, home.agency)
    _, client, confirmation = await sharer()
    share_id = await share(home, client, confirmation)
    site.publish()
    await until(home, share_id, DELIVERED)
    assert await due_at(hass, home.agency) == due


# Reloading the agency


async def test_a_reload_asks_for_no_receipt(
    home: Home, agency: MockConfigEntry, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An automation could reload at each visitor for as long as a receipt is due."""
    hours = Patience(first=3600.0, longest=3600.0, give_up=KEEP_ASKING)
    monkeypatch.setattr(Receipts, "patience", hours)
    site.publish(receipts_uri=f"{site.agency.origin}/receipts")
    await agency.runtime_data.async_fetch()
    client = await home.connect()
    ready = await prepare(client, home)
    share_id = await share(home, client, ready["confirmation"])
    await until(home, share_id, DELIVERED)
    receipt = f"GET /receipts/{share_id}"
    await waiting.until(lambda: receipt in site.requests)

    for _ in range(3):
        assert await home.hass.config_entries.async_reload(agency.entry_id)
        await home.hass.async_block_till_done()
        await agency.runtime_data.async_fetch()  # earlier requests are done by now

    assert site.requests.count(receipt) == 1
    await client.close()


async def test_a_reload_while_the_document_is_fetched_shortens_no_pause(
    home: Home, agency: MockConfigEntry, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agency itself can delay a fetch until the next visitor."""
    monkeypatch.setattr(sender, "FIRST_PAUSE", 3600.0)
    client = await home.connect()
    ready = await prepare(client, home)
    site.open.clear()
    share_id = await share(home, client, ready["confirmation"])
    await waiting.until(lambda: DOCUMENT in site.requests)

    assert await home.hass.config_entries.async_reload(agency.entry_id)
    site.open.set()
    for _ in range(3):
        await home.hass.async_block_till_done()
        await agency.runtime_data.async_fetch()

    assert site.requests == [DOCUMENT] * 4
    found = await home.data.outbox.get(share_id)
    assert found is not None
    assert found.problem == "agency_unavailable"
    await client.close()
