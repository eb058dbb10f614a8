"""Test the feed of an agency: its schedule, verification, storage and replays."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
import json
from pathlib import Path
import time
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, patch

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.doorwatch.agencies import coordinator as agency_coordinator
from custom_components.doorwatch.agencies.base import Agency
from custom_components.doorwatch.agencies.feed import FollowedFeed, feed_file
from custom_components.doorwatch.agencies.stored import store_for
from custom_components.doorwatch.const import CONF_PROXY, DOMAIN
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.outside.reach import may_connect
from custom_components.doorwatch.engine.sharing.requests.feed import Feed, read_feed
from custom_components.doorwatch.engine.sharing.signing.jws import jwk_of
from custom_components.doorwatch.household.household import (
    async_ensure_household,
    household_entry,
)
from custom_components.doorwatch.signals import SIGNAL_FEED_CHANGED
from tests import waiting
from tests.agencies.desk import Desk, add, desk as _desk, type_address
from tests.connect_proxy import connect_proxy
from tests.engine.sharing.requests.feeds import feature, feed_token
from tests.outside_servers import HOST, FakeNames, make_tls, serve

desk = _desk


@pytest.fixture
async def agency(hass: HomeAssistant, desk: Desk) -> Any:
    """Add an agency with one request."""
    desk.publish(requests_uri=desk.requests_uri)
    desk.ask(feature("2026-1"))
    return await added(hass, desk)


async def added(hass: HomeAssistant, desk: Desk) -> Any:
    """Add the agency and wait until its fetches are done."""
    entry = await add(hass, desk)
    await hass.async_block_till_done(wait_background_tasks=True)
    desk.fetched = 0
    return entry


async def come_round(hass: HomeAssistant, entry: MockConfigEntry) -> Agency:
    """Move the clock to the next scheduled fetch."""
    agency: Agency = entry.runtime_data
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=14, minutes=1))
    await hass.async_block_till_done(wait_background_tasks=True)
    return agency


def asked(agency: Agency) -> list[str]:
    """Return the ids of the requests in the stored feed."""
    held = agency.data.feed
    return [] if held is None else [each.request_id for each in held.feed.requests]


async def test_it_is_fetched_right_after_the_document_on_the_schedule(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """Setting up the agency fetches the feed too."""
    data: Agency = agency.runtime_data
    assert asked(data) == ["2026-1"]
    assert (desk.fetched, desk.feeds_fetched) == (0, 1)
    assert data.data.feed is not None
    (found,) = data.data.feed.feed.requests
    assert found.offence == "Theft, article 310"

    token = desk.ask(feature("2026-2"))
    desk.publish(requests_uri=desk.requests_uri)
    changes: list[str] = []
    async_dispatcher_connect(hass, SIGNAL_FEED_CHANGED, changes.append)
    await come_round(hass, agency)
    assert (desk.fetched, desk.feeds_fetched) == (1, 2)
    assert asked(data) == ["2026-2"]
    assert changes == [agency.entry_id]
    assert await data.async_feed_token() == token
    stored = await store_for(hass, agency.entry_id).async_load()
    assert stored is not None
    assert stored["feed"]["pin"]["seq"] == 2


async def test_it_is_fetched_whatever_became_of_the_document(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The last accepted document is used, so that fetches never depend on the home."""
    for answer in (503, "nonsense"):
        desk.answer = answer
        desk.ask(feature(f"2026-{answer}"))
        data = await come_round(hass, agency)
        assert asked(data) == [f"2026-{answer}"]
    assert data.access() is None


