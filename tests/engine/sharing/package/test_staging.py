"""Test that the staged file has what the person chose and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
import hashlib
import json
from pathlib import Path
import pickle
import stat
import subprocess

import av
import numpy as np
import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video.redaction import Redaction
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Edits
from custom_components.doorwatch.engine.sharing.package.staging import stage
from tests import videos as media
from tests.engine.alone import alone
from tests.engine.sharing.evidence import STARTED, make_clip
from tests.repository import ROOT

FRAME = timedelta(seconds=1 / media.FPS)


def frames(path: Path) -> list[int | None]:
    """Decode all frames and read their numbers."""
    with av.open(str(path)) as container:
        found = []
        for frame in container.decode(video=0):
            luma = frame.to_ndarray(format="gray")
            found.append(media.read_code(luma.astype(np.uint8)))
        return found


def probe(path: Path) -> dict[str, object]:
    """Return all data of ffprobe."""
    command = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams"]
    run = subprocess.run(
        [*command, str(path)], capture_output=True, check=True, timeout=60
    )
    result: dict[str, object] = json.loads(run.stdout)
    return result


def kinds(path: Path) -> list[str]:
    """List the kinds of streams."""
    with av.open(str(path)) as container:
        return [stream.type for stream in container.streams]


def test_nothing_left_out_is_the_clip_byte_for_byte(clip: Clip, tmp_path: Path) -> None:
    """The clip is not cut, and its sound is included."""
    staged = stage(clip, Edits(audio=True), tmp_path / "staging")
    assert staged.path.read_bytes() == clip.path.read_bytes()
    assert (staged.sha256, staged.size) == (clip.sha256, clip.size)
    assert (staged.started_at, staged.ended_at) == (clip.started_at, clip.ended_at)
    assert not staged.derived
    assert staged.audio
    assert stat.S_IMODE(staged.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(staged.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("audio", [True, False])
def test_a_clip_without_sound_is_untouched_either_way(
    clip: Clip, tmp_path: Path, audio: bool
) -> None:
    """There is no sound to remove, and the staged file does not claim any."""
    silent = tmp_path / "silent.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(clip.path), "-an", "-c", "copy"]
    subprocess.run([*command, str(silent)], check=True, timeout=60)
    staged = stage(make_clip(silent), Edits(audio=audio), tmp_path / "staging")
    assert not staged.derived
    assert not staged.audio
    assert staged.path.read_bytes() == silent.read_bytes()


UNSEEN = {
    "another lens": ("-map", "0:v", "-map", "0:a", "-map", "0:v", "-c", "copy"),
    "more sound": ("-map", "0:v", "-map", "0:a", "-map", "0:a", "-c", "copy"),
    "a track of data": ("-c", "copy", "-write_tmcd", "1", "-timecode", "01:00:00:00"),
    "where it was": ("-c", "copy", "-metadata", "location=+52.0907+005.1214/"),
}


@pytest.mark.parametrize("flags", UNSEEN.values(), ids=UNSEEN)
@pytest.mark.parametrize("edits", [Edits(audio=True), Edits(end=60.0, audio=True)])
def test_what_no_player_shows_is_left_out(
    clip: Clip, tmp_path: Path, flags: tuple[str, ...], edits: Edits
) -> None:
    """A fetched recording may have other tracks or metadata, which the person did not see."""
    fetched = tmp_path / "fetched.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(clip.path), *flags, str(fetched)]
    subprocess.run(command, check=True, timeout=60)
    assert kinds(fetched) != ["video", "audio"] or "52.0907" in str(probe(fetched))
    kept = replace(make_clip(fetched), fetched_from="ring")
    staged = stage(kept, edits, tmp_path / "staging")
    assert kinds(staged.path) == ["video", "audio"]
    assert "52.0907" not in str(probe(staged.path))
    assert frames(staged.path) == frames(clip.path)
    assert staged.derived
    assert staged.audio


@pytest.mark.parametrize(
    "edits",
    [
        Edits(start=0.0, end=8.0, audio=True),
        Edits(start=0.0, end=60.0, audio=True),
        Edits(start=-1.0, audio=True),
    ],
)
def test_a_cut_that_cuts_nothing_is_the_clip_byte_for_byte(
    clip: Clip, tmp_path: Path, edits: Edits
) -> None:
    """The panel sends these values if both sliders are at their ends."""
    staged = stage(clip, edits, tmp_path)
    assert not staged.derived
    assert staged.sha256 == clip.sha256


def test_without_sound_the_picture_is_whole_and_the_sound_is_gone(
    clip: Clip, tmp_path: Path
) -> None:
    """By default, sound is not included."""
    staged = stage(clip, Edits(), tmp_path)
    assert kinds(staged.path) == ["video"]
    assert frames(staged.path) == frames(clip.path)
    assert staged.derived
    assert not staged.audio
    assert staged.started_at == clip.started_at
    assert staged.sha256 == hashlib.sha256(staged.path.read_bytes()).hexdigest()
    assert staged.size == staged.path.stat().st_size


def quicktime(clip: Clip, folder: Path, sound: str) -> Clip:
    """Return the clip as a manufacturer's service may send it, with a location and a name."""
    path = folder / "fetched.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(clip.path), "-c:v", "copy"]
    told = ("-metadata", "location=+52.0907+005.1214/", "-metadata", "title=Sam's door")
    run = [*command, "-c:a", sound, "-ar", "8000", *told, "-f", "mov", str(path)]
    subprocess.run(run, check=True, timeout=60)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return replace(
        clip, path=path, sha256=sha256, fetched_from="ring", audio_codec=sound
    )


