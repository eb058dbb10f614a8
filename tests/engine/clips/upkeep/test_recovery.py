"""What a crash leaves is finished or removed, and nothing that was saved is lost."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
import json
import os
from pathlib import Path
import random
import shutil
import signal
import subprocess
from unittest.mock import patch

import av
import pytest

from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.index.index import Index
from custom_components.doorwatch.engine.clips.intake import cut_off
from custom_components.doorwatch.engine.clips.library import Library, LibraryError
from custom_components.doorwatch.engine.clips.model import Usage
from custom_components.doorwatch.engine.clips.video import media
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.picture import THUMBNAIL_WIDTH
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    FPS,
    HEIGHT,
    SECONDS,
    THUMBNAIL,
    WIDTH,
    Home,
    event,
    finished,
    pictures,
    record,
    start,
)
from tests.killing import started


def cut(source: Path, part: Path, keep: float) -> int:
    """Write a part that was cut; return how many pictures are in it."""
    whole = part.with_name("whole")
    # In fragments to the end, as it is while the clip is being written.
    with (
        av.open(source) as container,
        av.open(
            whole,
            "w",
            format="mp4",
            container_options={
                "movflags": "frag_keyframe+delay_moov",
                "frag_duration": "250000",
            },
        ) as output,
    ):
        streams = {
            s.index: output.add_stream_from_template(s, opaque=True)
            for s in container.streams
        }
        for packet in container.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream_index]
                output.mux(packet)
    content = whole.read_bytes()
    part.write_bytes(content[: int(len(content) * keep)])
    whole.unlink()
    return pictures(part)


async def test_what_was_being_fetched_says_so_after_a_crash_too(home: Home) -> None:
    """It was not recorded by this home, however little of it came."""
    begun = replace(start(BEGIN, event(EventKind.RING)), fetched_from="ring")
    part = home.library.begin(DOORBELL, begun)
    cut(home.source, part, 0.5)
    (found,) = await home.crash()
    assert found.clip is not None
    assert found.clip.fetched_from == "ring"
    assert await home.library.get(begun.clip_id) == found.clip
    facts = sidecar.read(found.clip.path)
    assert facts is not None
    assert facts.fetched_from == "ring"


@pytest.mark.parametrize("keep", [0.31, 0.5, 0.77, 0.98])
async def test_cut_clip_becomes_whole_with_every_frame(home: Home, keep: float) -> None:
    begun = start(BEGIN, event(EventKind.RING))
    part = home.library.begin(DOORBELL, begun)
    frames = cut(home.source, part, keep)
    assert frames > 10
    (found,) = await home.crash()
    assert (found.clip_id, found.doorbell_id) == (begun.clip_id, DOORBELL)
    clip = found.clip
    assert clip is not None
    assert clip.recovered
    assert clip.event == "ring"
    assert clip.frames == pictures(clip.path) == frames
    assert clip.duration.total_seconds() == pytest.approx(frames / FPS, abs=0.1)
    assert (clip.video_codec, clip.audio_codec) == ("h264", "aac")
    assert (clip.width, clip.height) == (WIDTH, HEIGHT)
    assert media.is_whole(clip.path)
    assert clip.sha256 == digest(clip.path)
    assert await home.library.get(clip.clip_id) == clip
    assert await home.library.usage(DOORBELL) == Usage(
        clips=1, bytes=clip.size + clip.thumbnail.stat().st_size
    )
    with av.open(clip.thumbnail) as picture:
        assert next(picture.decode(video=0)).width == WIDTH
    assert not part.exists()
    assert await home.library.recover() == []


async def test_sound_stays_where_it_was(home: Home) -> None:
    begun = start()
    cut(home.source, home.library.begin(DOORBELL, begun), 0.7)
    (found,) = await home.crash()
    assert found.clip is not None
    starts = []
    for path in (home.source, found.clip.path):
        with av.open(path) as container:
            first: dict[str, Fraction] = {}
            for packet in container.demux():
                if packet.pts is not None:
                    first.setdefault(packet.stream.type, packet.pts * packet.time_base)
            starts.append(float(first["audio"] - first["video"]))
    assert starts[0] == pytest.approx(starts[1], abs=0.002)


async def test_closed_clip_that_was_not_taken_over_keeps_its_bytes(home: Home) -> None:
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    frames = record(home.source, part)
    before = digest(part)
    (found,) = await home.crash()
    assert found.clip is not None
    assert found.clip.sha256 == before
    assert found.clip.frames == frames == SECONDS * FPS


async def test_clip_without_a_frame_is_removed(home: Home) -> None:
    contents = [b"", b"\0" * 5000, b"garbage" * 1000]
    begun = [start() for _ in contents]
    parts = []
    for each, content in zip(begun, contents, strict=True):
        parts.append(home.library.begin(DOORBELL, each))
        parts[-1].write_bytes(content)
    found = await home.crash()
    assert {f.clip_id for f in found} == {b.clip_id for b in begun}
    assert all(f.clip is None for f in found)
    assert not any(part.exists() for part in parts)
    assert await home.library.list([DOORBELL]) == []
    assert await home.crash() == []


@pytest.mark.parametrize("flags", ["faststart", "frag_every_frame+delay_moov"])
async def test_sound_alone_is_no_clip(home: Home, flags: str) -> None:
    part = home.library.begin(DOORBELL, start())
    with (
        av.open(home.source) as container,
        av.open(
            part, "w", format="mp4", container_options={"movflags": flags}
        ) as output,
    ):
        sound = container.streams.audio[0]
        stream = output.add_stream_from_template(sound)
        for packet in container.demux(sound):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)
    (found,) = await home.crash()
    assert found.clip is None
    assert not part.exists()


async def test_renamed_file_that_is_no_video_is_no_clip(home: Home) -> None:
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    part.write_bytes(b"garbage" * 100)
    with (
        patch.object(Index, "save", side_effect=OSError(5, "crash")),
        patch.object(sidecar, "write"),
        pytest.raises(LibraryError),
    ):
        home.library.finish(DOORBELL, finished(begun, part))
    (found,) = await home.crash()
    assert found.clip is None
    assert not list(home.library.folder.rglob(f"*{begun.clip_id}*"))


async def test_every_cut_leaves_a_clip_that_plays(home: Home) -> None:
    part = home.library.begin(DOORBELL, start())
    cut(home.source, part, 1.0)
    content = part.read_bytes()
    for length in range(3000, len(content), len(content) // 37):
        part = home.library.begin(DOORBELL, begun := start())
        part.write_bytes(content[:length])
        frames = pictures(part)
        found = {f.clip_id: f.clip for f in await home.crash()}
        clip = found[begun.clip_id]
        if frames:
            assert clip is not None
            assert pictures(clip.path) == clip.frames >= frames
        else:
            assert clip is None


async def test_first_frames_that_cannot_be_decoded_get_a_plain_thumbnail(
    home: Home,
) -> None:
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    record(home.source, part)
    content = bytearray(part.read_bytes())
    # Wipe all pictures and sound, but not what says where they lie.
    at = content.index(b"mdat") + 4
    end = content.rindex(b"moov") - 4
    content[at:end] = bytes(end - at)
    part.write_bytes(content)
    (found,) = await home.crash()
    assert found.clip is not None
    with av.open(found.clip.thumbnail) as picture:
        assert next(picture.decode(video=0)).width == THUMBNAIL_WIDTH


async def test_crash_between_rename_and_row(home: Home) -> None:
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    record(home.source, part)
    with (
        patch.object(Index, "save", side_effect=OSError(5, "crash")),
        pytest.raises(LibraryError),
    ):
        home.library.finish(DOORBELL, finished(begun, part))
    assert not part.exists()
    (found,) = await home.library.recover()
    assert found.clip is not None
    assert found.clip.thumbnail.read_bytes() == THUMBNAIL
    # Nothing of it was cut off: it is what it was at its close.
    assert not found.clip.recovered
    assert await home.library.verify(begun.clip_id)


async def test_row_without_any_file_is_forgotten(home: Home) -> None:
    begun = start()
    home.library.begin(DOORBELL, begun).unlink()
    (found,) = await home.crash()
    assert found.clip is None
    assert home.library._index.recording().result() == []


async def test_saved_row_gets_the_file_that_was_not_renamed(home: Home) -> None:
    clip = home.clip()
    part = home.library._files.part(str(clip.path.relative_to(home.library.folder)))
    clip.path.rename(part)
    assert await home.library.recover() == []
    assert await home.library.verify(clip.clip_id)


async def test_part_of_a_clip_that_is_saved_is_removed_or_left(home: Home) -> None:
    kept, lost = home.clip(), home.clip()
    parts = [
        home.library._files.part(str(clip.path.relative_to(home.library.folder)))
        for clip in (kept, lost)
    ]
    for part in parts:
        part.write_bytes(b"something else")
    lost.path.unlink()
    await home.library.recover()
    assert await home.library.verify(kept.clip_id)
    assert [part.exists() for part in parts] == [False, True]


async def test_lost_index_recovers_parts_and_deletes_nothing(
    home: Home, folder: Path, source: Path
) -> None:
    saved = home.clip()
    begun = start()
    frames = cut(source, home.library.begin(DOORBELL, begun), 0.6)
    strange = folder / ".recording" / DOORBELL / "holiday.mov"
    strange.write_bytes(b"mine")
    (folder / ".recording" / "notes.txt").write_bytes(b"mine")
    (folder / ".recording" / DOORBELL / "x.tmp").write_bytes(b"half")
    bad = strange.with_name(f"2026-99-99_99-99-99_{begun.clip_id}.mp4.part")
    bad.write_bytes(b"mine")
    elsewhere = folder / ".recording" / "not an id" / home_name(begun.clip_id)
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(b"mine")
    await home.library.close()
    for file in folder.glob("index.db*"):
        file.unlink()
    library = await Library.open(folder, lambda: "Europe/Berlin")
    (found,) = await library.recover()
    await library.close()
    assert found.clip is not None
    assert found.clip.clip_id == begun.clip_id
    assert found.clip.frames == frames
    assert found.clip.started_at == BEGIN.replace(microsecond=0)
    assert saved.path.exists()
    assert strange.read_bytes() == bad.read_bytes() == elsewhere.read_bytes() == b"mine"
    assert not strange.with_name("x.tmp").exists()


async def test_full_disk_while_recovering_leaves_it_for_the_next_start(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    part = home.library.begin(DOORBELL, start())
    frames = cut(home.source, part, 0.6)
    with patch.object(cut_off, "sync_file", side_effect=OSError(28, "full")):
        assert await home.crash() == []
    assert "cannot be finished yet" in caplog.text
    assert sorted(part.parent.iterdir()) == [part]
    (found,) = await home.library.recover()
    assert found.clip is not None
    assert found.clip.frames == frames


async def test_deleted_clip_whose_files_were_not_moved_is_moved(home: Home) -> None:
    clip = home.clip()
    with patch.object(files.Files, "to_bin", side_effect=OSError(5, "crash")):
        await home.library.delete(clip.clip_id)
    assert clip.path.exists()
    await home.library.recover()
    (deleted,) = await home.library.deleted([DOORBELL])
    assert deleted.path.exists()
    assert deleted.thumbnail.exists()
    assert not clip.path.exists()


def home_name(clip_id: str) -> str:
    """Name a part."""
    return f"2026-11-24_00-00-00_{clip_id}.mp4.part"


def test_boxes_tell_a_closed_file_from_a_cut_one(source: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    record(source, whole)
    assert media.is_whole(whole)
    content = whole.read_bytes()
    for number, broken in enumerate(
        (b"", content[:-1], content[:5], content + b"abc", b"\0\0\0\4free", b"\0" * 64)
    ):
        path = tmp_path / str(number)
        path.write_bytes(broken)
        assert not media.is_whole(path)
    large = tmp_path / "large"
    large.write_bytes(b"\0\0\0\1mdat" + (20).to_bytes(8) + b"1234" + b"\0\0\0\x08moov")
    assert media.is_whole(large)


@pytest.fixture(scope="module")
def crasher() -> Iterator[subprocess.Popen[str]]:
    """Start the program whose children are killed."""
    with started("tests.engine.clips.crasher") as program:
        yield program


@pytest.mark.parametrize("seed", range(8))
async def test_killed_process_loses_no_saved_clip(
    folder: Path,
    source: Path,
    tmp_path: Path,
    crasher: subprocess.Popen[str],
    seed: int,
) -> None:
    chance = random.Random(seed)
    log = tmp_path / "log"
    request = {
        "folder": str(folder),
        "source": str(source),
        # Half of them record so fast that the kill hits the closing and the index.
        "pause": (0.0, 0.004)[seed % 2],
        "log": str(log),
    }
    assert crasher.stdin
    assert crasher.stdout
    crasher.stdin.write(json.dumps(request) + "\n")
    crasher.stdin.flush()
    child = int(crasher.stdout.readline())
    async with asyncio.timeout(60):
        while not log.exists() or not log.stat().st_size:
            await asyncio.sleep(0.01)
    await asyncio.sleep(chance.uniform(0.0, 1.2))
    os.kill(child, signal.SIGKILL)
    assert crasher.stdout.readline() == "gone\n"
    begun: dict[str, Path] = {}
    saved: dict[str, str] = {}
    for line in log.read_text().splitlines():
        what, clip_id, value = json.loads(line)
        if what == "begun":
            begun[clip_id] = Path(value)
        else:
            saved[clip_id] = value
    on_disk = {}
    for clip_id, part in begun.items():
        if part.exists():
            copy = tmp_path / f"{clip_id}.mp4"
            shutil.copy(part, copy)
            on_disk[clip_id] = pictures(copy)

    library = await Library.open(folder, lambda: "Europe/Berlin")
    recovered = {found.clip_id: found.clip for found in await library.recover()}
    clips = {clip.clip_id: clip for clip in await library.list([DOORBELL], limit=999)}
    for clip_id, sha256 in saved.items():
        assert clips[clip_id].sha256 == sha256
        assert not clips[clip_id].recovered
    for clip_id, frames in on_disk.items():
        if frames:
            assert clip_id in clips
            assert pictures(clips[clip_id].path) == clips[clip_id].frames == frames
        else:
            assert recovered[clip_id] is None
    for clip in clips.values():
        assert await library.verify(clip.clip_id)
        assert clip.thumbnail.stat().st_size
        assert media.is_whole(clip.path)
    assert await library.usage(DOORBELL) == Usage(
        clips=len(clips),
        bytes=sum(c.size + c.thumbnail.stat().st_size for c in clips.values()),
    )
    assert not list((folder / ".recording" / DOORBELL).iterdir())
    assert await library.recover() == []
    await library.close()
