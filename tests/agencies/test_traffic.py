"""Test that this home contacts an agency at its scheduled times only.

A real site on loopback counts the requests that reach it, and `Outside` records all
outgoing connections. Tests move the event loop's time and the clock of the schedule by
days.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
import time
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from aiohttp import web
from homeassistant.components.homeassistant import SERVICE_UPDATE_ENTITY
from homeassistant.components.repairs import repairs_flow_manager
from homeassistant.components.websocket_api.const import DOMAIN as WEBSOCKETS
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import ATTR_ENTITY_ID, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.doorwatch.agencies import coordinator as agency_coordinator
from custom_components.doorwatch.agencies.coordinator import AgencyCoordinator
from custom_components.doorwatch.agencies.schedule import (
    REFRESH_EVERY,
    REFRESH_JITTER,
    next_due,
)
from custom_components.doorwatch.agencies.stored import store_for
from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_DOCUMENT,
    CONF_LOCAL,
    CONF_PINNED,
    CONF_UPLOAD_CODE,
    DOMAIN,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.outbox.lookups import Renewal
from tests import waiting
from tests.agencies.desk import Desk
from tests.sharing_fixtures import FakeAgency, Home, allow, command, prepare

HOUR = 3600.0
WEEK = 7 * 24
LONGEST = REFRESH_EVERY + REFRESH_JITTER
SHORTEST = REFRESH_EVERY - REFRESH_JITTER


class Site(Desk):
    """An agency's site that records every request to any path."""

    def __init__(self) -> None:
        """Start without recorded requests."""
        super().__init__()
        self.requests: list[str] = []

        @web.middleware
        async def note(request: web.Request, handler: Any) -> web.StreamResponse:
            self.requests.append(f"{request.method} {request.path}")
            answer: web.StreamResponse = await handler(request)
            return answer

        self.server.app.middlewares.append(note)


