"""Test that an agency's host can't tell an affected home from an unaffected one.

Two homes pass the same days, each with a host that records every byte. The first has a
doorbell inside the area of open requests and clips of their time. Its people use every
action, command and page, hide requests, prepare and cancel shares, update entities,
reload, and restart between two scheduled times. The second is outside the area and
unused. One test has the hosts on the homes' networks; another has a recording proxy for
each home in front of a host on the internet and its mirror.

The bytes, the size and the end of each call must be equal. Times are random, so the
pauses between calls of a kind are compared by two two-sample tests:
Kolmogorov-Smirnov's for the distribution, and Tukey's quick test, which counts the
values of one sample beyond all of the other, for a few outliers. For equal
distributions, one of them gives a false alarm once in 10,000 draws. With 120 pauses
each (60 days), the first misses a jitter of a third once in 2,000 draws, and a jitter
of half that size in every second draw; the second misses neither and detects 18
additional calls.

All times are drawn from one seed and are the same in each run; --times 6 draws others
and tests six times as many days.
"""

from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import (
    AbstractContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
import math
from pathlib import Path
import random
import time
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch
from uuid import uuid4

from homeassistant import loader
from homeassistant.components.homeassistant import SERVICE_UPDATE_ENTITY
from homeassistant.components.websocket_api.const import DOMAIN as WEBSOCKETS
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.storage import Store
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)
from yarl import URL

from custom_components.doorwatch.access.unknown_pages import async_show_unknown_pages
from custom_components.doorwatch.agencies import (
    coordinator as agency_coordinator,
    schedule,
)
from custom_components.doorwatch.agencies.coordinator import AgencyCoordinator
from custom_components.doorwatch.agencies.schedule import REFRESH_EVERY, REFRESH_JITTER
from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_FOLDER,
    CONF_KIND,
    CONF_LOCAL,
    CONF_PROXY,
    CONF_UPLOAD_CODE,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.outside.door import USER_AGENT, Outside
from custom_components.doorwatch.engine.sharing.documents.discovery import WELL_KNOWN
from custom_components.doorwatch.engine.sharing.requests.feed import Request
from custom_components.doorwatch.household.household import household_entry
from custom_components.doorwatch.people.people import People
from tests.engine.sharing.requests.feeds import INSIDE, OUTSIDE, feature, feed_token
from tests.outside_servers import HOST, FakeNames, make_tls
from tests.series import chance, drawn_from, nightly, series, times
from tests.sharing_fixtures import FakeAgency, Home, command, doorbell_entry, prepare
from tests.waiting import until

from .test_traffic import (
    HOUR,
    Days,
    commands,
    days,
    due_of,
    live,
    quiet,
    shut_down,
    start_up,
)
from .wire import Call, Tap, Wire, listening, tapping

__all__ = ["days"]

DAYS: Final = min(times(60), 390)  # no document is valid for longer
FEED: Final = "/feeds/requests.jws"
# The probability of a false alarm of each test.
SELDOM: Final = 1e-4
BEYOND: Final = 18


# Comparing the recorded calls


def differences(one: Sequence[Call], other: Sequence[Call]) -> set[str]:
    """Return the differences between the calls of two homes."""
    parts: dict[str, Callable[[Call], object]] = {
        "requests": lambda call: call.lines,
        "sizes": lambda call: (call.size, call.answered),
        "ends": lambda call: call.left,
    }
    found = {
        name
        for name, part in parts.items()
        if {part(call) for call in one} != {part(call) for call in other}
    }
    if orders(one) != orders(other):
        found.add("order")
    for kind in {call.lines[:1] for call in (*one, *other)}:
        mine, theirs = (
            [call.at for call in calls if call.lines[:1] == kind]
            for calls in (one, other)
        )
        if are_apart(pauses(mine), pauses(theirs)):
            found.add("times")
    return found


def orders(calls: Sequence[Call]) -> set[tuple[tuple[str, ...], ...]]:
    """Return the pairs of consecutive calls."""
    return {(now.lines[:1], then.lines[:1]) for now, then in pairwise(calls)}


def pauses(times: Sequence[float]) -> list[float]:
    """Return the pauses between the times."""
    return [then - now for now, then in pairwise(sorted(times))]


