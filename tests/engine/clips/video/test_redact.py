"""Tests that covered areas are removed from every frame and from the rest of the file."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
import json
import math
from pathlib import Path
import random
import stat
import struct
import subprocess
import sys

import av
import numpy as np
from numpy.typing import NDArray
import pytest

from custom_components.doorwatch.engine.clips.video.redact import find_frames, redact
from custom_components.doorwatch.engine.clips.video.redaction import (
    RedactError,
    Redaction,
)
from tests import videos as media
from tests.engine.recording.studio import Studio, stream_of, studio

__all__ = ["studio"]

SECONDS = 4
# Where tests/videos.py draws the number of each frame, and the color around it.
CODE = Redaction(left=0.0, top=0.0, width=0.3, height=0.15)
ELSEWHERE = Redaction(left=0.6, top=0.6, width=0.2, height=0.2)

type Picture = NDArray[np.uint8]


def cut(source: Path, target: Path, *flags: str, before: tuple[str, ...] = ()) -> Path:
    """Make a short clip of a scene."""
    command = ["ffmpeg", "-v", "error", *before, "-i", str(source), "-t", str(SECONDS)]
    subprocess.run([*command, *flags, str(target)], check=True, timeout=120)
    return target


def pictures(path: Path, **options: str) -> Iterator[tuple[Fraction, Picture]]:
    """Yield time and RGB pixels of every frame, without applying its orientation."""
    with av.open(str(path), options=options) as container:
        for frame in container.decode(video=0):
            assert frame.pts is not None
            assert frame.time_base is not None
            yield (
                frame.pts * frame.time_base,
                frame.to_ndarray(format="rgb24").astype(np.uint8),
            )


def times(path: Path) -> list[Fraction]:
    """List the times of the frames, relative to the first."""
    found = [at for at, _ in pictures(path)]
    return [at - found[0] for at in found]


def code(picture: Picture) -> int | None:
    """Read the number of a frame."""
    return media.read_code(picture[:, :, 1])


def codes(path: Path, **options: str) -> list[int | None]:
    """Read the numbers of all frames."""
    return [code(picture) for _, picture in pictures(path, **options)]


def under(picture: Picture, area: Redaction) -> Picture:
    """Return the pixels of an area."""
    height, width = picture.shape[:2]
    return picture[
        math.floor(area.top * height) : math.ceil((area.top + area.height) * height),
        math.floor(area.left * width) : math.ceil((area.left + area.width) * width),
    ]


def is_black(picture: Picture, area: Redaction) -> bool:
    """Return whether an area is black, except for edges blurred by encoding."""
    found = under(picture, area)
    return int(found.max()) <= 32 and float(found.mean()) < 2


def covered(
    source: Path,
    target: Path,
    *areas: Redaction,
    start: float | None = None,
    end: float | None = None,
    audio: bool = False,
    progress: Callable[[float], None] = lambda _done: None,
) -> Path:
    """Make a covered copy."""
    span = find_frames(source, start, end)
    assert span is not None
    made = redact(source, target, span, areas, audio=audio, progress=progress)
    assert made == audio
    return target


def boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Split an MP4 file, or one of its boxes, into boxes."""
    position = 0
    while position < len(content):
        size, kind = struct.unpack_from(">I4s", content, position)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", content, position + 8)
            head = 16
        assert size >= head
        yield kind, content[position + head : position + size]
        position += size