async def test_only_the_schedule_fetches_it(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """Reloads, updates of entities and fetches of the document don't fetch the feed."""
    data: Agency = agency.runtime_data
    await data.async_fetch()
    await data.async_refresh()
    assert await hass.config_entries.async_reload(agency.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await agency.runtime_data.async_fetch()
    assert desk.fetched == 2
    assert desk.feeds_fetched == 1


async def test_an_administrator_who_changes_the_agency_has_it_fetched(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The feed is fetched once; the next start doesn't fetch."""
    form = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": agency.entry_id},
    )
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert result["type"] is FlowResultType.ABORT
    await hass.async_block_till_done(wait_background_tasks=True)
    assert desk.feeds_fetched == 2
    assert await hass.config_entries.async_reload(agency.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert desk.feeds_fetched == 2


async def test_a_restart_reads_it_from_disk(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The time of the fetch and the last problem are restored too."""
    desk.feed = "nonsense"
    data = await come_round(hass, agency)
    before = data.data.feed
    assert before is not None
    assert await hass.config_entries.async_reload(agency.entry_id)
    again: Agency = agency.runtime_data
    assert again is not data
    assert again.data.feed is not None
    assert again.data.feed.feed == before.feed
    assert again.data.feed.fetched_at == before.fetched_at
    assert again.data.feed_problem == "document_invalid"
    assert desk.feeds_fetched == 2


async def test_one_feed_is_read_at_a_time(
    hass: HomeAssistant, agency: MockConfigEntry
) -> None:
    """Verifying many feeds at once would block the event loop for seconds."""
    document = agency.runtime_data.data.document
    reading, together = Counter[str](), list[int]()

    def read(*given: Any, **more: Any) -> Feed:
        reading["now"] += 1
        together.append(reading["now"])
        # Give the other fetches time to start.
        asyncio.run_coroutine_threadsafe(waiting.idle(), hass.loop).result(30)
        reading["now"] -= 1
        return read_feed(*given, **more)

    async def recall() -> None:
        feed = FollowedFeed(
            agency.runtime_data, hass.data[DATA], AsyncMock(), local=True
        )
        await feed.async_recall({"fetched": time.time()}, document)
        feed.end()

    with patch("custom_components.doorwatch.agencies.feed.read_feed", read):
        await asyncio.gather(*(recall() for _ in range(3)))
    assert together == [1, 1, 1]


async def test_a_crash_between_the_file_and_its_pin_loses_neither(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The newer file is used and pinned; older feeds are refused from then on."""
    old = str(desk.feed)
    new = desk.ask(feature("2026-2"))
    path = feed_file(hass, agency.entry_id)
    await hass.async_add_executor_job(path.write_text, new)
    assert await hass.config_entries.async_reload(agency.entry_id)
    data: Agency = agency.runtime_data
    assert asked(data) == ["2026-2"]
    desk.feed = old
    await come_round(hass, agency)
    assert data.data.feed_problem == "replayed"
    assert asked(data) == ["2026-2"]


async def test_a_start_without_what_was_stored_asks_nobody(
    hass: HomeAssistant,
    desk: Desk,
    agency: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a power cut, the agency must not learn when Home Assistant starts."""
    assert await hass.config_entries.async_unload(agency.entry_id)
    await store_for(hass, agency.entry_id).async_remove()
    before = desk.fetched, desk.feeds_fetched
    monkeypatch.setattr(
        agency_coordinator, "time", SimpleNamespace(time=lambda: time.time() + 3600)
    )
    assert await hass.config_entries.async_setup(agency.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (desk.fetched, desk.feeds_fetched) == before


async def test_a_crash_half_a_day_after_the_last_fetch_loses_nothing_either(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The file may have been signed long after the last stored fetch."""
    store = store_for(hass, agency.entry_id)
    stored = await store.async_load()
    assert stored is not None
    before = stored["feed"]
    iat = int(time.time()) - 43_200
    before["fetched"], before["pin"]["newest_iat"] = float(iat), iat
    await store.async_save(stored)
    new = desk.ask(feature("2026-2"))
    path = feed_file(hass, agency.entry_id)
    await hass.async_add_executor_job(path.write_text, new)
    for _ in range(2):
        assert await hass.config_entries.async_reload(agency.entry_id)
        data: Agency = agency.runtime_data
        assert asked(data) == ["2026-2"]
        assert data.data.feed_problem is None
        held = data.data.feed
        assert held is not None
        assert dt_util.utcnow() - held.fetched_at < timedelta(hours=1)


@pytest.mark.parametrize("damage", ["gone", "cut", "not text"])
async def test_a_damaged_file_is_an_absent_feed_said_once(
    hass: HomeAssistant,
    agency: MockConfigEntry,
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
    damage: str,
) -> None:
    """The feed stays absent until the next fetch, and older feeds stay refused."""
    path = feed_file(hass, agency.entry_id)

    def harm() -> None:
        if damage == "gone":
            path.unlink()
        else:
            whole = path.read_bytes()
            path.write_bytes(whole[:-9] if damage == "cut" else b"\xff" + whole)

    await hass.async_add_executor_job(harm)
    caplog.clear()
    assert await hass.config_entries.async_reload(agency.entry_id)
    data: Agency = agency.runtime_data
    assert data.data.feed is None
    assert data.data.feed_problem == "feed_lost"
    assert await data.async_feed_token() is None
    assert caplog.text.count("feed_lost") == 1

    token = desk.feed
    desk.ask(seq=9, iat=int(time.time()) - 5000)
    await come_round(hass, agency)
    assert data.data.feed is None
    assert data.data.feed_problem == "replayed"
    desk.feed = token
    await come_round(hass, agency)
    assert asked(data) == ["2026-1"]
    assert data.data.feed_problem is None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"seq": 1}, "replayed"),
        ({"iat": 1000, "exp": 2**36}, "document_expired"),
        ({"iss": "https://other.example"}, "issuer_mismatch"),
        ({"feed": {"type": "FeatureCollection"}}, "document_invalid"),
        ({"iat": 2**36, "exp": 2**36 + 9}, "clock_behind"),
    ],
)
async def test_one_that_is_refused_leaves_what_was_held_and_says_why(
    hass: HomeAssistant,
    agency: MockConfigEntry,
    desk: Desk,
    caplog: pytest.LogCaptureFixture,
    issue_registry: ir.IssueRegistry,
    changes: dict[str, object],
    problem: str,
) -> None:
    """The log has one line at the start and one at the end, and there is no repair."""
    good = desk.ask(feature("2026-2"))
    await come_round(hass, agency)
    caplog.clear()
    desk.ask(feature("2026-3"), **changes)
    for _ in range(2):
        data = await come_round(hass, agency)
        assert asked(data) == ["2026-2"]
        assert data.data.feed_problem == problem
    assert caplog.text.count("are not up to date") == 1
    assert await data.async_feed_token() == good
    assert not issue_registry.issues

    desk.ask(feature("2026-4"), seq=9)
    await come_round(hass, agency)
    assert data.data.feed_problem is None
    assert asked(data) == ["2026-4"]
    assert caplog.text.count("are up to date again") == 1


async def test_silence_leaves_what_was_held(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The sensor reports that the agency doesn't answer."""
    desk.feed = 503
    data = await come_round(hass, agency)
    assert asked(data) == ["2026-1"]
    assert data.data.feed_problem == "bad_status"
    found = await async_get_config_entry_diagnostics(hass, agency)
    assert found["agency"]["feed_problem"] == "bad_status"
    assert found["agency"]["feed"]["requests"] == 1


async def test_one_that_runs_out_is_said_to_have(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """No fetch is needed; its requests stay, and a restart gives the same result."""
    data: Agency = agency.runtime_data
    changes: list[str] = []
    async_dispatcher_connect(hass, SIGNAL_FEED_CHANGED, changes.append)
    held = data.data.feed
    assert held is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dt_util, "utcnow", lambda: held.feed.expires_at)
        patch.setattr(
            "custom_components.doorwatch.agencies.coordinator.pause", lambda: 9e6
        )
        async_fire_time_changed(hass, held.feed.expires_at + timedelta(seconds=1))
        await hass.async_block_till_done()
        assert data.data.feed is held
        assert data.data.feed_problem == "document_expired"
        assert changes
        assert await hass.config_entries.async_reload(agency.entry_id)
        again: Agency = agency.runtime_data
        assert asked(again) == ["2026-1"]
        assert again.data.feed_problem == "document_expired"


async def test_a_feed_counts_only_while_the_document_does(
    hass: HomeAssistant, desk: Desk
) -> None:
    """An expired document confirms no key."""
    desk.publish(requests_uri=desk.requests_uri)
    desk.ask(feature("2026-1"))
    entry = await added(hass, desk)
    later = dt_util.utcnow() + timedelta(days=2)
    desk.answer = 503
    desk.ask(feature("2026-2"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dt_util, "utcnow", lambda: later)
        data = await come_round(hass, entry)
    assert asked(data) == ["2026-1"]
    assert data.data.feed_problem == "document_expired"


async def test_a_new_key_is_followed_in_the_same_fetch(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The document is fetched first; a feed with the old key is refused."""
    new = ec.generate_private_key(ec.SECP256R1())
    keys = {"keys": [jwk_of(new.public_key())]}
    desk.publish(requests_uri=desk.requests_uri, keys=keys)
    desk.ask(feature("2026-old"))
    data = await come_round(hass, agency)
    assert data.data.feed_problem == "document_invalid"
    held = data.data.feed
    assert held is not None
    iat = held.feed.pin.newest_iat
    about = {"iss": desk.agency.origin, "iat": iat, "exp": iat + 86_400, "seq": 3}
    desk.feed = feed_token(new, feature("2026-new"), **about)
    await come_round(hass, agency)
    assert asked(data) == ["2026-new"]


async def test_an_agency_that_asks_no_more_has_no_feed(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The sequence number stays pinned, so that older feeds stay refused."""
    old = desk.feed
    desk.ask(feature("2026-2"))
    await come_round(hass, agency)
    desk.publish()
    data = await come_round(hass, agency)
    assert data.data.feed is None
    assert data.data.feed_problem is None
    assert not await hass.async_add_executor_job(
        feed_file(hass, agency.entry_id).exists
    )
    desk.feed = old
    desk.publish(requests_uri=desk.requests_uri)
    await come_round(hass, agency)
    assert data.data.feed is None
    assert data.data.feed_problem == "replayed"


async def test_what_cannot_be_written_is_not_used(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """If its pin were lost, the feed could be replayed."""
    path = feed_file(hass, agency.entry_id)

    def block() -> None:
        path.unlink()
        path.mkdir()

    await hass.async_add_executor_job(block)
    desk.ask(feature("2026-2"))
    data = await come_round(hass, agency)
    assert asked(data) == ["2026-1"]
    assert data.data.feed_problem == "folder_not_writable"


async def test_removing_the_agency_leaves_nothing_of_it(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """The result is the same during a fetch."""
    changes: list[str] = []
    async_dispatcher_connect(hass, SIGNAL_FEED_CHANGED, changes.append)
    path = feed_file(hass, agency.entry_id)
    assert await hass.async_add_executor_job(path.exists)
    before = desk.feeds_fetched
    desk.ask(feature("2026-2"))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=14, minutes=1))
    async with asyncio.timeout(20):
        while desk.feeds_fetched == before:
            await asyncio.sleep(0)
    assert await hass.config_entries.async_remove(agency.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not await hass.async_add_executor_job(path.exists)
    assert changes[-1] == agency.entry_id


async def test_what_a_power_cut_left_of_a_feed_goes_with_the_agency(
    hass: HomeAssistant, agency: MockConfigEntry
) -> None:
    """The power cut came while the feed was being written."""
    left = feed_file(hass, agency.entry_id)
    part = left.with_name(f".{left.name}.part")
    await hass.async_add_executor_job(part.write_text, "half of it")
    assert await hass.config_entries.async_remove(agency.entry_id)
    for path in (left, part):
        assert not await hass.async_add_executor_job(path.exists)


# --- Mirrors


class Mirrors:
    """Hosts elsewhere on the internet that serve a feed over HTTPS."""

    def __init__(self) -> None:
        """Start without hosts."""
        self.answers: list[str | int] = []
        self.asked: list[int] = []
        self.addresses: list[str] = []

    async def open(self, stack: AsyncExitStack, answer: str | int) -> None:
        """Start another host with its answer."""
        number = len(self.answers)
        self.answers.append(answer)

        async def handler(_request: web.Request) -> web.Response:
            self.asked.append(number)
            found = self.answers[number]
            if isinstance(found, int):
                return web.Response(status=found)
            return web.Response(text=found)

        port = await stack.enter_async_context(serve(handler, tls=make_tls().server))
        self.addresses.append(f"https://{HOST}:{port}/feed")


@pytest.fixture
async def mirrors() -> AsyncIterator[Mirrors]:
    """Start three hosts."""
    async with AsyncExitStack() as stack:
        found = Mirrors()
        for _ in range(3):
            await found.open(stack, 503)
        yield found


@pytest.fixture
async def carried(
    doorwatch: HomeAssistant, mirrors: Mirrors, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """Run an agency whose feed has three mirrors, none of which responds."""
    names = FakeNames({HOST: [["127.0.0.1"]]})
    monkeypatch.setattr(
        "custom_components.doorwatch.domain.opening.Outside",
        partial(Outside, tls=make_tls().client, resolver=names),
    )
    assert await async_setup_component(doorwatch, DOMAIN, {})
    found = Desk()
    await found.start()
    found.publish(
        requests_uri=mirrors.addresses[0], requests_mirrors=mirrors.addresses[1:]
    )
    yield found
    await found.server.close()


@pytest.fixture
def anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat this machine's address as public."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.outside.door.may_connect",
        lambda address, *, local=False: (
            address == "127.0.0.1" or may_connect(address, local=local)
        ),
    )


@pytest.mark.usefixtures("anywhere")
async def test_each_mirror_is_asked_at_most_once_until_one_is_good(
    hass: HomeAssistant, carried: Desk, mirrors: Mirrors
) -> None:
    """The order is random, so that the mirrors share the load."""
    entry = await added(hass, carried)
    assert sorted(mirrors.asked) == [0, 1, 2]
    assert entry.runtime_data.data.feed_problem == "bad_status"

    token = carried.ask(feature("2026-1"))
    first = set()
    for _ in range(40):
        mirrors.asked.clear()
        mirrors.answers = [token, token, token]
        await come_round(hass, entry)
        assert len(mirrors.asked) == 1
        first.add(mirrors.asked[0])
    assert first == {0, 1, 2}  # fails by chance once in three million runs
    assert asked(entry.runtime_data) == ["2026-1"]
    assert carried.feeds_fetched == 0


@pytest.mark.usefixtures("anywhere")
async def test_a_mirror_with_another_agencys_feed_is_passed_over(
    hass: HomeAssistant, carried: Desk, mirrors: Mirrors
) -> None:
    """An old feed is skipped too; if no feed is valid, the problem is reported."""
    entry = await added(hass, carried)
    data: Agency = entry.runtime_data
    foreign = carried.ask(feature("2026-0"), iss="https://other.example")
    old = carried.ask(feature("2026-1"))
    new = carried.ask(feature("2026-2"))
    mirrors.answers = [foreign, new, old]
    for _ in range(12):
        await come_round(hass, entry)
        if asked(data) == ["2026-2"]:
            break
    for _ in range(8):
        await come_round(hass, entry)
        assert asked(data) == ["2026-2"]
        assert data.data.feed_problem is None
    mirrors.answers = [foreign, 503, foreign]
    await come_round(hass, entry)
    assert asked(data) == ["2026-2"]
    assert data.data.feed_problem == "issuer_mismatch"


async def test_a_mirror_is_never_on_my_network(
    hass: HomeAssistant, carried: Desk, mirrors: Mirrors
) -> None:
    """Trust in the agency's own local host does not apply to other hosts."""
    mirrors.answers = [carried.ask(feature("2026-1"))] * 3
    entry = await added(hass, carried)
    assert mirrors.asked == []
    assert entry.runtime_data.data.feed is None
    assert entry.runtime_data.data.feed_problem == "address_refused"


async def test_what_is_kept_is_the_file_as_it_was_signed(
    hass: HomeAssistant, agency: MockConfigEntry, desk: Desk
) -> None:
    """Only the user of Home Assistant can read the file."""
    path: Path = feed_file(hass, agency.entry_id)

    def look() -> tuple[str, int]:
        return path.read_text(), path.stat().st_mode & 0o777

    assert await hass.async_add_executor_job(look) == (desk.feed, 0o600)
    stored = await store_for(hass, agency.entry_id).async_load()
    assert str(desk.feed) not in json.dumps(stored)


# --- Proxy


async def test_document_and_feed_go_through_the_proxy_or_nowhere(
    hass: HomeAssistant,
    carried: Desk,
    mirrors: Mirrors,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A proxy is used once it is configured; if it is unreachable, a repair is made."""
    await async_ensure_household(hass)
    household = household_entry(hass)
    assert household is not None
    carried.agency.origin = f"https://{HOST}"
    leads = {f"{HOST}:443": int(mirrors.addresses[0].rpartition(":")[2][:-5])}
    feed = carried.ask(feature("2026-1"))
    mirrors.answers = [carried.agency.publish(requests_uri=f"https://{HOST}/feed")] * 3
    mirrors.answers[1] = feed
    async with connect_proxy(leads) as proxy:
        address = f"http://kim:hunter2@127.0.0.1:{proxy.port}"
        hass.config_entries.async_update_entry(household, options={CONF_PROXY: address})
        form = await type_address(hass, HOST, local=False)
        assert form["step_id"] == "agency_confirm"
        assert proxy.lines == [f"CONNECT {HOST}:443 HTTP/1.1"]
        proxy.leads = {f"{HOST}:443": int(mirrors.addresses[1].rpartition(":")[2][:-5])}
        result = await hass.config_entries.flow.async_configure(
            form["flow_id"], {"not_compared": True}
        )
        entry: Any = result["result"]
        await hass.async_block_till_done(wait_background_tasks=True)
        assert proxy.lines == [f"CONNECT {HOST}:443 HTTP/1.1"] * 2
        assert mirrors.asked == [0, 1]
        assert asked(entry.runtime_data) == ["2026-1"]
    for _ in range(4):
        data = await come_round(hass, entry)
        assert data.data.problem == data.data.feed_problem == "proxy_failed"
    assert mirrors.asked == [0, 1]
    issue = issue_registry.async_get_issue(DOMAIN, f"agency_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_key == "agency_proxy_failed"
    assert issue.is_fixable
    assert "hunter2" not in caplog.text
