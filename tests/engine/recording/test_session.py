"""Test that a recording session keeps written video when an error occurs."""

from collections.abc import Callable
import errno
from pathlib import Path
import threading
from typing import Any

import pytest

from custom_components.doorwatch.engine.recording import sound
from custom_components.doorwatch.engine.recording.clip_part import ClipPart
from custom_components.doorwatch.engine.recording.session import RecordingSession
from custom_components.doorwatch.engine.recording.writer import _Output
from tests import videos as media
from tests.engine.recording.inside import is_read
from tests.engine.recording.studio import lengths
from tests.rtsp.check import check_clip

from .studio import Studio, assert_in_a_row, ffmpeg, stream_of, studio

__all__ = ["studio"]

GOP = 1.2  # seconds between keyframes of the scene, plus some pictures

type Fail = Callable[[type, str, int, Exception], None]


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Return a function that makes the given call of a method fail; calls are counted from 1."""

    def patch(owner: type, name: str, number: int, error: Exception) -> None:
        real = getattr(owner, name)
        calls = 0

        def method(self: object, *arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == number:
                raise error
            return real(self, *arguments)

        monkeypatch.setattr(owner, name, method)

    return patch


def test_sound_that_changes_its_kind_goes_on(studio: Studio, tmp_path: Path) -> None:
    """Some doorbells change sample rate and channels when someone starts to talk."""
    source = media.make(media.SMALL).path
    stream, joined = tmp_path / "stream.mkv", tmp_path / "joined.mp3"
    bare = ("-vn", "-t", 6, "-c:a", "libmp3lame", "-write_xing", 0)
    kinds = {"a.mp3": (44100, 2), "b.mp3": (22050, 1), "c.mp3": (48000, 2)}
    for name, (rate, channels) in kinds.items():
        shape = ("-ar", rate, "-ac", channels, "-id3v2_version", 0)
        ffmpeg("-i", source, *bare, *shape, tmp_path / name)
    joined.write_bytes(b"".join((tmp_path / name).read_bytes() for name in kinds))
    copy = ("-map", "0:v", "-map", "1:a", "-c", "copy")
    ffmpeg("-t", 17, "-i", source, "-f", "mp3", "-i", joined, *copy, stream)

    [clip] = studio.play(stream, end=15)
    assert_in_a_row([clip])
    pictures, heard = lengths(clip)
    assert heard == pytest.approx(pictures, abs=0.1)
    assert not studio.sink.abandoned
    assert studio.reports == ["ok"]


@pytest.mark.parametrize("number", [1, 40])
def test_sound_that_cannot_be_made_costs_no_picture(
    studio: Studio, tmp_path: Path, fail: Fail, number: int
) -> None:
    """The error may occur at the first sample or later."""
    stream = tmp_path / "stream.mkv"
    source = media.make(media.SMALL).path
    ffmpeg(
        "-t", 14, "-i", source, "-c:v", "copy", "-c:a", "pcm_alaw", "-ar", 8000, stream
    )
    fail(sound._Encoded, "_add", number, ZeroDivisionError("a mistake"))

    clips = studio.play(stream, end=11)
    numbers = assert_in_a_row(clips)
    assert len(numbers) > 9 * media.FPS


def test_sound_that_broke_once_is_back_in_the_next_file(
    studio: Studio, tmp_path: Path, fail: Fail
) -> None:
    """A connection lasts for weeks, so one error must not silence all later clips."""
    stream = tmp_path / "stream.mkv"
    source = media.make(media.SMALL).path
    ffmpeg(
        "-t", 14, "-i", source, "-c:v", "copy", "-c:a", "pcm_alaw", "-ar", 8000, stream
    )
    fail(sound._Encoded, "_add", 40, ZeroDivisionError("a mistake"))

    broken, whole, *_ = studio.play(stream, longest=5, end=12)
    pictures, heard = lengths(broken)
    assert heard < pictures - 1
    pictures, heard = lengths(whole)
    assert heard == pytest.approx(pictures, abs=0.1)


def test_mistake_while_writing_keeps_what_was_written(
    studio: Studio,
    tmp_path: Path,
    fail: Fail,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The next part begins with the next keyframe."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=16)
    fail(ClipPart, "write", 60, ZeroDivisionError("a mistake"))

    first, second = studio.play(stream, end=13)
    assert_in_a_row([first])
    assert_in_a_row([second])
    assert first.frames > 45
    assert second.frames > 60
    assert (second.event_id, second.part) == (first.clip_id, 2)
    assert second.gaps == ((first.ended_at, second.started_at),)
    assert (second.started_at - first.ended_at).total_seconds() < 3
    assert caplog.text.count("A clip couldn't be written") == 1
    assert studio.reports == ["ok"]


def test_clip_that_cannot_be_handed_over_is_let_go_of(
    studio: Studio, tmp_path: Path, fail: Fail
) -> None:
    """Otherwise the library would treat the clip as open until the next start."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    fail(ClipPart, "write", 60, ZeroDivisionError("a mistake"))
    fail(ClipPart, "hand_over", 1, ZeroDivisionError("another"))

    [second] = studio.play(stream, end=18)
    first, *others = studio.sink.begun
    assert studio.sink.abandoned == [(first.clip_id, "failed")]
    assert check_clip(studio.sink.path / f"{first.clip_id}.mp4").missing == 0
    assert [one.clip_id for one in others] == [second.clip_id]
    assert (second.event_id, second.part) == (first.clip_id, 2)


