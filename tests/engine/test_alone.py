"""Test that the engine runs without Home Assistant and under another package name."""

import json
from pathlib import Path
import subprocess
import sys

import av

ENGINE = Path(__file__).parents[2] / "custom_components" / "doorwatch" / "engine"

ALONE = """
import asyncio, importlib.util, json, pkgutil, sys, time
from datetime import UTC, datetime
from pathlib import Path

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("homeassistant", "custom_components"):
            raise ImportError(f"{name} is not to be had here")

sys.meta_path.insert(0, Nowhere())
engine, folder = Path(sys.argv[1]), Path(sys.argv[2])
spec = importlib.util.spec_from_file_location(
    "another_name", engine / "__init__.py", submodule_search_locations=[str(engine)]
)
sys.modules["another_name"] = package = importlib.util.module_from_spec(spec)
spec.loader.exec_module(package)
names = [one.name for one in pkgutil.walk_packages([str(engine)], "another_name.")]
for name in names:
    importlib.import_module(name)

from another_name.clips.library import Library
from another_name.clips.sink import LibrarySink
from another_name.doorbells.base import DoorbellEvent, EventKind
from another_name.doorbells.demo import DemoDoorbell
from another_name.recording.model import RecorderOptions
from another_name.recording.recorder import ClipRecorder

async def main():
    loop = asyncio.get_running_loop()
    connected, saved = asyncio.Event(), loop.create_future()
    library = await Library.open(folder, lambda: "Europe/Berlin")
    doorbell = DemoDoorbell()
    await doorbell.start()
    recorder = ClipRecorder(
        "Front",
        doorbell.stream_source,
        LibrarySink(
            library,
            "front",
            lambda _: None,
            lambda _, clip: loop.call_soon_threadsafe(saved.set_result, clip),
        ),
        RecorderOptions(pre_roll=1, post_roll=1),
        on_health=lambda health: connected.set() if health.connected else None,
        on_error=print,
        loop=loop,
    )
    await recorder.start()
    async with asyncio.timeout(60):
        await connected.wait()
        recorder.trigger(
            DoorbellEvent(
                kind=EventKind.MANUAL,
                at=datetime.now(UTC),
                monotonic=time.monotonic(),
                lasts=1.5,
            )
        )
        clip = await saved
    await recorder.stop()
    await doorbell.stop()
    found = await library.list(["front"])
    whole = await library.verify(clip.clip_id)
    await library.close()
    return {
        "modules": len(names),
        "strangers": [name for name in sys.modules if name.startswith("homeassistant")],
        "listed": [one.clip_id for one in found] == [clip.clip_id],
        "whole": whole,
        "path": str(clip.path),
        "seconds": clip.duration.total_seconds(),
        "codec": clip.video_codec,
    }

print(json.dumps(asyncio.run(main())))
"""


def test_engine_records_a_clip_without_home_assistant(tmp_path: Path) -> None:
    """All of its modules are loaded under another name, and the demo doorbell is recorded."""
    folder = tmp_path / "clips"
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(ENGINE), str(folder)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["modules"] > 100
    assert told["strangers"] == []
    assert told["listed"]
    assert told["whole"]
    assert told["codec"] == "h264"
    assert told["seconds"] > 1
    with av.open(told["path"]) as clip:
        assert [stream.type for stream in clip.streams] == ["video", "audio"]
        frames = sum(1 for _ in clip.decode(video=0))
    assert frames > 10
    assert folder in Path(told["path"]).parents