def all_kinds(content: bytes) -> set[bytes]:
    """Return the kinds of all boxes, including nested ones."""
    found = set()
    for kind, inner in boxes(content):
        found.add(kind)
        if kind in {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"}:
            found |= all_kinds(inner)
    return found


SCENES = {
    "h264": media.SMALL,
    "b-frames": media.REORDERED,
    "open-gop": media.OPEN,
    "hevc": media.HEVC,
    "hevc-open-gop": media.HEVC_OPEN,
    "hevc-leading": media.HEVC_LEADING,
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_every_picture_is_covered_and_keeps_its_time(
    scene: media.Scene, tmp_path: Path
) -> None:
    source = cut(media.make(scene).path, tmp_path / "clip.mp4", "-c", "copy")
    target = covered(source, tmp_path / "copy.mp4", CODE)
    assert None not in codes(source)
    assert set(codes(target)) == {None}
    assert all(is_black(picture, CODE) for _, picture in pictures(target))
    assert times(target) == times(source)
    # With another area, the numbers are readable and unchanged.
    target = covered(source, tmp_path / "copy.mp4", ELSEWHERE)
    assert codes(target) == codes(source)
    assert all(is_black(picture, ELSEWHERE) for _, picture in pictures(target))
    with av.open(str(target)) as container:
        video = container.streams.video[0]
        assert (video.codec_context.name, video.format.name) == ("h264", "yuv420p")
        assert (video.width, video.height) == (scene.width, scene.height)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_cut_is_exact_to_the_frame(scene: media.Scene, tmp_path: Path) -> None:
    source = cut(media.make(scene).path, tmp_path / "clip.mp4", "-c", "copy")
    target = tmp_path / "copy.mp4"
    whole = codes(source)
    for first, last in ((20, 40), (14, 16), (0, 3), (29, 31), (50, 59)):
        span = find_frames(source, first / media.FPS, last / media.FPS)
        assert span is not None
        assert span.begin - span.origin == Fraction(first, media.FPS)
        assert span.end - span.origin == pytest.approx((last + 1) / media.FPS, abs=1e-3)
        covered(
            source, target, ELSEWHERE, start=first / media.FPS, end=last / media.FPS
        )
        assert codes(target) == whole[first : last + 1]
        assert times(target)[0] == 0


def test_nothing_but_its_pictures_and_sound_is_in_the_file(tmp_path: Path) -> None:
    source = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", "-c", "copy")
    target = covered(source, tmp_path / "copy.mp4", CODE, start=1.5, audio=True)
    content = target.read_bytes()
    assert [kind for kind, _ in boxes(content)] == [b"ftyp", b"free", b"mdat", b"moov"]
    held = dict(boxes(content))
    assert held[b"free"] == b""
    # Every byte of the data belongs to a frame or audio that is played.
    with av.open(str(target), options={"ignore_editlist": "1"}) as container:
        samples = [packet for packet in container.demux() if packet.size]
    assert sum(packet.size for packet in samples) == len(held[b"mdat"])
    assert codes(target, ignore_editlist="1") == codes(target)
    assert not all_kinds(content) & {b"meta", b"uuid", b"GPS ", b"thmb", b"XMP_"}
    # The only list of tags is empty.
    assert content.endswith(struct.pack(">I4s", 8, b"ilst"))


def test_hidden_pictures_before_the_start_are_left_out(
    studio: Studio, tmp_path: Path
) -> None:
    stream = stream_of(media.OPEN, tmp_path / "scene.ts", seconds=12)
    clip = studio.play(stream, longest=4, end=10)[1]
    hidden = len(codes(clip.path, ignore_editlist="1")) - len(codes(clip.path))
    assert hidden > 0
    target = covered(clip.path, tmp_path / "copy.mp4", ELSEWHERE)
    assert codes(target, ignore_editlist="1") == codes(clip.path)
    assert times(target) == times(clip.path)


def test_area_is_covered_for_as_long_as_was_chosen(tmp_path: Path) -> None:
    source = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", "-c", "copy")
    target = tmp_path / "copy.mp4"
    covered(source, target, replace(CODE, start=1.0, end=2.0))
    # The frame before 1.0 s has just ended; the one at 2.0 s is still covered.
    expected = [None if 15 <= number <= 30 else number for number in range(60)]
    assert codes(target) == expected
    covered(source, target, replace(CODE, end=1.01))
    assert codes(target) == [None if n <= 15 else n for n in range(60)]
    covered(source, target, replace(CODE, start=3.01))
    assert codes(target) == [None if n >= 45 else n for n in range(60)]
    # Times are relative to the start of the clip, not of the copy.
    covered(source, target, replace(CODE, start=1.0, end=2.0), start=1.5)
    assert codes(target) == expected[23:]


def test_last_picture_is_covered_though_its_time_was_rounded(tmp_path: Path) -> None:
    """Clients send milliseconds, so the last frame shown must be covered as well."""
    source = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", "-c", "copy")
    shown = times(source)
    # At 15 frames per second, a third of the times are rounded down.
    rounded = [n for n in range(60) if round(float(shown[n]), 3) < shown[n]]
    assert rounded
    end = round(float(shown[rounded[5]]), 3)
    target = covered(source, tmp_path / "copy.mp4", replace(CODE, end=end), end=end)
    assert codes(target) == [None] * (rounded[5] + 1)


def test_pictures_at_odd_times_stay_there(tmp_path: Path) -> None:
    source = cut(
        media.make(media.SMALL).path,
        tmp_path / "clip.mp4",
        *("-vf", "select='lt(n,10)+not(mod(n,4))+eq(n,13)',settb=1/90000"),
        *("-fps_mode", "passthrough", "-enc_time_base", "1/90000", "-bf", "2", "-an"),
    )
    gaps = {round(float(b - a), 3) for a, b in pairwise(times(source))}
    assert len(gaps) > 1
    target = covered(source, tmp_path / "copy.mp4", ELSEWHERE)
    assert times(target) == times(source)
    assert codes(target) == codes(source)

    # Frame 9 is shown until frame 12, so it is covered until then.
    brief = replace(CODE, start=0.75, end=0.76)
    covered(source, target, brief)
    assert codes(target) == [None if n == 9 else n for n in codes(source)]


@pytest.mark.parametrize("turned", [90, 180, -90])
def test_picture_that_is_turned_is_covered_where_it_is_seen(
    tmp_path: Path, turned: int
) -> None:
    plain = cut(media.make(media.SMALL).path, tmp_path / "plain.mp4", "-c", "copy")
    source = cut(
        plain,
        tmp_path / "clip.mp4",
        *("-c", "copy"),
        before=("-display_rotation", str(turned)),
    )
    # The expected frames: FFmpeg rotates them according to the header, as a player does.
    shown = cut(source, tmp_path / "shown.mp4", "-an", "-crf", "12")
    area = Redaction(left=0.1, top=0.7, width=0.2, height=0.1)
    target = covered(source, tmp_path / "copy.mp4", area)
    outside = np.ones(next(pictures(shown))[1].shape, bool)
    under(
        outside[:, :, :], replace(area, top=0.68, height=0.14, left=0.08, width=0.24)
    )[:] = False
    count = 0
    for (_, expected), (_, found) in zip(
        pictures(shown), pictures(target), strict=True
    ):
        assert is_black(found, area)
        assert not is_black(expected, area)
        difference = np.abs(expected.astype(int) - found.astype(int))[outside]
        assert difference.mean() < 4
        count += 1
    assert count == SECONDS * media.FPS


def test_shape_of_the_pixels_is_kept(tmp_path: Path) -> None:
    source = cut(
        media.make(media.SMALL).path, tmp_path / "clip.mp4", "-vf", "setsar=4/3", "-an"
    )
    target = covered(source, tmp_path / "copy.mp4", ELSEWHERE)
    turned = cut(
        source,
        tmp_path / "turned.mp4",
        *("-c", "copy"),
        before=("-display_rotation", "90"),
    )
    oriented = covered(turned, tmp_path / "oriented.mp4", ELSEWHERE)
    for path, expected in ((target, Fraction(4, 3)), (oriented, Fraction(3, 4))):
        with av.open(str(path)) as container:
            shape = container.streams.video[0].sample_aspect_ratio
            assert Fraction(shape.numerator, shape.denominator) == expected


@pytest.mark.parametrize(
    ("flags", "size"),
    [
        (("-vf", "scale=481:271,format=yuv444p"), (482, 272)),
        (("-vf", "format=yuvj420p", "-color_range", "pc"), (640, 360)),
        (
            (
                *("-c:v", "libx265", "-x265-params", "log-level=error"),
                *("-tag:v", "hvc1", "-vf", "format=yuv420p10le"),
            ),
            (640, 360),
        ),
    ],
    ids=["odd", "full-range", "ten-bit"],
)
def test_other_formats_become_the_usual_one(
    tmp_path: Path, flags: tuple[str, ...], size: tuple[int, int]
) -> None:
    source = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", *flags, "-an")
    target = covered(source, tmp_path / "copy.mp4", ELSEWHERE)
    for (at, before), (then, after) in zip(
        pictures(source), pictures(target), strict=True
    ):
        assert at == then
        height, width = before.shape[:2]
        assert is_black(after, ELSEWHERE)
        assert not is_black(before, ELSEWHERE)
        upper = slice(0, height // 2)
        difference = before[upper].astype(int) - after[upper, :width].astype(int)
        assert np.abs(difference).mean() < 4
        assert abs(difference.mean()) < 1.5
    with av.open(str(target)) as container:
        video = container.streams.video[0]
        assert (video.format.name, video.width, video.height) == ("yuv420p", *size)


def test_nothing_that_was_planted_in_the_clip_is_in_the_copy(tmp_path: Path) -> None:
    source = cut(
        media.make(media.SMALL).path,
        tmp_path / "clip.mp4",
        *("-c", "copy", "-movflags", "use_metadata_tags"),
        *("-metadata", "location=+52.5200+013.4050/"),
        *("-metadata", "comment=planted comment"),
        *("-metadata", "com.apple.quicktime.location.ISO6709=+52.5200+013.4050/"),
        *("-metadata", "creation_time=2026-11-03T17:04:09Z"),
        *("-metadata:s:v", "handler_name=planted camera"),
    )
    assert b"52.5200" in source.read_bytes()
    target = covered(source, tmp_path / "copy.mp4", ELSEWHERE, audio=True)
    content = target.read_bytes()
    for trace in (b"52.5", b"planted", b"x264", b"Lavc", b"Lavf", b"core 1"):
        assert trace not in content, trace
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams"]
    run = subprocess.run(
        [*command, str(target)], capture_output=True, check=True, timeout=60
    )
    told = json.loads(run.stdout)
    assert set(told["format"]["tags"]) == {
        "major_brand",
        "minor_version",
        "compatible_brands",
    }
    for stream in told["streams"]:
        assert set(stream["tags"]) == {"language", "handler_name", "vendor_id"}
        assert stream["tags"]["handler_name"] in {"VideoHandler", "SoundHandler"}


def test_sound_stays_in_step(tmp_path: Path) -> None:
    source = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", "-c", "copy")
    target = covered(
        source, tmp_path / "copy.mp4", ELSEWHERE, start=1.4, end=3.5, audio=True
    )
    with av.open(str(target)) as container:
        frames = list(container.decode(audio=0))
    first = frames[0].time
    assert first is not None
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    rate = frames[0].sample_rate
    assert first + len(sound) / rate < 2.2
    # The tone of second 2 of the clip.
    window = sound[int((0.4 - first) * rate) :]
    onset = 0.4 + int(np.argmax(np.abs(window) > 0.1)) / rate
    assert abs(onset - 0.6) < 0.02


def test_same_choice_makes_the_same_bytes(tmp_path: Path) -> None:
    source = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", "-c", "copy")
    one = covered(source, tmp_path / "one.mp4", CODE, audio=True).read_bytes()
    assert covered(source, tmp_path / "two.mp4", CODE, audio=True).read_bytes() == one


def test_progress_is_told_after_each_picture_and_can_end_the_work(
    tmp_path: Path,
) -> None:
    source = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", "-c", "copy")
    told: list[float] = []
    covered(source, tmp_path / "copy.mp4", CODE, progress=told.append)
    assert len(told) == SECONDS * media.FPS
    assert told == sorted(told)
    assert told[0] == 0
    assert 0.9 < told[-1] <= 1

    class Closed(Exception):
        """The request was cancelled."""

    def close(done: float) -> None:
        told.append(done)
        if done > 0.3:
            raise Closed

    told.clear()
    with pytest.raises(Closed):
        covered(source, tmp_path / "copy.mp4", CODE, progress=close)
    assert len(told) < 25


def test_what_cannot_be_decoded_is_said(tmp_path: Path) -> None:
    source = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", "-c", "copy")
    span = find_frames(source, None, None)
    assert span is not None
    content = bytearray(source.read_bytes())
    for kind, inner in boxes(bytes(content)):
        if kind == b"mdat":
            begin = content.index(inner)
            content[begin : begin + len(inner)] = bytes(len(inner))
    source.write_bytes(content)
    with pytest.raises(RedactError, match="redact_impossible"):
        covered(source, tmp_path / "copy.mp4", CODE)


def test_copy_is_for_the_owner_as_is_all_of_the_library(tmp_path: Path) -> None:
    assert (
        find_frames(cut(media.make(media.SMALL).path, tmp_path / "a.mp4"), 9, 1) is None
    )
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    assert find_frames(text, None, None) is None
    assert find_frames(text, float("nan"), None) is None
    assert stat.S_ISREG(text.stat().st_mode)


# Core sets the log level when it sets up its streams; each FFmpeg thread that logs an
# error then needs the GIL.
GIVE_UP_OFTEN = """
import random, sys
import av
from tests.engine.clips.video.test_redact import CODE, Path, covered

class GivenUp(Exception):
    pass

def progress(done):
    if random.random() < 0.1:
        raise GivenUp

random.seed(1)
av.logging.set_level(av.logging.FATAL)
source, target = map(Path, sys.argv[1:])
given_up = 0
for _ in range(40):
    try:
        covered(source, target, CODE, progress=progress)
    except GivenUp:
        given_up += 1
print(given_up)
"""


def test_giving_up_on_broken_pictures_does_not_freeze_home_assistant(
    tmp_path: Path,
) -> None:
    clip = cut(media.make(media.SMALL).path, tmp_path / "clip.mp4", "-c", "copy", "-an")
    with av.open(str(clip)) as container:
        video = container.streams.video[0]
        places = [(p.pos, p.size) for p in container.demux(video) if p.pos is not None]
    content = bytearray(clip.read_bytes())
    chance = random.Random(1)
    for begin, size in places[1:]:
        for _ in range(size // 100):
            content[begin + chance.randrange(20, size)] = chance.randrange(256)
    clip.write_bytes(content)

    done = subprocess.run(
        [sys.executable, "-c", GIVE_UP_OFTEN, str(clip), str(tmp_path / "copy.mp4")],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )

    assert int(done.stdout) > 20