def are_apart(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether two samples have different distributions."""
    return likeness(one, other) < SELDOM or beyond(one, other) >= BEYOND


def likeness(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the p-value of the Kolmogorov-Smirnov test for two samples.

    This is Stephens' approximation; ties make it conservative.
    """
    if not one or not other:
        return 0.0
    mine, theirs = sorted(one), sorted(other)
    apart = max(
        abs(bisect_right(mine, at) / len(mine) - bisect_right(theirs, at) / len(theirs))
        for at in (*mine, *theirs)
    )
    root = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    far = (root + 0.12 + 0.11 / root) * apart
    if far < 0.3:  # here the result is 1, and the series would need many terms
        return 1.0
    return 2 * sum(
        (-1.0) ** (n - 1) * math.exp(-2 * (n * far) ** 2) for n in range(1, 99)
    )


def beyond(one: Sequence[float], other: Sequence[float]) -> int:
    """Return the largest number of values of one sample beyond an end of the other.

    For two samples of one distribution and size, the probability of k or more is about
    4 / 2**k.
    """
    return max(
        sum(each < min(other) for each in one),
        sum(each > max(other) for each in one),
        sum(each < min(one) for each in other),
        sum(each > max(one) for each in other),
    )


# The two homes


@dataclass(kw_only=True)
class Followed:
    """A home with an agency whose host records its requests."""

    hass: HomeAssistant
    agency: MockConfigEntry
    desk: FakeAgency
    wire: Wire

    async def due(self) -> float:
        """Return the next scheduled time."""
        return await due_of(self.hass, self.agency)


@dataclass(kw_only=True)
class ByProxy:
    """A home that reaches its agency by a recording proxy."""

    followed: Followed
    tap: Tap


def publish(desk: FakeAgency, wire: Wire) -> None:
    """Publish the next document and feed, with equal text and length for each host."""
    desk.seq += 1
    now = int(time.time())  # the clock that shares use doesn't move
    claims: dict[str, Any] = {"iat": now, "exp": now + 400 * 86_400}
    if desk.origin.startswith("https:"):
        claims["requests_mirrors"] = [f"{desk.origin}:8443{FEED}"]
    wire.files[WELL_KNOWN] = desk.publish(
        requests_uri=f"{desk.origin}{FEED}", seq=desk.seq, **claims
    )
    claims.pop("requests_mirrors", None)
    window = {"interval": ["2026-11-03T16:00:00Z", "2026-11-03T18:00:00Z"]}
    until = f"{datetime.fromtimestamp(now + 80 * 86_400, UTC):%Y-%m-%dT%H:%M:%SZ}"
    requests = [
        feature(f"2026-{n:04}", version=desk.seq, until=until) | {"time": window}
        for n in range(9)
    ]
    # A request without an end isn't watched: the clip of that time doesn't match.
    soon = [
        f"{datetime.fromtimestamp(now + hours * HOUR, UTC):%Y-%m-%dT%H:%M:%SZ}"
        for hours in (1, 13)
    ]
    requests.append(
        feature("watch", version=desk.seq, until=until) | {"time": {"interval": soon}}
    )
    wire.files[FEED] = feed_token(
        desk.root, *requests, iss=desk.origin, seq=desk.seq, **claims
    )


async def follow(hass: HomeAssistant, wire: Wire, origin: str = "") -> Followed:
    """Add the agency to a home, on its network or behind a proxy."""
    desk = FakeAgency(origin=origin or f"http://127.0.0.1:{wire.port}", seq=1000)
    made = desk.entry()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=made.title,
        unique_id=made.unique_id,
        data={**made.data, CONF_LOCAL: not origin, CONF_UPLOAD_CODE: None},
    )
    publish(desk, wire)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return Followed(hass=hass, agency=entry, desk=desk, wire=wire)


@pytest.fixture
async def awake(home: Home, days: Days) -> AsyncIterator[Followed]:
    """Set up a home inside the area, with clips of the requests' time."""
    latitude, longitude = INSIDE
    await home.hass.config.async_update(latitude=latitude, longitude=longitude)
    assert await async_setup_component(home.hass, "homeassistant", {})
    await home.hass.config_entries.async_remove(home.agency.entry_id)
    async with listening(lambda: days.now, {}) as wire:
        found = await follow(home.hass, wire)
        home.agency = found.agency
        yield found