class Days:
    """The event loop's time, and a clock that can be set."""

    def __init__(self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
        """Start at the current time."""
        self.passed = 0.0
        self.set_by = 0.0
        real = hass.loop.time
        monkeypatch.setattr(hass.loop, "time", lambda: real() + self.passed)
        clock = SimpleNamespace(time=lambda: self.now)
        monkeypatch.setattr(agency_coordinator, "time", clock)

    @property
    def now(self) -> float:
        """Return the time of the clock in seconds since the epoch."""
        return time.time() + self.passed + self.set_by


@pytest.fixture
async def site(socket_enabled: None) -> AsyncIterator[Site]:
    """Run the site."""
    found = Site()
    await found.start()
    yield found
    await found.server.close()


def publish(site: Site, **changes: object) -> None:
    """Publish the next document, valid for longer than a test's days."""
    now = int(time.time())
    site.publish(**{"iat": now, "exp": now + 40 * 86_400, **changes})


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record all outgoing connections."""
    found: list[str] = []
    session = Outside.session

    def noted(outside: Outside, url: str, *, local: bool = False) -> object:
        found.append(url)
        return session(outside, url, local=local)

    monkeypatch.setattr(Outside, "session", noted)
    return found


@pytest.fixture
def days(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Days:
    """Let tests pass days."""
    return Days(hass, monkeypatch)


def entry_of(desk: FakeAgency) -> MockConfigEntry:
    """Create the entry of an agency on this machine, valid for 40 days."""
    publish_it, exp = desk.publish, int(time.time()) + 40 * 86_400
    with patch.object(desk, "publish", lambda: publish_it(exp=exp)):
        entry = desk.entry()
    return MockConfigEntry(
        domain=DOMAIN,
        title=entry.title,
        unique_id=entry.unique_id,
        data={**entry.data, CONF_LOCAL: True, CONF_UPLOAD_CODE: None},
    )


@pytest.fixture
async def agency(home: Home, site: Site, days: Days) -> MockConfigEntry:
    """Add the agency to the home in place of the existing one."""
    hass = home.hass
    assert await async_setup_component(hass, "homeassistant", {})
    await hass.config_entries.async_remove(home.agency.entry_id)
    entry = entry_of(site.agency)
    publish(site)  # not older than the pinned document
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    home.agency = entry
    return entry


async def quiet(entry: MockConfigEntry) -> None:
    """Wait until the tasks of the agency's entry are done."""
    for _ in range(5):  # let the loop start due callbacks
        await asyncio.sleep(0)
    await waiting.until(lambda: not entry._background_tasks)
    await asyncio.sleep(0)


async def due_of(hass: HomeAssistant, entry: MockConfigEntry) -> float:
    """Return the stored time."""
    stored = await store_for(hass, entry.entry_id).async_load()
    assert stored is not None
    return stored["due"]


async def shut_down(hass: HomeAssistant) -> None:
    """Unload everything as a stop of Home Assistant does."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    await waiting.until(lambda: DATA not in hass.data)


async def start_up(hass: HomeAssistant) -> None:
    """Set up everything again."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.NOT_LOADED and not entry.disabled_by:
            await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


# One week


def actions(home: Home) -> dict[str, dict[str, object]]:
    """Return every action with its data."""
    clip: dict[str, object] = {"clip_id": home.clip.clip_id}
    agency = {"agency_id": home.agency.entry_id}
    return {
        "share_clip": {**clip, **agency, "confirmation": "guess"},
        "propose_share": {**clip, **agency},
        "protect_clip": {**clip, "protected": False},
        "delete_clip": clip,
        "restore_clip": clip,
        "get_clip_link": clip,
        "record_clip": {ATTR_ENTITY_ID: home.camera(home.front), "duration": 5},
        "export_clip": {**clip, "path": "nowhere/clip.mp4"},
        "find_clips": {},
        "get_day": {},
    }


def commands(home: Home) -> dict[str, dict[str, object]]:
    """Return every command of card and panel with its data."""
    clip: dict[str, object] = {"clip_id": home.clip.clip_id}
    doorbell: dict[str, object] = {"doorbell_id": home.front.entry_id}
    share: dict[str, object] = {"share_id": "a" * 32}
    return {
        "doorbells": {},
        "doorbells/subscribe": {},
        "agencies": {},
        "areas/get": doorbell,
        "areas/set": {**doorbell, "areas": []},
        "detect_motion": doorbell,
        "clips/deleted": {},
        "clips/list": {},
        "clips/facets": {},
        "clips/get": clip,
        "days": {"month": "2026-11"},
        "day": {"day": "2026-11-03"},
        "record": {**doorbell, "duration": 30},
        "record/stop": doorbell,
        "recordings/subscribe": {},
        "live/subscribe": {},
        "reconnect": doorbell,
        "talk/go_on": doorbell,
        "clips/subscribe": {},
        "clips/protect": {**clip, "protected": False},
        "clips/delete": clip,
        "clips/restore": clip,
        "clips/link": clip,
        "clips/preview": clip,
        "clips/strip": clip,
        "clips/still": {**clip, "at": 1.0},
        "clips/loudness": clip,
        "share/hand_over": share,
        "share/address": share,
        "share/prepare": {**clip, "agency_id": home.agency.entry_id},
        "copy/prepare": clip,
        "share/cancel": share,
        "share/withdraw": share,
        "share/retry": share,
        "share/proof": share,
        "shares/subscribe": {},
        "proposals/subscribe": {},
        "proposals/dismiss": {"proposal_id": "x"},
        "proposals/mine": clip,
        "ledger/counts": {},
        "ledger/link": {},
        "notices": {},
        "notices/save": {"wishes": {"on": True}},
        "notices/snooze": {"minutes": 5},
        "notices/test": {"phone_id": "x"},
        "notices/defaults": {"defaults": {}},
        "seen": {},
        "seen/mark": {"seen": {home.front.entry_id: "2026-11-03T12:00:00Z"}},
        "draft": clip,
        "draft/save": {**clip, "draft": {"note": "x"}},
        "draft/drop": clip,
        "requests/subscribe": {},
        "requests/clips": {"agency_id": home.agency.entry_id, "request_id": "x"},
        "requests/hide": {
            "agency_id": home.agency.entry_id,
            "item_id": "x",
            "hidden": True,
        },
        "requests/hide_agency": {"agency_id": home.agency.entry_id, "hidden": False},
        "settings": {},
        "transparency": {},
        "transparency/lines": {"agency_id": home.agency.entry_id},
        "transparency/forget": {"seq": 1},
    }


def pages(hass: HomeAssistant) -> list[str]:
    """Return the addresses of all views."""
    found = {
        route.resource.canonical
        for route in hass.http.app.router.routes()
        if route.resource is not None
    }
    return sorted(path for path in found if path.startswith("/api/doorwatch"))


async def live(home: Home) -> None:
    """Do everything that is possible in a home except a tap on Share."""
    hass, agency = home.hass, home.agency
    somebody = await home.user(read=[home.front], control=[home.front])
    for user_id in (home.admin.id, somebody.id, None):
        for action, data in actions(home).items():
            # Refusals are tested elsewhere.
            with suppress(HomeAssistantError, vol.Invalid):
                await hass.services.async_call(
                    DOMAIN,
                    action,
                    data,
                    blocking=True,
                    context=Context(user_id=user_id),
                    return_response=action
                    in ("find_clips", "get_clip_link", "get_day"),
                )
    entities = [
        entity.entity_id
        for entity in er.async_get(hass).entities.values()
        if entity.platform == DOMAIN
    ]
    assert len(entities) > 10
    for _ in range(3):
        await hass.services.async_call(
            "homeassistant",
            SERVICE_UPDATE_ENTITY,
            {ATTR_ENTITY_ID: entities},
            blocking=True,
        )
    await agency.runtime_data.async_refresh()
    await agency.runtime_data.async_request_refresh()

    socket = await home.connect()
    for name, wants in commands(home).items():
        await command(socket, type=f"doorwatch/{name}", **wants)
    client = await home.client(await home.login(home.admin))
    for page in pages(hass):
        for method in ("GET", "HEAD"):
            path = page.replace("{file_id}", home.clip.clip_id)
            path = path.replace("{share_id}", "a" * 32).replace("{token}", "x")
            async with client.request(method, path) as answer:
                await answer.read()
    if agency.runtime_data.access() is not None:
        ready = await prepare(socket, home)
        async with client.request("GET", ready["preview_url"]) as answer:
            await answer.read()
        await command(
            socket, type="unsubscribe_events", subscription=ready["subscription"]
        )
    await client.close()
    await socket.close()


async def reload(home: Home) -> None:
    """Reload all, save options, open forms, and disable and enable the agency."""
    hass, agency = home.hass, home.agency
    for entry in (home.household, home.front, home.back, agency):
        assert await hass.config_entries.async_reload(entry.entry_id)
    home.configure(**{CONF_CANCEL_WINDOW: 299})
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": agency.entry_id}
    )
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    await hass.config_entries.async_set_disabled_by(
        agency.entry_id, ConfigEntryDisabler.USER
    )
    await hass.config_entries.async_set_disabled_by(agency.entry_id, None)
    await hass.async_block_till_done()
    assert agency.state is ConfigEntryState.LOADED