def test_what_a_maker_wrote_into_its_file_stays_here(
    clip: Clip, tmp_path: Path
) -> None:
    """Picture and sound are complete; the location and the name are removed."""
    fetched = quicktime(clip, tmp_path, "aac")
    assert b"+52.0907" in fetched.path.read_bytes()
    staged = stage(fetched, Edits(audio=True), tmp_path / "staging")
    content = staged.path.read_bytes()
    for told in (b"52.09", b"5.1214", b"Sam's door"):
        assert told not in content
    assert staged.derived
    assert kinds(staged.path) == ["video", "audio"]
    assert frames(staged.path) == frames(fetched.path)
    assert staged.ended_at - staged.started_at == timedelta(seconds=8)


@pytest.mark.parametrize(
    "areas", [(), (Redaction(left=0, top=0, width=0.5, height=0.5),)]
)
def test_sound_that_cannot_be_copied_can_be_left_out(
    clip: Clip, tmp_path: Path, areas: tuple[Redaction, ...]
) -> None:
    """Files that services call MP4 may be QuickTime, which supports more codecs."""
    fetched = quicktime(clip, tmp_path, "pcm_alaw")
    folder = tmp_path / "staging"
    with pytest.raises(LibraryError, match="sound_impossible"):
        stage(fetched, Edits(audio=True, redact=areas), folder)
    assert list(folder.iterdir()) == []
    assert kinds(stage(fetched, Edits(redact=areas), folder).path) == ["video"]


def test_the_start_moves_inward_to_a_keyframe(clip: Clip, tmp_path: Path) -> None:
    """Keyframes are at full seconds, so 2.2 s becomes 3 s, never 2 s."""
    staged = stage(clip, Edits(start=2.2, audio=True), tmp_path)
    assert frames(staged.path) == list(range(45, 120))
    assert staged.started_at == STARTED + timedelta(seconds=3)


def test_a_start_on_a_keyframe_stays_there(clip: Clip, tmp_path: Path) -> None:
    """2 ms after the keyframe, the start moves to the next one."""
    staged = stage(clip, Edits(start=2.0), tmp_path)
    assert frames(staged.path)[0] == 30
    later = stage(clip, Edits(start=2.002), tmp_path)
    assert frames(later.path)[0] == 45


def test_the_end_is_the_last_frame_at_or_before_it(clip: Clip, tmp_path: Path) -> None:
    """4.05 s is between the frames 60 (4.0 s) and 61."""
    staged = stage(clip, Edits(end=4.05), tmp_path)
    assert frames(staged.path) == list(range(61))
    assert abs(staged.ended_at - (STARTED + 61 * FRAME)) < timedelta(milliseconds=1)
    exact = stage(clip, Edits(end=4.0), tmp_path)
    assert frames(exact.path) == list(range(61))


def test_both_ends_cut_the_sound_stays_in_step(clip: Clip, tmp_path: Path) -> None:
    """The tone still starts at the same time as the flash."""
    staged = stage(clip, Edits(start=2.5, end=6.5, audio=True), tmp_path)
    assert frames(staged.path) == list(range(45, 98))
    assert kinds(staged.path) == ["video", "audio"]
    assert staged.audio
    with av.open(str(staged.path)) as container:
        samples, rate, first = [], 0, None
        for frame in container.decode(audio=0):
            first = frame.time if first is None else first
            rate = frame.sample_rate
            samples.append(frame.to_ndarray()[0])
    assert first is not None
    sound = np.concatenate(samples)
    assert first + len(sound) / rate < 54 / media.FPS + 0.001
    # The tone at second 4 of the clip is at second 1 of the copy.
    window = sound[int((0.8 - first) * rate) :]
    onset = 0.8 + int(np.argmax(np.abs(window) > 0.1)) / rate
    assert abs(onset - 1.0) < 0.02