def test_disk_that_fails_for_a_moment_costs_a_moment(
    studio: Studio, tmp_path: Path, fail: Fail
) -> None:
    """The motion event and its recording continue."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    fail(_Output, "write", 20, OSError(errno.ENOSPC, "full"))

    first, second = studio.play(stream, end=18)
    assert_in_a_row([first])
    assert_in_a_row([second])
    assert first.frames > 10
    assert (second.event_id, second.part) == (first.clip_id, 2)
    assert second.gaps == ((first.ended_at, second.started_at),)
    # At most up to the next keyframe: packets were queued during the pause before the retry.
    assert (second.started_at - first.ended_at).total_seconds() < GOP
    assert studio.reports == ["disk_full", "ok"]


@pytest.mark.parametrize("end", [2, 12])
@pytest.mark.parametrize("where", ["begin", "open", "write"])
def test_disk_that_refuses_the_first_file_gets_the_whole_event_later(
    studio: Studio, tmp_path: Path, fail: Fail, where: str, end: float
) -> None:
    """The clip has its pre-roll, even if the event ended before the disk recovered."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    error = OSError(errno.ENOSPC, "full")
    match where:
        case "begin":
            fail(type(studio.sink), "begin", 1, error)
        case "open":
            fail(_Output, "__init__", 1, error)
        case "write":
            fail(_Output, "write", 1, error)

    [clip] = studio.play(stream, begin=4.5, end=4.5 + end)
    assert_in_a_row([clip])
    assert (clip.event_id, clip.part, clip.gaps) == (clip.clip_id, 1, ())
    began, *_, ended = clip.events
    assert (began.at - clip.started_at).total_seconds() >= studio.PRE_ROLL
    assert (clip.ended_at - ended.at).total_seconds() == pytest.approx(
        studio.POST_ROLL, abs=0.2
    )
    assert studio.reports == ["disk_full", "ok"]


def test_next_part_that_cannot_be_begun_misses_nothing(
    studio: Studio, tmp_path: Path, fail: Fail
) -> None:
    """The packets for its beginning are kept in the queue."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    fail(type(studio.sink), "begin", 2, OSError(errno.EIO, "a moment"))

    clips = studio.play(stream, longest=5, end=18)
    assert_in_a_row(clips)
    assert [clip.part for clip in clips] == list(range(1, len(clips) + 1))
    assert not any(clip.gaps for clip in clips)
    assert len(clips) > 2


def test_disk_that_stays_away_is_given_up(studio: Studio, tmp_path: Path) -> None:
    """Its queued packets are dropped some time after the event."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    studio.sink.refusal = OSError(errno.EROFS, "read only")
    assert studio.play(stream, end=10) == []
    assert set(studio.reports) == {"not_writable"}
    assert not is_read(studio.preroll)


def test_clip_that_is_cut_while_it_waits_is_tried_once_more(
    studio: Studio, tmp_path: Path, fail: Fail
) -> None:
    """Home Assistant stops at the moment the disk recovers."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=9)
    fail(type(studio.sink), "begin", 1, OSError(errno.EIO, "a moment"))

    def cut(problem: str) -> None:
        studio.reports.append(problem)
        if problem != "ok":
            session = threading.current_thread()
            assert isinstance(session, RecordingSession)
            session.window.cut()

    studio.report = cut
    [clip] = studio.play(stream, begin=4.5, end=8)
    assert_in_a_row([clip])
    assert clip.frames >= media.FPS


def test_file_that_cannot_be_looked_at_stays_for_later(
    studio: Studio, tmp_path: Path, fail: Fail
) -> None:
    """A network folder may report a write error once and no longer afterwards."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    fail(_Output, "write", 20, OSError(errno.EIO, "a moment"))
    fail(_Output, "sync", 1, OSError(errno.EIO, "a moment"))

    [clip] = studio.play(stream, end=18)
    first = studio.sink.begun[0]
    assert studio.sink.abandoned == [(first.clip_id, "not_writable")]
    facts = check_clip(studio.sink.path / f"{first.clip_id}.mp4")
    assert (facts.missing, facts.unreadable) == (0, 0)
    assert len(facts.frames) > 10
    assert (clip.event_id, clip.part) == (first.clip_id, 2)