async def test_a_week_of_home_life_shows_an_agency_its_schedule_and_nothing_else(
    home: Home,
    agency: MockConfigEntry,
    site: Site,
    days: Days,
    doors: list[str],
) -> None:
    """Neither use of the home, reloads and restarts nor bad documents make a call."""
    hass = home.hass
    assert set(hass.services.async_services()[DOMAIN]) == set(actions(home))
    assert {
        name.removeprefix("doorwatch/")
        for name in hass.data[WEBSOCKETS]
        if name.startswith("doorwatch/")
    } == set(commands(home))
    assert len(pages(hass)) == 10
    answers = {
        30: lambda: setattr(site, "answer", "nonsense"),
        60: lambda: publish(site),
        90: lambda: setattr(site, "answer", 500),
        120: lambda: publish(site, terms={"text": "x", "digest": "no"}),
        140: lambda: publish(site),
    }
    expected = 0
    due = await due_of(hass, agency)

    async def look() -> None:
        """Check that each scheduled time made one call, and nothing else did."""
        nonlocal expected, due
        await quiet(agency)
        known, due = due, await due_of(hass, agency)
        if due != known:
            assert known <= days.now
            assert due >= known + SHORTEST - 1
            expected += 1
        assert len(site.requests) == expected
        assert due > days.now

    off = range(0)
    for hour in range(WEEK):
        if hour in answers:
            answers[hour]()
        days.passed += HOUR
        if hour in off:
            assert len(site.requests) == expected
            if hour + 1 not in off:
                await start_up(hass)
                await quiet(agency)
                due = await due_of(hass, agency)
                await look()
            continue
        await look()
        if hour % 12 == 5:
            await live(home)
        elif hour % 12 == 8:
            await reload(home)
        await look()
        if hour in (34, 71, 110, 150):  # off for an hour, and for half a day
            await shut_down(hass)
            off = range(hour + 1, hour + (2 if hour == 34 else 14))
    assert set(site.requests) == {"GET /.well-known/doorwatch-agency"}
    assert doors == [agency.runtime_data.url] * expected
    assert 5 <= expected <= WEEK * HOUR / SHORTEST


# Single causes


async def test_an_update_of_an_entity_calls_nobody(
    home: Home, agency: MockConfigEntry, site: Site
) -> None:
    """An automation may update entities on each visitor, and so may any user."""
    entities = [
        one.entity_id
        for one in er.async_entries_for_config_entry(
            er.async_get(home.hass), agency.entry_id
        )
    ]
    assert {one.partition(".")[0] for one in entities} == {"event", "sensor"}
    user = await home.user()
    allow(user, {one: {"read": True, "control": True} for one in entities})
    for context in (Context(), Context(user_id=user.id)):
        await home.hass.services.async_call(
            "homeassistant",
            SERVICE_UPDATE_ENTITY,
            {ATTR_ENTITY_ID: entities},
            blocking=True,
            context=context,
        )
    await quiet(agency)
    assert site.requests == []


