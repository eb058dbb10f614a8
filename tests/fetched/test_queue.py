"""SIGKILL while waiting for, fetching or saving a recording leads to exactly one clip."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import errno
import json
from pathlib import Path
import subprocess
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.fetched.providers.base import Recording
from custom_components.doorwatch.fetched.queue import MOST_WAITING, FetchQueue
from tests.fetched.scene import RingScene
from tests.killing import started

# The number of kills, spread over all calls from storing the event to the end.
MOMENTS = 12


@pytest.fixture
def crasher() -> Iterator[subprocess.Popen[str]]:
    """Start the program whose children are killed."""
    with started("tests.fetched.crasher") as program:
        yield program


def test_a_kill_at_any_moment_costs_no_clip_and_makes_no_second_one(
    crasher: subprocess.Popen[str], tmp_path: Path, clip_file: Path
) -> None:
    """The next start fetches only a missing recording."""

    def ask(folder: Path, **more: int) -> dict[str, Any]:
        assert crasher.stdin
        assert crasher.stdout
        request = {"folder": str(folder), "source": str(clip_file), **more}
        crasher.stdin.write(json.dumps(request) + "\n")
        crasher.stdin.flush()
        answer: dict[str, Any] = json.loads(crasher.stdout.readline())
        return answer

    calls = ask(tmp_path / "whole", at=0)["calls"]
    assert calls >= MOMENTS
    asked = []
    for moment in range(MOMENTS):
        folder = tmp_path / str(moment)
        # The order of threads varies, so the last few calls may not happen.
        assert ask(folder, at=1 + calls * moment // (MOMENTS + 1)) == {}
        found = ask(folder)
        assert found["clips"] == [["ring", clip_file.stat().st_size]], moment
        assert found["verified"] == [True]
        assert not list((folder / "clips/.recording").rglob("*.*"))
        asked.append(found["asked"])

    # Kills happened both before and after the clip was complete.
    assert set(asked) == {0, 1}


async def test_an_event_waits_for_its_recording_across_a_restart(
    scene: RingScene, no_blocking_calls: None
) -> None:
    """The recording is fetched after the restart, and the previous one is ignored."""
    await scene.happens("ding", 130)
    await scene.waits()

    await scene.reload()
    await scene.waits()
    await scene.looked()
    assert not scene.videos.asked
    await scene.ready(130)
    assert (await scene.clip()).event == "ring"

    await scene.reload()
    await scene.ring.push("motion", 131)
    await scene.until(lambda: scene.told("events"))
    assert scene.told("waiting") == 0
    assert scene.videos.asked == ["/new.mp4"]


@pytest.mark.parametrize("hours", [5, 23])
async def test_a_recording_is_fetched_after_hours_without_home_assistant(
    scene: RingScene, hours: int
) -> None:
    """The time of the recording identifies it."""
    ago = timedelta(hours=hours)
    at = datetime.now(UTC) - ago
    await scene.ring.push("ding", 132)
    await scene.waits()
    scene.ring.happens("ding", 132, at)

    await scene.away(ago)
    await scene.ready(132)

    clip = await scene.clip()
    assert abs(clip.started_at - at) < timedelta(seconds=2)


async def test_what_came_while_home_assistant_was_away_is_not_taken_for_it(
    scene: RingScene,
) -> None:
    """The order of recordings is unknown, even if only their IDs are known."""
    await scene.ring.push("ding", 133)
    await scene.waits()
    with scene.no_history():
        await scene.away(timedelta(minutes=20))
        scene.ring.happens("motion", 134)
        await scene.ready(134, "other")
        await scene.looked()
    await scene.looked()

    assert not scene.videos.asked
    assert scene.told("waiting") == 1


async def test_the_recording_before_an_event_is_not_taken_after_a_restart_either(
    scene: RingScene,
) -> None:
    """The recording of an unreported passer-by would match by its time alone."""
    scene.ring.happens("motion", 143)
    await scene.ready(143, "before")
    await scene.ring.push("ding", 144)
    await scene.waits()

    await scene.reload()
    await scene.looked()
    assert not scene.videos.asked
    scene.ring.happens("ding", 144)
    await scene.ready(144)
    await scene.clip()

    assert scene.videos.asked == ["/new.mp4"]


async def test_what_is_too_old_after_a_restart_is_given_up(
    scene: RingScene, caplog: pytest.LogCaptureFixture
) -> None:
    await scene.ring.push("ding", 135)
    await scene.waits()

    await scene.away(timedelta(hours=25))

    assert scene.told("problem") == "recording_late"
    assert scene.told("waiting") == 0
    assert "An event at Front Door has no recording" in caplog.text


async def test_a_clock_that_is_set_back_hides_no_event(scene: RingScene) -> None:
    """Stored times may be later than those of new events."""
    await scene.comes("ding", 145)
    await scene.clip()
    scene.rings(timedelta(hours=1))
    await scene.waits()

    await scene.away(timedelta(hours=-3))

    await scene.waits()


async def test_what_another_camera_waited_for_is_forgotten(scene: RingScene) -> None:
    """The doorbell may be linked to another camera in the meantime."""
    await scene.ring.push("ding", 136)
    await scene.waits()
    await scene.unload()
    other = er.async_get(scene.hass).async_get_or_create("camera", "ring", "other")
    scene.hass.config_entries.async_update_entry(
        scene.entry, data={**scene.entry.data, "camera": other.id}
    )

    await scene.load()

    assert scene.told("waiting") == 0


async def test_a_removed_doorbell_leaves_nothing_of_what_it_waited_for(
    scene: RingScene,
) -> None:
    """Files that were set aside are removed too."""
    await scene.ring.push("ding", 137)
    await scene.waits()
    file = scene.queue_file
    await scene.until(file.exists)
    aside = file.with_name(f"{file.name}.broken-1")
    await scene.hass.async_add_executor_job(aside.touch)

    await scene.hass.config_entries.async_remove(scene.entry.entry_id)

    assert not await scene.hass.async_add_executor_job(file.parent.exists)


async def test_what_is_written_down_holds_no_address(scene: RingScene) -> None:
    """The file is readable only by Home Assistant's own user."""
    await scene.comes("ding", 138)
    await scene.clip()
    await scene.ring.push("ding", 139)
    file = scene.queue_file
    await scene.unload()

    text = (await scene.read(file)).decode()
    assert "138" in text
    assert "://" not in text
    assert "5ecre7" not in text
    assert file.stat().st_mode & 0o077 == 0


