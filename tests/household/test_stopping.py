"""Test that open recordings are completed when Home Assistant stops."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.demo import DemoDoorbell
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger, LedgerLine
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.signals import EVENT_RECORDING_CHANGED
from tests.conftest import Until
from tests.demo_visits import begin_clip
from tests.sharing_fixtures import Home, command
from tests.waiting import idle


@dataclass
class Slow:
    """Recorders that stop slowly, as with a slow disk."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    """Delay the end of all recordings until the test continues."""
    slow, stop = Slow(), ClipRecorder.stop

    async def stop_slowly(recorder: ClipRecorder) -> None:
        slow.asked.set()
        await slow.go_on.wait()
        await stop(recorder)

    with patch.object(ClipRecorder, "stop", stop_slowly):
        yield slow
        slow.go_on.set()


async def found_later(
    hass: HomeAssistant, folder: Path
) -> tuple[list[Clip], list[LedgerLine]]:
    """Return the clips and the ledger's lines at the next start."""
    library = await Library.open(folder, lambda: "UTC")
    try:
        clips = await library.list(await library.doorbell_ids())
        for clip in clips:
            assert await library.verify(clip.clip_id)
    finally:
        await library.close()
    ledger = await Ledger.open(PrivateFolder(hass.config.config_dir).ledger)
    try:
        return list(clips), await ledger.lines(limit=1000)
    finally:
        await ledger.close()


@contextmanager
def stop_of(home: Home) -> Iterator[None]:
    """Let Home Assistant be stopping, with everything of Doorwatch closed."""
    data = home.hass.data.pop(DATA)
    home.hass.set_state(CoreState.stopping)
    yield
    home.hass.set_state(CoreState.running)
    home.hass.data[DATA] = data


@contextmanager
def stop_while_the_index_is_asked(home: Home) -> Iterator[None]:
    """Start a stop during the next request to the index."""
    get = Library.get
    with ExitStack() as stopped:

        async def get_late(library: Library, clip_id: str) -> Clip | None:
            if DATA not in home.hass.data:  # closed, as the library is then
                raise LibraryError("library_unavailable")
            clip = await get(library, clip_id)
            stopped.enter_context(stop_of(home))
            return clip

        with patch.object(Library, "get", get_late):
            yield


async def test_a_call_during_a_stop_leaves_open_clips_alone(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until, slow: Slow
) -> None:
    """Another library must not treat the open recordings as left over from a crash."""
    folder = hass.data[DATA].library.folder
    await begin_clip(demo, until)

    stopping = asyncio.create_task(hass.async_stop(force=True))
    await slow.asked.wait()
    with pytest.raises(LibraryError, match="library_unavailable"):
        await async_get_domain(hass)
    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call(
            DOMAIN,
            "get_clip_link",
            {"clip_id": "0199c0de"},
            blocking=True,
            return_response=True,
        )
    slow.go_on.set()
    await stopping

    assert refused.value.translation_key == "library_unavailable"
    clips, lines = await found_later(hass, folder)
    assert [clip.recovered for clip in clips] == [False]
    assert [(line.kind, line.data["sha256"]) for line in lines] == [
        ("recorded", clips[0].sha256)
    ]


@pytest.mark.parametrize("cancelled", [False, True])
async def test_a_stop_during_a_reload_waits_for_the_open_clip(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    slow: Slow,
    cancelled: bool,
) -> None:
    """Core cancels reloads that were started from a dashboard."""
    folder = hass.data[DATA].library.folder
    await begin_clip(demo, until)

    reload = asyncio.create_task(hass.config_entries.async_reload(demo.entry_id))
    await slow.asked.wait()
    if cancelled:
        reload.cancel()
    stopping = asyncio.create_task(hass.async_stop(force=True))
    # The second shutdown waits for the first.
    await idle()
    assert not stopping.done()
    slow.go_on.set()
    await stopping
    await asyncio.wait({reload})

    assert demo.state is not ConfigEntryState.LOADED
    clips, lines = await found_later(hass, folder)
    assert [clip.recovered for clip in clips] == [False]
    assert [(line.kind, line.data["sha256"]) for line in lines] == [
        ("recorded", clips[0].sha256)
    ]


