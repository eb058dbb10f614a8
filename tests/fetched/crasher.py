"""A program whose children wait for a recording and fetch it until they are killed.

It imports everything once and forks a child for each line of its input, so that a test
can kill many real processes without waiting for imports. A request is JSON:

    {folder, source, at: N}    trigger an event; kill at the N-th call of our code after the
                               event was stored (0: never); report the number of calls
    {folder, source}           start again; report the clips at the end
"""

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any, override

import tests.core_shims  # noqa: F401 - before all of core  # isort: skip

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

from custom_components.doorwatch.const import CONF_CAMERA, CONF_PROVIDER, DOMAIN
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.sink import LibrarySink
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.fetched.clips import FetchedClips
from custom_components.doorwatch.fetched.providers.base import (
    Recording,
    RecordingMark,
    RecordingProvider,
)
from tests import waiting

DOORBELL = "01DOORBELL0000000000000000"
_OURS = "/custom_components/doorwatch/"


class Maker(RecordingProvider):
    """Provide one recording for any event."""

    def __init__(self, hass: HomeAssistant, camera: str, outside: Outside) -> None:
        self.source = Path()
        self.ready = True
        self.asked = 0

    @override
    def follow(self, on_change: Callable[[], None]) -> Callable[[], None]:
        self.changed = on_change
        return lambda: None

    @override
    async def find(
        self, event: DoorbellEvent, mark: RecordingMark, taken: Collection[str]
    ) -> Recording | None:
        if not self.ready or "recording" in taken:
            return None
        return Recording(recording_id="recording", started_at=event.at)

    @override
    async def fetch(self, recording: Recording, path: Path) -> None:
        self.asked += 1

        def copy() -> None:
            content = self.source.read_bytes()
            with path.open("wb", buffering=0) as file:
                for begin in range(0, len(content), 20_000):
                    file.write(content[begin : begin + 20_000])
                    _step()

        await asyncio.to_thread(copy)


class Killer:
    """Count the calls of our code on all threads and kill the process at one of them."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0
        self._lock = threading.Lock()

    def __call__(self, frame: FrameType, event: str, _argument: Any) -> None:
        name = frame.f_code.co_filename
        if event == "call" and (_OURS in name or frame.f_code is _step.__code__):
            with self._lock:
                self.seen += 1
                if self.seen == self.at:
                    os.kill(os.getpid(), signal.SIGKILL)


def _step() -> None:
    """Count a call, and kill the process if it is the chosen one."""


async def _live(folder: Path, source: Path, at: int | None) -> dict[str, object]:
    library = await Library.open(folder / "clips", lambda: "Europe/Berlin")
    await library.recover()
    async with async_test_home_assistant(config_dir=str(folder)) as hass:
        entry: Any = MockConfigEntry(
            domain=DOMAIN,
            entry_id=DOORBELL,
            data={CONF_CAMERA: "camera", CONF_PROVIDER: "maker"},
        )
        maker = Maker(hass, "camera", Outside())
        maker.source = source
        maker.ready = at is None
        fetching = FetchedClips(
            hass,
            entry,
            maker,
            LibrarySink(library, DOORBELL, lambda _: None, lambda *_: None),
            saved_clip=library.get,
            on_health=lambda _: None,
            on_error=lambda _: None,
            last_image=lambda: None,
        )
        killer = Killer(at or 0)
        await fetching.start()
        if at is not None:
            fetching.trigger(
                DoorbellEvent(
                    kind=EventKind.RING,
                    at=datetime.now(UTC),
                    monotonic=time.monotonic(),
                )
            )
            file = folder / ".storage/doorwatch/kept" / f"{DOORBELL}.json"
            await waiting.until(file.exists)
            threading.setprofile_all_threads(killer)
            maker.ready = True
            maker.changed()
        async with asyncio.timeout(30):
            # Wait without calling our code, so that the number of calls doesn't depend
            # on the time this takes.
            await waiting.until(
                lambda: not (fetching._queue.waiting or fetching.recording)
            )
            await fetching.stop()
        threading.setprofile_all_threads(None)
        clips = await library.list([DOORBELL])
        verified = [await library.verify(clip.clip_id) for clip in clips]
        await library.close()
    return {
        "calls": killer.seen,
        "asked": maker.asked,
        "clips": [(clip.event, clip.path.stat().st_size) for clip in clips],
        "verified": verified,
    }


def main() -> None:
    """Fork for each request; print the child's report, {} if it was killed."""
    for line in sys.stdin:
        told = Path(f"{json.loads(line)['folder']}.told")
        told.unlink(missing_ok=True)
        child = os.fork()
        if child == 0:
            request = json.loads(line)
            found = asyncio.run(
                _live(
                    Path(request["folder"]),
                    Path(request["source"]),
                    request.get("at"),
                )
            )
            told.write_text(json.dumps(found))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        answer = {} if killed else json.loads(told.read_text())
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