EVENT = {"kind": "ring", "at": "2026-11-26T10:00:00+00:00", "mark": None}
IDS = {"clip_id": None, "recording_id": None}


async def test_a_recording_is_fetched_once_though_another_event_waits_after_a_restart(
    scene: RingScene,
) -> None:
    """The recording would also match the second event by its time."""
    await scene.comes("ding", 145)
    await scene.clip()
    await scene.unload()
    event = {**EVENT, **IDS, "at": datetime.now(UTC).isoformat()}
    await scene.write(waiting=[event], covered=None)
    await scene.load()
    await scene.looked()

    assert scene.videos.asked == ["/new.mp4"]
    assert scene.told("waiting") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"waiting": 7},
        {"waiting": [7]},
        {"waiting": [EVENT]},
        {"waiting": [{**EVENT, **IDS, "kind": "earthquake"}]},
        {"waiting": [{**EVENT, **IDS, "at": "2026-11-26T10:00:00"}]},
        {"waiting": [{**EVENT, **IDS, "at": "0001-01-01T00:00:00+09:00"}]},
        {"waiting": [{**EVENT, **IDS, "mark": {"id": 1}}]},
        {"taken": [1]},
        {"covered": ["2026-11-26T10:00:00+00:00"]},
        b"",
        b"[]",
        b"\xff\xfe\x00",
        b"[" * 200_000,
        b" " * 2_000_000,
    ],
    ids=lambda change: str(change)[:60],
)
async def test_a_file_that_makes_no_sense_is_put_aside(
    scene: RingScene, caplog: pytest.LogCaptureFixture, change: dict[str, Any] | bytes
) -> None:
    """The doorbell works anyway, and new events are stored."""
    await scene.ring.push("ding", 140)
    await scene.waits()
    await scene.unload()
    file = scene.queue_file
    assert len(json.loads(await scene.read(file))["waiting"]) == 1
    if isinstance(change, bytes):
        await scene.hass.async_add_executor_job(file.write_bytes, change)
    else:
        await scene.write(**change)
    await scene.load()

    assert "waited for cannot be read" in caplog.text
    assert len(list(file.parent.glob(f"{file.name}.broken-*"))) == 1
    assert scene.told("waiting") == 0
    await scene.ring.push("ding", 141)
    await scene.waits()
    await scene.until(file.exists)


async def test_a_full_disk_forgets_no_event(
    scene: RingScene, caplog: pytest.LogCaptureFixture
) -> None:
    """The event waits in memory until it can be stored; each change is logged once."""
    file = scene.queue_file
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch(
        "custom_components.doorwatch.fetched.queue.write_private", side_effect=full
    ):
        await scene.ring.push("ding", 142)
        await scene.waits()
        await scene.looked()
        assert caplog.text.count("can't be stored") == 1
        assert not file.exists()
    await scene.until(file.exists)
    assert caplog.text.count("can be stored again") == 1

    scene.ring.happens("ding", 142)
    await scene.ready(142)
    await scene.clip()
    assert scene.videos.asked == ["/new.mp4"]


async def test_a_bell_that_rings_without_end_is_no_flood_that_a_restart_forgets(
    scene: RingScene, caplog: pytest.LogCaptureFixture
) -> None:
    """The latest events wait in memory and on disk, and a problem is reported."""
    with patch.object(FetchQueue, "async_save", AsyncMock()):
        for second in range(8000):
            scene.rings(timedelta(seconds=-second))
    assert scene.told("waiting") == MOST_WAITING
    assert scene.told("problem") == "recording_late"

    await scene.reload()
    assert scene.told("waiting") == MOST_WAITING
    assert "cannot be read" not in caplog.text


async def test_a_street_that_is_told_of_all_the_time_drowns_nobody(
    scene: RingScene,
) -> None:
    """The label of one person must not be lost among many detections of cars."""
    queue = FetchQueue(scene.hass, scene.entry)
    now = datetime.now(UTC) - timedelta(minutes=11)
    for second in range(600):
        label = "vehicle" if second else "person"
        queue.see(
            DoorbellEvent(
                kind=EventKind.SEEN,
                at=now + timedelta(seconds=second),
                monotonic=second,
                labels={label: "unifiprotect"},
            )
        )
    recording = Recording(recording_id="1", started_at=now)

    def seen(begin: int, end: int) -> dict[str, str]:
        span = (now + timedelta(seconds=begin), now + timedelta(seconds=end))
        return queue.labels_of(recording, *span)

    assert seen(0, 30) == {"person": "unifiprotect", "vehicle": "unifiprotect"}
    assert seen(60, 90) == {"vehicle": "unifiprotect"}
