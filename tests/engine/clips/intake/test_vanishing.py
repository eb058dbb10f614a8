"""Tests of a network folder that disappears and returns during a recording."""

from collections.abc import Iterator
import errno
import os
from pathlib import Path
from typing import override

import av
from av.stream import Stream
import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.sink import LibrarySink
from custom_components.doorwatch.engine.recording.model import ClipStart, FinishedClip
from tests import videos as media
from tests.disks import vanish
from tests.engine.clips.homemade import DOORBELL, Home
from tests.engine.recording.conftest import Folder
from tests.engine.recording.studio import Packets, Studio, stream_of, studio
from tests.rtsp.check import check_clip

__all__ = ["studio"]


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the stream of a doorbell."""
    path = tmp_path_factory.mktemp("stream") / "s.ts"
    return stream_of(media.SMALL, path, seconds=14)


def name_of(file: int) -> Path:
    """Return the path of an open file."""
    return Path(f"/proc/self/fd/{file}").readlink()


class Share:
    """A folder that disappears and returns at set times of a stream."""

    def __init__(self, folder: Path, *turns: float) -> None:
        """Set the times to disappear and return (seconds after the first packet)."""
        self._folder = folder
        self._turns = [*turns]
        self.away: Path | None = None

    def edit(self, packets: Packets) -> Iterator[av.Packet[Stream]]:
        """Pass the packets on, and change the folder when it is due."""
        first: float | None = None
        for packet in packets:
            if packet.dts is not None:
                assert packet.time_base is not None
                at = float(packet.dts * packet.time_base)
                first = at if first is None else first
                if self._turns and at - first >= self._turns[0]:
                    self._turns.pop(0)
                    self.turn()
            yield packet

    def turn(self) -> None:
        """Make the folder disappear or return."""
        if self.away is None:
            self.away = vanish(self._folder)
        else:
            assert list(self._folder.iterdir()) == []
            self._folder.rmdir()
            self.away.rename(self._folder)
            self.away = None

    def refuse_writes(self, patch: pytest.MonkeyPatch) -> None:
        """Let writes to open files fail too while the folder is away, as NFS does."""
        real = {"write": os.write, "fsync": os.fsync}

        def failing(name: str) -> object:
            def call(file: int, *rest: bytes) -> object:
                if self.away and ".part" in str(name_of(file)):
                    raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
                return real[name](file, *rest)  # type: ignore[operator] # as it was called

            return call

        for name in real:
            patch.setattr(os, name, failing(name))


class AtHome(Folder):
    """The library as the sink of a studio."""

    def __init__(self, home: Home) -> None:
        """Record the clips that the sink reports as closed."""
        super().__init__(home.library.folder)
        self.closed: dict[str, Clip | None] = {}
        self._sink = LibrarySink(
            home.library, DOORBELL, lambda _: None, self.closed.__setitem__
        )

    @override
    def begin(self, start: ClipStart) -> Path:
        return self._sink.begin(start)

    @override
    def finish(self, clip: FinishedClip) -> None:
        self._sink.finish(clip)

    @override
    def abandon(self, clip_id: str, reason: str) -> None:
        self._sink.abandon(clip_id, reason)


@pytest.fixture
def sink(home: Home, studio: Studio) -> AtHome:
    """Save the studio's clips in the library."""
    sink = AtHome(home)
    studio.sink = sink
    return sink


def shown(*clips: Clip) -> list[int]:
    """Return the frame numbers; check that none is missing, repeated or damaged."""
    numbers: list[int] = []
    for clip in clips:
        facts = check_clip(clip.path)
        frames = [frame for frame in facts.frames if frame is not None]
        assert len(frames) == len(facts.frames) == clip.frames
        numbers += frames
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    return numbers


async def next_event(home: Home, studio: Studio, stream: Path) -> None:
    """Check that the next motion is recorded."""
    before = await home.library.list([DOORBELL])
    studio.session = None
    studio.play(stream, end=6)
    after = await home.library.list([DOORBELL])
    assert len(after) == len(before) + 1
    assert len(shown(after[0])) > 4 * media.FPS


async def test_folder_that_is_back_before_the_end_of_a_clip_is_not_missed(
    home: Home, folder: Path, studio: Studio, sink: AtHome, stream: Path
) -> None:
    share = Share(folder, 4, 6)
    studio.play(stream, edit=share.edit, end=9)
    (clip,) = await home.library.list([DOORBELL])
    assert sink.closed == {clip.clip_id: clip}
    assert len(shown(clip)) > 7 * media.FPS
    assert not clip.recovered
    assert await home.library.check() is None
    await next_event(home, studio, stream)


async def test_clip_that_ends_without_its_folder_is_whole_once_that_is_back(
    home: Home, folder: Path, studio: Studio, sink: AtHome, stream: Path
) -> None:
    share = Share(folder, 4)
    studio.play(stream, edit=share.edit, end=9)
    assert studio.reports == ["not_writable"]
    assert list(sink.closed.values()) == [None]
    assert await home.library.check() == "library_missing"
    share.turn()
    assert await home.library.check() is None
    (found,) = await home.library.recover()
    assert found.clip is not None
    assert await home.library.list([DOORBELL]) == [found.clip]
    assert len(shown(found.clip)) > 7 * media.FPS
    assert not found.clip.recovered
    await next_event(home, studio, stream)


async def test_parts_of_a_long_event_are_there_up_to_where_they_could_be_written(
    home: Home, folder: Path, studio: Studio, sink: AtHome, stream: Path
) -> None:
    share = Share(folder, 6)
    studio.play(stream, edit=share.edit, longest=3, end=9)
    assert await home.library.check() == "library_missing"
    share.turn()
    assert await home.library.check() is None
    (found,) = await home.library.recover()
    clips = await home.library.list([DOORBELL])
    assert clips[0] == found.clip
    assert [clip.part for clip in clips] == [2, 1]
    # From before the motion until after the folder disappeared.
    assert len(shown(*clips[::-1])) > 5 * media.FPS
    await next_event(home, studio, stream)


async def test_what_was_written_before_the_writes_failed_is_kept(
    home: Home, folder: Path, studio: Studio, sink: AtHome, stream: Path
) -> None:
    share = Share(folder, 6)
    with pytest.MonkeyPatch.context() as patch:
        share.refuse_writes(patch)
        studio.play(stream, edit=share.edit, end=9)
        assert list(sink.closed.values()) == [None]
        share.turn()
    assert await home.library.check() is None
    (found,) = await home.library.recover()
    assert found.clip is not None
    assert await home.library.list([DOORBELL]) == [found.clip]
    assert len(shown(found.clip)) > 4 * media.FPS
    await next_event(home, studio, stream)