async def test_a_refused_document_is_not_fetched_again_before_it_is_time(
    home: Home, agency: MockConfigEntry, site: Site, days: Days
) -> None:
    """It is fetched neither within five minutes nor at a start."""
    site.answer = "nonsense"
    days.passed += LONGEST
    await quiet(agency)
    assert len(site.requests) == 1
    assert agency.runtime_data.data.problem == "document_invalid"
    for _ in range(4):
        days.passed += 400
        await quiet(agency)
        assert await home.hass.config_entries.async_reload(agency.entry_id)
        await shut_down(home.hass)
        await start_up(home.hass)
    await quiet(agency)
    assert len(site.requests) == 1
    issues = ir.async_get(home.hass)
    issue = issues.async_get_issue(DOMAIN, f"agency_{agency.entry_id}")
    assert issue is not None
    assert issue.translation_key == "agency_document_invalid"


async def test_a_ledger_that_cannot_be_written_calls_nobody_more_often(
    home: Home, agency: MockConfigEntry, site: Site, days: Days
) -> None:
    """The next scheduled fetch tries again."""
    publish(site, name="Another")
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        days.passed += LONGEST
        await quiet(agency)
        assert len(site.requests) == 1
        for _ in range(8):
            days.passed += HOUR
            await quiet(agency)
        assert len(site.requests) == 1
    days.passed += LONGEST
    await quiet(agency)
    assert len(site.requests) == 2
    assert agency.runtime_data.data.document.name == "Another"


async def test_a_time_that_was_missed_moves_to_the_next(
    home: Home, agency: MockConfigEntry, site: Site, days: Days
) -> None:
    """A start makes no call, however long the home was off."""
    for off in (LONGEST, 3 * LONGEST, 40 * LONGEST):
        await shut_down(home.hass)
        days.passed += off
        await start_up(home.hass)
        await quiet(agency)
        assert site.requests == []
        assert days.now < await due_of(home.hass, agency) <= days.now + LONGEST
    days.passed += LONGEST
    await quiet(agency)
    assert len(site.requests) == 1


async def test_the_time_is_stored_before_anybody_is_asked(
    home: Home, agency: MockConfigEntry, site: Site, days: Days
) -> None:
    """After a power cut during the request, the time is used up."""
    first = await due_of(home.hass, agency)
    site.open.clear()
    days.passed += LONGEST
    await waiting.until(lambda: site.requests)
    assert await due_of(home.hass, agency) >= first + SHORTEST
    site.open.set()
    await quiet(agency)


@pytest.mark.parametrize("by", [-3 * 365, -1, 1, 3 * 365])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_is_set_calls_nobody(
    home: Home,
    agency: MockConfigEntry,
    site: Site,
    days: Days,
    by: int,
    restarted: bool,
) -> None:
    """The schedule continues."""
    days.set_by = by * 86_400.0
    for _ in range(3):
        if restarted:
            await shut_down(home.hass)
            await start_up(home.hass)
        else:
            assert await home.hass.config_entries.async_reload(agency.entry_id)
        await quiet(agency)
    assert site.requests == []
    days.passed += LONGEST
    await quiet(agency)
    assert len(site.requests) == 1


async def test_a_time_that_cannot_be_stored_stays_one_time(
    home: Home,
    agency: MockConfigEntry,
    site: Site,
    days: Days,
) -> None:
    """A full disk causes no additional calls, even with restarts."""

    async def full(*_arguments: object) -> None:
        """Log the error, as core's store does on a full disk."""

    with patch.object(Store, "_async_write_data", full):
        days.passed += LONGEST
        await quiet(agency)
        assert len(site.requests) == 1
        for _ in range(5):
            assert await home.hass.config_entries.async_reload(agency.entry_id)
            await quiet(agency)
        assert len(site.requests) == 1