@pytest.fixture
async def asleep(home: Home, days: Days, tmp_path: Path) -> AsyncIterator[Followed]:
    """Set up an unused home elsewhere."""
    async with AsyncExitStack() as stack:
        hass = await stack.enter_async_context(
            async_test_home_assistant(config_dir=str(tmp_path / "asleep"))
        )
        hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
        latitude, longitude = OUTSIDE
        await hass.config.async_update(latitude=latitude, longitude=longitude)
        household = MockConfigEntry(
            domain=DOMAIN,
            title="Household",
            unique_id=KIND_HOUSEHOLD,
            data={CONF_KIND: KIND_HOUSEHOLD},
            options={CONF_FOLDER: str(tmp_path / "asleep" / "clips")},
        )
        for entry in (household, doorbell_entry("Front")):
            entry.add_to_hass(hass)
        assert await async_setup_component(hass, "homeassistant", {})
        assert await async_setup_component(hass, DOMAIN, {})
        await hass.async_block_till_done()
        wire = await stack.enter_async_context(listening(lambda: days.now, {}))
        found = await follow(hass, wire)
        yield found
        for one in hass.config_entries.async_entries(DOMAIN):
            await hass.config_entries.async_unload(one.entry_id)
        await hass.async_stop(force=True)


async def let_pass(
    days: Days, number: int, home: Home, awake: Followed, asleep: Followed
) -> None:
    """Let days pass in both homes, and use everything in one of them."""
    for quarter in range(4 * number):
        if quarter % 120 == 0:
            for followed in (awake, asleep):
                publish(followed.desk, followed.wire)
        until = days.passed + 6 * HOUR
        while days.passed < until:
            dues = [await followed.due() - days.now for followed in (awake, asleep)]
            # Move to just after each scheduled time, so that its calls are recorded
            # with the exact time.
            wait = min((due + 1 for due in dues if due > 0), default=HOUR)
            days.passed = min(until, days.passed + wait)
            for followed in (awake, asleep):
                await quiet(followed.agency)
        if quarter % 3 == 1 and quarter > 3:  # when there are requests to look at
            await look(home)
        if quarter % 31 == 4:
            await live(home)
        elif quarter % 41 == 10:
            await begin_anew(home)
        elif quarter % 37 == 20:
            await shut_down(home.hass)
            await start_up(home.hass)
        await quiet(awake.agency)


async def begin_anew(home: Home) -> None:
    """Save options, add addresses, reload all, and disable and enable the agency.

    Reconfiguring the agency is excluded, because it fetches the document at once.
    """
    hass, agency = home.hass, home.agency
    home.configure(**{CONF_CANCEL_WINDOW: 299})
    # Changed addresses are notified to everyone.
    await hass.config.async_update(external_url=f"https://{luck_of_a_name()}.example")
    await home.login(home.admin, "http://192.0.2.7:8123/")
    await async_show_unknown_pages(hass, home.data.home_addresses)
    for entry in (home.household, home.front, home.back, agency):
        assert await hass.config_entries.async_reload(entry.entry_id)
    for switched in (ConfigEntryDisabler.USER, None):
        await hass.config_entries.async_set_disabled_by(agency.entry_id, switched)
        await hass.async_block_till_done()


def luck_of_a_name() -> str:
    """Return a new random name."""
    return f"home-{uuid4().hex}"


async def look(home: Home) -> None:
    """Open the page, look at clips, prepare and cancel an answer, hide, and update."""
    agency = {"agency_id": home.agency.entry_id}
    # Matching runs in the background, and its days pass in less than a second.
    [asked, *_] = await until(lambda: fitting(home.hass))
    socket = await home.connect()
    for name, wants in commands(home).items():
        if name.partition("/")[0] in ("requests", "agencies", "shares"):
            await command(socket, type=f"doorwatch/{name}", **wants)
    clips = await command(
        socket, type="doorwatch/requests/clips", **agency, request_id=asked
    )
    assert clips["result"]["clips"]
    ready = await prepare(socket, home, request_id=asked)
    await command(socket, type="unsubscribe_events", subscription=ready["subscription"])
    for hidden in (True, False):
        hide = {"item_id": asked, "hidden": hidden}
        await command(socket, type="doorwatch/requests/hide", **agency, **hide)
    await socket.close()
    await home.hass.services.async_call(
        "homeassistant",
        SERVICE_UPDATE_ENTITY,
        {ATTR_ENTITY_ID: entities_of(home)},
        blocking=True,
    )


def fitting(hass: HomeAssistant) -> list[str]:
    """Return the ids of the requests that match clips of this home."""
    return [
        concern.item.request_id
        for concern in hass.data[DATA].requests.concerns
        if isinstance(concern.item, Request) and concern.clips
    ]


