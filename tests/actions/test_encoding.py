"""Test that one copy is encoded at a time, with progress, and canceled when unused."""

import os
from pathlib import Path
import threading
from typing import Any
from unittest.mock import Mock

import pytest

from custom_components.doorwatch.consent import staging as staging_module
from custom_components.doorwatch.engine.clips.background import Progress
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.model import Edits, StagedFile
from custom_components.doorwatch.engine.sharing.package.staging import stage
from tests.consent.preparing import AREA, PREPARE_COPY, staged, until
from tests.sharing_fixtures import Home, end_of, event_of, result_of, silence

PREPARE = "doorwatch/share/prepare"


async def test_progress_is_told_while_areas_are_covered(home: Home) -> None:
    """Progress is a fraction and never decreases."""
    client = await home.connect()
    await client.send_json_auto_id(
        {
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            "edits": {"redact": [AREA]},
        }
    )
    events = [await event_of(client)]
    while events[-1]["type"] == "progress":
        events.append(await event_of(client))

    redacting = [
        event["fraction"] for event in events if event.get("stage") == "redacting"
    ]
    assert redacting
    assert redacting == sorted(redacting)
    assert all(0 <= fraction <= 1 for fraction in redacting)
    assert [event.get("stage") for event in (events[0], events[-2], events[-1])] == [
        "checking",
        "staging",
        None,
    ]


def redacting() -> list[threading.Thread]:
    """Return the threads that encode."""
    return [
        each for each in threading.enumerate() if each.name == "doorwatch redacting"
    ]


class SteppedStage:
    """Stage a file, but wait for the test after the first progress."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replace the original function and call it."""
        self.began = threading.Event()
        self.go_on = threading.Event()
        self.nice: set[int] = set()
        monkeypatch.setattr(staging_module, "stage", self)

    def __call__(
        self, clip: Clip, edits: Edits, folder: Path, *more: Progress
    ) -> StagedFile:
        """Stage, and wait at the first frame."""
        if not more:
            return stage(clip, edits, folder)

        def progress(done: float) -> None:
            self.nice.add(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
            self.began.set()
            assert self.go_on.wait(30)
            more[0](done)

        return stage(clip, edits, folder, progress)


@pytest.fixture
def stepped(monkeypatch: pytest.MonkeyPatch) -> SteppedStage:
    """Let covering wait for the test."""
    return SteppedStage(monkeypatch)


async def begin_to_cover(client: Any, home: Home, kind: str = PREPARE) -> int:
    """Request a covered copy and return the id of the subscription."""
    agency = {"agency_id": home.agency.entry_id} if kind == PREPARE else {}
    await client.send_json_auto_id(
        {
            "type": kind,
            "clip_id": home.clip.clip_id,
            "edits": {"redact": [AREA]},
            **agency,
        }
    )
    # Without the result, no client can unsubscribe.
    answer = await result_of(client)
    assert answer["success"]
    return int(answer["id"])


@pytest.mark.parametrize("kind", [PREPARE, PREPARE_COPY])
async def test_closing_ends_the_covering_at_its_next_picture(
    home: Home, stepped: SteppedStage, issued: Mock, kind: str
) -> None:
    """The thread ends, the file is removed, and the next copy can start."""
    client = await home.connect()
    subscription = await begin_to_cover(client, home, kind)
    await home.hass.async_add_executor_job(stepped.began.wait, 30)
    [thread] = redacting()
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert all(nice > own for nice in stepped.nice)

    await client.send_json_auto_id(
        {"type": "unsubscribe_events", "subscription": subscription}
    )
    assert (await result_of(client))["success"]
    stepped.go_on.set()

    await until(home.hass, lambda: not thread.is_alive() and staged(home) == [])
    await silence(client)
    assert not home.data.preparations.stager.encoding.locked()
    assert not issued.called


async def test_one_copy_is_encoded_at_a_time(home: Home, stepped: SteppedStage) -> None:
    """The second dialog shows that it waits, and continues automatically."""
    first, second = await home.connect(), await home.connect()
    await begin_to_cover(first, home)
    await home.hass.async_add_executor_job(stepped.began.wait, 30)
    await begin_to_cover(second, home)

    stages = [(await event_of(second))["stage"] for _ in range(2)]
    assert stages == ["checking", "waiting"]
    assert len(redacting()) == 1
    stepped.go_on.set()

    for client in (first, second):
        assert (await end_of(client))["type"] == "ready"
    assert redacting() == []