def test_library_that_fails_to_take_a_clip_gets_the_next_part(
    studio: Studio, tmp_path: Path, fail: Fail
) -> None:
    """The file remains for the library's scan."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    fail(type(studio.sink), "finish", 1, OSError(errno.EIO, "gone"))

    clip, *_ = studio.play(stream, longest=5, end=18)
    first = studio.sink.begun[0]
    assert check_clip(studio.sink.path / f"{first.clip_id}.mp4").missing == 0
    assert (clip.event_id, clip.part) == (first.clip_id, 2)
    assert studio.reports[:2] == ["not_writable", "ok"]


@pytest.mark.parametrize("scene", [media.SMALL, media.OPEN])
def test_disk_that_hangs_does_not_fill_the_memory(
    studio: Studio,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scene: media.Scene,
) -> None:
    """The queue is limited; the clip continues after a gap when the disk recovers."""
    stream = stream_of(scene, tmp_path / "stream.ts", seconds=20)
    most = 150_000
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.packets.MOST_WAITING", most
    )
    hangs, stuck, back = threading.Event(), threading.Event(), threading.Event()
    write = _Output.write

    def hang(self: _Output, data: bytes) -> int:
        if hangs.is_set():
            stuck.set()
            assert back.wait(60)
        return write(self, data)

    monkeypatch.setattr(_Output, "write", hang)
    caught_up = studio.caught_up
    waited: list[int] = []

    def look() -> None:
        thread = studio.session
        if thread is None:
            return
        if 4 < studio.now - studio.started < 12:
            hangs.set()
            if studio.queue.waiting > most // 2:
                # The session may drain the queue until its write hangs.
                assert stuck.wait(60)
            waited.append(studio.queue.waiting)
        else:
            back.set()
            caught_up()

    monkeypatch.setattr(studio, "caught_up", look)
    clips = studio.play(stream, end=18)
    assert max(waited) <= most
    assert len(waited) > 100
    assert waited[-1] == waited[-30]  # the queue stopped growing
    numbers = [n for clip in clips for n in check_clip(clip.path).frames]
    assert None not in numbers
    assert len(numbers) == sum(clip.frames for clip in clips)
    [gap] = [gap for clip in clips for gap in clip.gaps]
    assert (gap[1] - gap[0]).total_seconds() > 2


def test_moment_that_did_not_fit_is_a_gap(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gap shorter than a second, up to the next keyframe, is noted as well."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.packets.MOST_WAITING", 150_000
    )
    back = threading.Event()
    hangs = threading.Event()
    write = _Output.write

    def hang(self: _Output, data: bytes) -> int:
        if hangs.is_set():
            assert back.wait(60)
        return write(self, data)

    monkeypatch.setattr(_Output, "write", hang)
    caught_up = studio.caught_up

    def look() -> None:
        thread = studio.session
        if thread is None:
            return
        if studio.now - studio.started > 4:
            hangs.set()
        if studio.queue._skips:
            back.set()
        if back.is_set() or not hangs.is_set():
            caught_up()

    monkeypatch.setattr(studio, "caught_up", look)
    clips = studio.play(stream, end=18)
    frames = [n for clip in clips for n in check_clip(clip.path).frames]
    numbers = [n for n in frames if n is not None]
    missing = numbers[-1] - numbers[0] + 1 - len(frames)
    assert 0 < missing <= media.FPS
    [gap] = [gap for clip in clips for gap in clip.gaps]
    lost = (gap[1] - gap[0]).total_seconds()
    assert lost == pytest.approx(missing / media.FPS, abs=0.05)


def test_disk_that_hangs_costs_nothing_that_waited(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packets after the end of the motion are recorded as well."""
    stream = stream_of(media.SMALL, tmp_path / "stream.ts", seconds=20)
    hangs, back = threading.Event(), threading.Event()
    write = _Output.write

    def hang(self: _Output, data: bytes) -> int:
        if hangs.is_set():
            assert back.wait(60)
        return write(self, data)

    monkeypatch.setattr(_Output, "write", hang)
    caught_up = studio.caught_up

    def look() -> None:
        if studio.session is None:
            return
        if 4 < studio.now - studio.started < 14:
            hangs.set()
        else:
            back.set()
            caught_up()

    monkeypatch.setattr(studio, "caught_up", look)
    [clip] = studio.play(stream, end=6)
    assert_in_a_row([clip])
    ended = (clip.ended_at - clip.events[-1].at).total_seconds()
    assert 0.9 < ended < 1.5