def entities_of(home: Home) -> list[str]:
    """Return the entity ids of the agency."""
    found = er.async_entries_for_config_entry(
        er.async_get(home.hass), home.agency.entry_id
    )
    return [one.entity_id for one in found]


@pytest.fixture(autouse=True)
def luck() -> Iterator[int]:
    """Draw the times from a seed."""
    with patch.object(schedule, "random", chance()):
        yield drawn_from()


@pytest.fixture
def snoozes() -> Iterator[set[datetime]]:
    """Record the end of every snooze."""
    ends: set[datetime] = set()
    snooze = People.snooze

    def noted(people: People, user_id: str, doorbell_id: str, until: datetime) -> None:
        ends.add(until)
        snooze(people, user_id, doorbell_id, until)

    with patch.object(People, "snooze", noted):
        yield ends


@series
async def test_who_is_asked_and_answers_looks_like_who_sleeps(
    home: Home,
    awake: Followed,
    asleep: Followed,
    days: Days,
    luck: int,
    snoozes: set[datetime],
) -> None:
    """The bytes, the number and the times of the calls are compared.

    People are notified of a match at a time that was drawn before the match, or at the
    end of a snooze.
    """
    hass = home.hass
    hass.data[DATA].people.wish(home.admin.id, {"on": True})
    slots = await Store[dict[str, list[str]]](hass, 1, "doorwatch.slots").async_load()
    assert slots is not None
    drawn = {datetime.fromisoformat(one) for times in slots.values() for one in times}
    await home.save(
        home.front,
        "0199c0de-0000-7000-8000-00000000abcd",
        started=datetime.now(UTC) + timedelta(hours=6),
    )
    await let_pass(days, DAYS, home, awake, asleep)
    for wire in (awake.wire, asleep.wire):
        # Each fetch gets the document, then the feed.
        asked = [call.lines[0].split()[1] for call in wire.calls]
        assert set(asked[::2]) == {WELL_KNOWN}
        assert set(asked[1::2]) == {FEED}
        assert len(asked) > 3.9 * DAYS - 8  # restarts across a scheduled time skip it
        assert not any("a-name-for-this-home" in str(call.lines) for call in wire.calls)
        assert f"User-Agent: {USER_AGENT}" in wire.calls[0].lines
    assert fitting(awake.hass)
    assert "watch" not in fitting(awake.hass)
    assert not fitting(asleep.hass)
    assert not differences(awake.wire.calls, asleep.wire.calls), f"seed {luck}"
    waiting = hass.data[DATA].notices.waiting.due
    assert set(waiting) == {home.admin.id}
    assert set(waiting.values()) <= drawn | snoozes
    assert hass.data[DATA].requests.noted.untold