def test_times_start_at_zero(clip: Clip, tmp_path: Path) -> None:
    """A player must not wait for the part that was cut."""
    staged = stage(clip, Edits(start=2.5), tmp_path)
    with av.open(str(staged.path)) as container:
        first = next(container.demux(video=0))
        assert first.pts == 0


def test_nothing_of_the_old_metadata_goes_along(clip: Clip, tmp_path: Path) -> None:
    """There is no comment, creation time or muxer name."""
    assert "planted comment" in json.dumps(probe(clip.path))
    staged = stage(clip, Edits(start=1.0, audio=True), tmp_path)
    assert "planted comment" not in json.dumps(probe(staged.path))
    content = staged.path.read_bytes()
    assert b"planted" not in content
    assert b"Lavf" not in content
    assert b"creation_time" not in content


def test_the_same_choice_makes_the_same_bytes(clip: Clip, tmp_path: Path) -> None:
    """Two people can compare the digests."""
    edits = Edits(start=1.0, end=5.0, audio=True)
    assert stage(clip, edits, tmp_path).sha256 == stage(clip, edits, tmp_path).sha256


@pytest.mark.parametrize(
    "flags",
    [
        ("-bf", "3"),
        ("-bf", "3", "-x264-params", "open-gop=1:b-adapt=0"),
    ],
)
def test_frames_that_are_stored_out_of_order_are_cut_where_they_are_shown(
    tmp_path: Path, flags: tuple[str, ...]
) -> None:
    """The stream has B-frames; no frame outside of the cut is included, and none is damaged."""
    scene = media.make(replace(media.SMALL, flags=flags)).path
    path = tmp_path / "clip.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(scene), "-t", "8", "-c", "copy"]
    subprocess.run([*command, str(path)], check=True, timeout=60)
    clip = make_clip(path)
    whole = frames(path)
    staged = stage(clip, Edits(start=2.2, end=5.5), tmp_path / "staging")
    kept = frames(staged.path)
    assert None not in kept
    # In order and without gaps.
    assert kept == [number for number in whole if number in kept]
    first, last = kept[0], kept[-1]
    assert first is not None and last is not None
    assert kept == list(range(first, last + 1))
    zero = whole[0]
    assert zero is not None
    assert 2.2 <= (first - zero) / media.FPS <= 3.3
    assert 5.1 <= (last - zero) / media.FPS <= 5.501
    begins = STARTED + timedelta(seconds=(first - zero) / media.FPS)
    assert abs(staged.started_at - begins) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "edits",
    [
        Edits(start=7.5),
        Edits(start=100.0),
        Edits(start=3.5, end=3.9),
        Edits(start=5.0, end=2.0),
        Edits(end=-1.0),
        Edits(start=float("nan")),
        Edits(end=float("inf")),
    ],
)
def test_nothing_left_is_said(clip: Clip, tmp_path: Path, edits: Edits) -> None:
    """No file remains."""
    with pytest.raises(SharingError, match="nothing_left"):
        stage(clip, edits, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "edits",
    [
        Edits(audio=True),
        Edits(),
        Edits(start=2.0),
        Edits(redact=(Redaction(left=0.1, top=0.1, width=0.1, height=0.1),)),
    ],
)
def test_a_changed_clip_is_refused(clip: Clip, tmp_path: Path, edits: Edits) -> None:
    """A single changed byte is detected."""
    content = bytearray(clip.path.read_bytes())
    content[len(content) // 2] ^= 1
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(content)
    with pytest.raises(SharingError, match="clip_changed"):
        stage(replace(clip, path=changed), edits, tmp_path / "staging")
    assert list((tmp_path / "staging").iterdir()) == []


@pytest.mark.parametrize("edits", [Edits(audio=True), Edits()])
def test_a_clip_that_is_gone_was_changed(
    clip: Clip, tmp_path: Path, edits: Edits
) -> None:
    gone = replace(clip, path=tmp_path / "gone.mp4")
    with pytest.raises(SharingError, match="clip_changed"):
        stage(gone, edits, tmp_path / "staging")


@pytest.mark.parametrize("make", [lambda: b"", lambda: b"garbage" * 1000])
def test_a_file_that_is_no_video_has_nothing_to_cut(
    clip: Clip, tmp_path: Path, make: Callable[[], bytes]
) -> None:
    """The digest is right, so the clip was saved like that."""
    path = tmp_path / "clip.mp4"
    path.write_bytes(make())
    odd = replace(clip, path=path, sha256=hashlib.sha256(make()).hexdigest())
    with pytest.raises(SharingError, match="nothing_left"):
        stage(odd, Edits(), tmp_path / "staging")


_ON_A_SMALL_DISK = """
import resource, signal, sys, pickle
from pathlib import Path
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import Edits, Redaction
from custom_components.doorwatch.engine.sharing.package.staging import stage

clip = pickle.loads(Path(sys.argv[1]).read_bytes())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
area = Redaction(left=0.1, top=0.1, width=0.1, height=0.1)
for edits in (
    Edits(audio=True), Edits(), Edits(start=1.0, audio=True), Edits(redact=(area,))
):
    try:
        stage(clip, edits, Path(sys.argv[2]))
    except SharingError as err:
        print(err.problem)
"""


def test_a_full_disk_is_said_and_leaves_nothing(clip: Clip, tmp_path: Path) -> None:
    """The copy, the cuts and the redaction are tested."""
    (tmp_path / "clip").write_bytes(pickle.dumps(clip))
    folder = tmp_path / "staging"
    run = subprocess.run(
        alone("-c", _ON_A_SMALL_DISK, str(tmp_path / "clip"), str(folder)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT,
    )
    assert run.stdout.split() == ["disk_full"] * 4, run.stderr
    assert list(folder.iterdir()) == []


COVERED = Redaction(left=0.0, top=0.0, width=0.3, height=0.15)


def test_with_an_area_to_cover_the_picture_is_made_anew(
    clip: Clip, tmp_path: Path
) -> None:
    """The cut is exact to the frame, there is no sound, and the result is marked as re-encoded."""
    told: list[float] = []
    edits = Edits(start=2.2, end=4.05, redact=(COVERED,))
    staged = stage(clip, edits, tmp_path / "staging", told.append)
    # 2.2 s is frame 33; 4.05 s is between the frames 60 and 61.
    assert frames(staged.path) == [None] * 28
    assert kinds(staged.path) == ["video"]
    assert (staged.derived, staged.reencoded, staged.audio) == (True, True, False)
    assert abs(staged.started_at - (STARTED + 33 * FRAME)) < timedelta(milliseconds=1)
    assert abs(staged.ended_at - (STARTED + 61 * FRAME)) < timedelta(milliseconds=1)
    assert staged.sha256 == hashlib.sha256(staged.path.read_bytes()).hexdigest()
    assert staged.sha256 != clip.sha256
    assert stat.S_IMODE(staged.path.stat().st_mode) == 0o600
    assert len(told) >= 28


def test_covered_copy_has_sound_when_it_is_ticked(clip: Clip, tmp_path: Path) -> None:
    """The metadata is removed."""
    staged = stage(clip, Edits(audio=True, redact=(COVERED,)), tmp_path)
    assert kinds(staged.path) == ["video", "audio"]
    assert staged.audio
    assert len(frames(staged.path)) == len(frames(clip.path))
    assert b"planted" not in staged.path.read_bytes()


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        (Edits(redact=(COVERED, replace(COVERED, left=0.8))), "redaction_invalid"),
        (Edits(redact=(COVERED,) * 21), "too_many_redactions"),
        (Edits(start=5.0, end=2.0, redact=(COVERED,)), "nothing_left"),
        (Edits(start=100.0, redact=(COVERED,)), "nothing_left"),
    ],
)
def test_what_cannot_be_covered_leaves_nothing(
    clip: Clip, tmp_path: Path, edits: Edits, problem: str
) -> None:
    """The problem is raised, and no file remains."""
    with pytest.raises(SharingError, match=problem):
        stage(clip, edits, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_work_that_nobody_waits_for_any_more_leaves_nothing(
    clip: Clip, tmp_path: Path
) -> None:
    """The dialog was closed."""

    def closed(done: float) -> None:
        if done > 0.2:
            raise SharingError("cancelled")

    with pytest.raises(SharingError, match="cancelled"):
        stage(clip, Edits(redact=(COVERED,)), tmp_path, closed)
    assert list(tmp_path.iterdir()) == []