async def test_an_administrator_who_asks_moves_no_time(
    home: Home, agency: MockConfigEntry, site: Site, days: Days
) -> None:
    """The scheduled time stays the same, however often an administrator fetches."""
    hass = home.hass
    assert await async_setup_component(hass, "repairs", {})
    await hass.config_entries.async_unload(agency.entry_id)
    store = store_for(hass, agency.entry_id)
    stored = await store.async_load()
    assert stored is not None
    now = int(time.time())
    old = site.agency.publish(iat=now - 9999, exp=now - 999)
    pin = {**stored["pin"], "newest_iat": now - 9999}
    await store.async_save(
        {**stored, "document": old, "pin": pin, "fetched": now - 9000.0}
    )
    assert await hass.config_entries.async_setup(agency.entry_id)
    assert agency.runtime_data.access() is None
    due = await due_of(hass, agency)
    site.answer = 500
    manager = repairs_flow_manager(hass)
    assert manager is not None
    result = await manager.async_init(
        DOMAIN, data={"issue_id": f"agency_{agency.entry_id}"}
    )
    for count in range(1, 4):
        result = await manager.async_configure(result["flow_id"], {})
        assert result["errors"] == {"base": "still_there"}
        assert len(site.requests) == count
    publish(site)
    await manager.async_configure(result["flow_id"], {})
    assert agency.runtime_data.access() is not None
    assert await due_of(hass, agency) == due
    days.passed += due - days.now - 1
    await quiet(agency)
    assert len(site.requests) == 4
    days.passed += 2
    await quiet(agency)
    assert len(site.requests) == 5


async def test_two_who_ask_at_the_same_time_do_not_undo_each_other(
    home: Home, agency: MockConfigEntry, site: Site, days: Days
) -> None:
    """Each fetch uses the pin of the previous one."""
    coordinator: AgencyCoordinator = agency.runtime_data
    publish(site)
    answers = await asyncio.gather(*(coordinator.async_fetch() for _ in range(3)))
    assert answers == [Renewal.TRUSTED] * 3
    assert len(site.requests) == 3
    stored = await store_for(home.hass, agency.entry_id).async_load()
    assert stored is not None
    assert stored["document"] == site.answer


async def test_who_asks_while_the_agency_is_removed_hears_that_it_is_gone(
    home: Home, agency: MockConfigEntry, site: Site
) -> None:
    """Nothing of the agency is written afterwards."""
    coordinator: AgencyCoordinator = agency.runtime_data
    site.open.clear()
    asking = asyncio.create_task(coordinator.async_fetch())
    await waiting.until(lambda: site.requests)
    await home.hass.config_entries.async_remove(agency.entry_id)
    assert await asking is Renewal.NOT_ASKED
    site.open.set()
    assert await store_for(home.hass, agency.entry_id).async_load() is None


# Data of the previous version


async def test_what_the_version_before_stored_goes_on_when_it_would_have(
    home: Home, agency: MockConfigEntry, site: Site, days: Days
) -> None:
    """The previous version counted from the last fetch; now the time is stored."""
    hass = home.hass
    await hass.config_entries.async_unload(agency.entry_id)
    store = store_for(hass, agency.entry_id)
    fetched = days.now - HOUR
    await store.async_save(
        {
            "pin": dict(agency.data[CONF_PINNED]),
            "document": agency.data[CONF_DOCUMENT],
            "fetched": fetched,
        }
    )
    assert await hass.config_entries.async_setup(agency.entry_id)
    due = await due_of(hass, agency)
    assert fetched + SHORTEST <= due <= fetched + LONGEST
    for _ in range(3):
        assert await hass.config_entries.async_reload(agency.entry_id)
        assert await due_of(hass, agency) == due
    assert site.requests == []
    days.passed += due - days.now + 1
    await quiet(agency)
    assert len(site.requests) == 1


async def test_a_document_that_the_version_before_refused_stays_refused(
    home: Home, agency: MockConfigEntry, site: Site, days: Days
) -> None:
    """The previous version fetched it again at every start."""
    hass = home.hass
    await hass.config_entries.async_unload(agency.entry_id)
    await store_for(hass, agency.entry_id).async_save(
        {
            "pin": dict(agency.data[CONF_PINNED]),
            "document": agency.data[CONF_DOCUMENT],
            "fetched": days.now - 9 * 86_400,
            "refused": "unknown_root",
        }
    )
    assert await hass.config_entries.async_setup(agency.entry_id)
    await quiet(agency)
    assert site.requests == []
    assert agency.runtime_data.access() is None
    days.passed += LONGEST
    await quiet(agency)
    assert agency.runtime_data.access() is not None


@pytest.mark.parametrize("late", [0.0, 1.0, HOUR, 5 * 86_400.0, 1.8e9])
def test_the_next_time_is_never_nearer(late: float) -> None:
    """The time is limited in both directions, so that the fetch still happens."""
    now = 1.8e9
    for _ in range(200):
        due = next_due(now - late, now)
        assert now < due <= now + LONGEST
        assert next_due(due, now) == due
    assert next_due(now + 1, now) == now + 1
    assert next_due(now + 1e9, now) == now + LONGEST
