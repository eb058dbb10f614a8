"""Tests that a truncated file becomes a playable clip with every complete frame."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.clips.model import Usage
from custom_components.doorwatch.engine.clips.video import media
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.picture import THUMBNAIL_WIDTH
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    FPS,
    HEIGHT,
    WIDTH,
    Home,
    cut,
    event,
    pictures,
    record,
    start,
)


@pytest.mark.parametrize("keep", [0.31, 0.5, 0.77, 0.98])
async def test_cut_clip_becomes_whole_with_every_frame(home: Home, keep: float) -> None:
    begun = replace(start(BEGIN, event(EventKind.RING)), labels={"person": "onvif"})
    part = home.library.intake.begin(DOORBELL, begun)
    frames = cut(home.source, part, keep)
    assert frames > 10
    (found,) = await home.crash()
    assert (found.clip_id, found.doorbell_id) == (begun.clip_id, DOORBELL)
    clip = found.clip
    assert clip is not None
    assert clip.recovered
    assert clip.event == "ring"
    assert clip.labels == {"person": "onvif"}
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


@pytest.mark.parametrize("lost", [False, True])
async def test_what_was_told_after_the_begin_survives_the_cut(
    home: Home, lost: bool
) -> None:
    """A new index that replaced a lost one has the data as well."""
    begun = start(BEGIN, event(EventKind.MOTION))
    part = home.library.intake.begin(DOORBELL, begun)
    cut(home.source, part, 0.5)
    events = (*begun.events, event(EventKind.RING))
    home.library.intake.note(replace(begun, events=events, labels={"person": "onvif"}))
    if lost:
        for file in home.library.folder.glob("index.db*"):
            file.unlink()
        assert await home.library.check() is None
        assert home.library.reopened == 1
    # This clip is not being recorded.
    home.library.intake.note(start())

    (found,) = await home.crash()

    clip = found.clip
    assert clip is not None
    assert (clip.event, clip.also) == ("ring", ("motion",))
    assert clip.labels == {"person": "onvif"}


async def test_sound_stays_where_it_was(home: Home) -> None:
    begun = start()
    cut(home.source, home.library.intake.begin(DOORBELL, begun), 0.7)
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


async def test_clip_without_a_frame_is_removed(home: Home) -> None:
    contents = [b"", b"\0" * 5000, b"garbage" * 1000]
    begun = [start() for _ in contents]
    parts = []
    for each, content in zip(begun, contents, strict=True):
        parts.append(home.library.intake.begin(DOORBELL, each))
        parts[-1].write_bytes(content)
    found = await home.crash()
    assert {f.clip_id for f in found} == {b.clip_id for b in begun}
    assert all(f.clip is None for f in found)
    assert not any(part.exists() for part in parts)
    assert await home.library.list([DOORBELL]) == []
    assert await home.crash() == []


@pytest.mark.parametrize("flags", ["faststart", "frag_every_frame+delay_moov"])
async def test_sound_alone_is_no_clip(home: Home, flags: str) -> None:
    part = home.library.intake.begin(DOORBELL, start())
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


async def test_every_cut_leaves_a_clip_that_plays(home: Home) -> None:
    part = home.library.intake.begin(DOORBELL, start())
    cut(home.source, part, 1.0)
    content = part.read_bytes()
    for length in range(3000, len(content), len(content) // 37):
        part = home.library.intake.begin(DOORBELL, begun := start())
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
    part = home.library.intake.begin(DOORBELL, begun)
    record(home.source, part)
    content = bytearray(part.read_bytes())
    # Overwrite all frames and audio, but not the index of the file.
    at = content.index(b"mdat") + 4
    end = content.rindex(b"moov") - 4
    content[at:end] = bytes(end - at)
    part.write_bytes(content)
    (found,) = await home.crash()
    assert found.clip is not None
    with av.open(found.clip.thumbnail) as picture:
        assert next(picture.decode(video=0)).width == THUMBNAIL_WIDTH


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