@pytest.fixture
def trusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let homes trust the certificate of the host behind the proxies."""
    monkeypatch.setattr(
        "custom_components.doorwatch.domain.opening.Outside",
        partial(Outside, tls=make_tls().client, resolver=FakeNames({})),
    )


@asynccontextmanager
async def behind_a_proxy(before: Followed, days: Days) -> AsyncIterator[ByProxy]:
    """Set up a home that reaches an agency and its mirror only by a proxy."""
    hass = before.hass
    await hass.config_entries.async_remove(before.agency.entry_id)
    household = household_entry(hass)
    assert household is not None
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(
            listening(lambda: days.now, {}, tls=make_tls().server)
        )
        tap = await stack.enter_async_context(tapping(lambda: days.now, wire.port))
        options = {**household.options, CONF_PROXY: f"http://127.0.0.1:{tap.port}"}
        hass.config_entries.async_update_entry(household, options=options)
        await hass.async_block_till_done()
        followed = await follow(hass, wire, f"https://{HOST}")
        yield ByProxy(followed=followed, tap=tap)
        await hass.config_entries.async_remove(followed.agency.entry_id)


@series
async def test_a_proxy_sees_no_more(
    trusting: None,
    home: Home,
    awake: Followed,
    asleep: Followed,
    days: Days,
    luck: int,
) -> None:
    """Requested names, sizes of TLS data and the chosen mirrors are compared."""
    async with (
        behind_a_proxy(awake, days) as one,
        behind_a_proxy(asleep, days) as other,
    ):
        home.agency = one.followed.agency
        await let_pass(days, DAYS // 4, home, one.followed, other.followed)
        assert fitting(one.followed.hass)
        assert {call.lines[0] for call in one.tap.calls} == {
            f"CONNECT {HOST}:443 HTTP/1.1",
            f"CONNECT {HOST}:8443 HTTP/1.1",
        }
        assert len(one.tap.calls) == len(one.followed.wire.calls) > 3.5 * DAYS // 4
        calls = one.tap.calls, other.tap.calls
        assert not differences(*calls), f"seed {luck}"
        calls = one.followed.wire.calls, other.followed.wire.calls
        assert not differences(*calls), f"seed {luck}"


# Builds that leak


@contextmanager
def refreshing_when_a_page_is_opened(*homes: Followed) -> Iterator[None]:
    """Fetch when somebody opens the page."""
    with ExitStack() as stack:
        for home in homes:
            known = home.hass.data[WEBSOCKETS]
            page = "doorwatch/requests/subscribe"
            handler, schema = known[page]

            def opened(
                hass: Any, connection: Any, message: Any, *, agency: Any, go: Any
            ) -> None:
                agency.async_create_background_task(
                    hass, agency.runtime_data.async_fetch(), "leak"
                )
                go(hass, connection, message)

            stack.enter_context(
                patch.dict(
                    known,
                    {page: (partial(opened, agency=home.agency, go=handler), schema)},
                )
            )
        yield


@contextmanager
def asking_whether_it_changed(*homes: Followed) -> Iterator[None]:
    """Request the feed only if it changed, while a request matches."""
    session = Outside.session

    def saving(outside: Outside, url: str, *, local: bool = False) -> Any:
        found = session(outside, url, local=local)
        [home] = [home for home in homes if home.hass.data[DATA].outside is outside]
        if not fitting(home.hass):
            return found

        def get(url: URL, *, headers: dict[str, str], **more: Any) -> Any:
            headers |= {"If-None-Match": '"a-name-for-this-home"'}
            return found.get(url, headers=headers, **more)

        return SimpleNamespace(get=get)

    with patch.object(Outside, "session", saving):
        yield


@contextmanager
def looking_more_regularly(*_homes: Followed) -> Iterator[None]:
    """Shorten the longest pauses and lengthen the shortest while a request matches."""
    on_time, drawn = AgencyCoordinator._on_time, schedule.pause

    @callback
    def hurried(coordinator: AgencyCoordinator, now: Any) -> None:
        def pause() -> float:
            return REFRESH_EVERY + (drawn() - REFRESH_EVERY) / 3

        with patch.object(
            agency_coordinator,
            "pause",
            pause if fitting(coordinator.hass) else drawn,
        ):
            on_time(coordinator, now)

    with patch.object(AgencyCoordinator, "_on_time", hurried):
        yield


@series
@pytest.mark.parametrize(
    ("leak", "number", "seen"),
    [
        (refreshing_when_a_page_is_opened, DAYS // 2, {"order", "times"}),
        (asking_whether_it_changed, DAYS // 8, {"requests", "sizes"}),
        pytest.param(looking_more_regularly, DAYS, {"times"}, marks=nightly),
    ],
)
async def test_a_build_that_leaks_is_told_apart(
    home: Home,
    awake: Followed,
    asleep: Followed,
    days: Days,
    luck: int,
    leak: Callable[..., AbstractContextManager[None]],
    number: int,
    seen: set[str],
) -> None:
    """The comparison finds the leak and no other difference."""
    with leak(awake, asleep):
        await let_pass(days, number, home, awake, asleep)
    assert differences(awake.wire.calls, asleep.wire.calls) == seen, f"seed {luck}"


def test_the_tests_of_two_samples_seldom_speak_of_what_is_alike() -> None:
    """The tests also rarely miss different distributions."""
    luck = random.Random(17)

    def drawn(jitter: float = REFRESH_JITTER) -> list[float]:
        return [REFRESH_EVERY + jitter * luck.uniform(-1, 1) for _ in range(120)]

    def found(look: Callable[..., bool], jitter: float) -> int:
        return sum(look(drawn(), drawn(jitter)) for _ in range(200))

    assert found(are_apart, REFRESH_JITTER) == 0
    assert found(lambda *two: likeness(*two) < SELDOM, REFRESH_JITTER / 3) > 190
    assert found(lambda *two: beyond(*two) >= BEYOND, REFRESH_JITTER / 2) == 200
    assert found(are_apart, REFRESH_JITTER / 3) == 200
    assert are_apart(drawn(), [*drawn()[20:], *[HOUR] * 20])
    assert not are_apart(drawn(), [*drawn()[9:], *[HOUR] * 9])