async def test_a_stop_waits_for_the_ledger_after_a_reload(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The clip is complete, but its digest is not in the ledger yet."""
    folder = hass.data[DATA].library.folder
    await begin_clip(demo, until)
    let_go, go_on, append = asyncio.Event(), asyncio.Event(), Ledger.append
    stop = DemoDoorbell.stop

    async def append_slowly(ledger: Ledger, *line: Any, **more: Any) -> Any:
        await go_on.wait()
        return await append(ledger, *line, **more)

    async def stop_last(doorbell: DemoDoorbell) -> None:
        await stop(doorbell)
        let_go.set()

    with (
        patch.object(Ledger, "append", append_slowly),
        patch.object(DemoDoorbell, "stop", stop_last),
    ):
        reload = asyncio.create_task(hass.config_entries.async_reload(demo.entry_id))
        await let_go.wait()
        await asyncio.sleep(0)
        stopping = asyncio.create_task(hass.async_stop(force=True))
        await idle()
        assert not stopping.done()
        go_on.set()
        await stopping
        await asyncio.wait({reload})

    clips, lines = await found_later(hass, folder)
    assert [line.data["sha256"] for line in lines] == [clips[0].sha256]


async def test_what_is_asked_late_in_a_stop_waits_for_the_open_clips(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until, slow: Slow
) -> None:
    """Core stops waiting after a while and no longer reports that it is stopping."""
    folder = hass.data[DATA].library.folder
    await begin_clip(demo, until)

    stopping = asyncio.create_task(hass.async_stop(force=True))
    await slow.asked.wait()
    hass.set_state(CoreState.not_running)
    asking = asyncio.create_task(async_get_domain(hass))
    await asyncio.sleep(0)
    with patch.object(Library, "open", side_effect=AssertionError("too early")):
        await idle()
    assert not asking.done()
    slow.go_on.set()
    await stopping
    data = await asking
    try:
        clips = await data.library.list([demo.entry_id])
        assert [clip.recovered for clip in clips] == [False]
        assert "recovered" not in await data.ledger.counts()
    finally:
        await hass.async_stop(force=True)
    assert await asyncio.to_thread(lambda: list(folder.rglob("*.mp4")))


@pytest.mark.parametrize(
    ("view", "status"),
    [
        ("clip", HTTPStatus.OK),
        ("thumbnail", HTTPStatus.OK),
        ("clip_preview", HTTPStatus.NOT_FOUND),
    ],
)
async def test_a_request_that_was_let_in_before_a_stop_is_answered(
    home: Home, view: str, status: HTTPStatus
) -> None:
    """The request doesn't use closed parts."""
    http = await home.client(await home.login(home.admin))

    with stop_while_the_index_is_asked(home):
        answer = await http.get(f"/api/doorwatch/{view}/{home.clip.clip_id}")

    assert answer.status == status


async def test_pictures_asked_for_before_a_stop_are_refused_in_words(
    home: Home,
) -> None:
    """The library is closed before the pictures are decoded."""
    client = await home.connect()

    with stop_while_the_index_is_asked(home):
        answer = await command(
            client, type="doorwatch/clips/strip", clip_id=home.clip.clip_id
        )

    assert answer["error"]["code"] == "library_unavailable"


async def test_a_reload_during_a_stop_says_nothing_of_the_disk(
    home: Home, issue_registry: ir.IssueRegistry
) -> None:
    """Nothing is wrong with the disk."""
    told = async_capture_events(home.hass, EVENT_RECORDING_CHANGED)
    with stop_of(home):
        await home.hass.config_entries.async_reload(home.front.entry_id)

    assert home.front.state is ConfigEntryState.SETUP_RETRY
    assert told == []
    assert issue_registry.async_get_issue(DOMAIN, "library_missing") is None
