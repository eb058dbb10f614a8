"""Play real streams to a pre-roll buffer and a recording session, faster than real time."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
import io
from itertools import pairwise
from pathlib import Path
import subprocess
import time

import av
from av.stream import Stream
import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.recording import session
from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.model import (
    ClipStart,
    FinishedClip,
    RecorderOptions,
)
from custom_components.doorwatch.engine.recording.packets import Packet, PacketQueue
from custom_components.doorwatch.engine.recording.preroll_buffer import PrerollBuffer
from custom_components.doorwatch.engine.recording.session import RecordingSession
from custom_components.doorwatch.engine.recording.sightings import Sightings
from custom_components.doorwatch.engine.recording.sound import choose_sound
from tests import videos as media
from tests.engine.recording.inside import is_settled
from tests.rtsp.check import ClipFacts, check_clip
from tests.waiting import block_until

from .conftest import Folder

type Packets = list[av.Packet[Stream]]
type Edit = Callable[[Packets], Iterable[av.Packet[Stream]]]


def ffmpeg(*arguments: object) -> None:
    """Run FFmpeg."""
    command = ["ffmpeg", "-y", "-v", "error", *map(str, arguments)]
    subprocess.run(command, check=True, timeout=60)


def stream_of(
    scene: media.Scene, path: Path, *arguments: object, seconds: float = 20
) -> Path:
    """Encode the beginning of a scene as a transport stream."""
    source = media.make(scene).path
    copy = ("-c", "copy", "-t", seconds)
    ffmpeg("-i", source, *copy, *arguments, "-f", "mpegts", path)
    return path


class Studio:
    """A doorbell, its event and one clip, on a simulated clock."""

    PRE_ROLL = 1.0
    POST_ROLL = 1.0

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sink = Folder(folder)
        self.reports: list[str] = []
        self.report = self.reports.append
        self.preroll = PrerollBuffer(5.0)
        self.now = time.monotonic()
        self.started = self.now
        self.session: RecordingSession | None = None
        self._began = datetime.now(UTC) - timedelta(seconds=self.now)
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(session, "wall_of", self.wall)

    def wall(self, monotonic: float) -> datetime:
        return self._began + timedelta(seconds=monotonic)

    def set_clock(self, by: timedelta) -> None:
        """Set the wall clock; the monotonic clock is not affected."""
        self._began += by

    def play(
        self,
        *sources: Path,
        edit: Edit = list,
        longest: float = 1000,
        begin: float = 2.5,
        end: float = float("inf"),
        sound: bool = True,
        container: str | None = None,
    ) -> list[FinishedClip]:
        """Play streams one after the other, each as its own connection; return the clips.

        Motion lasts from `begin` to `end` (seconds after the start).
        """
        options = RecorderOptions(
            pre_roll=self.PRE_ROLL, post_roll=self.POST_ROLL, longest=longest
        )
        ended = False
        started = self.now
        for source in sources:
            with av.open(source, format=container) as opened:
                video = opened.streams.video[0]
                audio = choose_sound(opened.streams.audio) if sound else None
                self.preroll.connected(Epoch(video, audio))
                streams = [video, audio] if audio else [video]
                packets = [p for p in opened.demux(streams) if p.size]
                connected, zero = self.now, None
                for packet in edit(packets):
                    if packet.stream_index != video.index:
                        self.preroll.add_sound(packet)
                        continue
                    # The time on the test's clock; `edit` functions keep it in `opaque`.
                    at = packet.dts if packet.opaque is None else packet.opaque
                    assert at is None or isinstance(at, int)
                    zero = at if zero is None else zero
                    if at is not None and zero is not None:
                        assert video.time_base is not None
                        self.now = connected + float((at - zero) * video.time_base)
                    self.preroll.add_video(packet)
                    moved = self.now - started >= begin and is_settled(self.preroll)
                    if self.session is None and moved:
                        self.session = self._session(options)
                    self.caught_up()
                    if not ended and self.now - started >= end:
                        ended = True
                        assert self.session is not None
                        self.session.window.add(self._event(EventKind.MOTION_ENDED))
                self.caught_up()
            self.preroll.disconnected()
            self.now += 1.0
        assert self.session is not None
        if not ended:
            assert self.session.window.add(self._event(EventKind.MOTION_ENDED))
        self.now += 100
        self.session.join(30)
        assert not self.session.is_alive()
        return self.sink.finished

    @property
    def queue(self) -> PacketQueue:
        """Return the packets that the session has not processed yet."""
        assert self.session is not None
        return self.session._queue

    def caught_up(self) -> None:
        """Wait until the session has processed all packets, or waits for its disk."""

        def is_busy(thread: RecordingSession) -> bool:
            if (retry := thread._retry_at) and self.now < retry:
                return False
            return not self.queue.empty() or not (thread._parts or retry)

        if thread := self.session:
            block_until(lambda: not (thread.is_alive() and is_busy(thread)))

    def _session(self, options: RecorderOptions) -> RecordingSession:
        moved = self._event(EventKind.MOTION)
        thread = RecordingSession(
            "porch",
            moved,
            self.preroll,
            self.sink,
            options,
            nothing_seen(),
            self.report,
            lambda: None,
        )
        thread.start()
        return thread

    def _event(self, kind: EventKind) -> DoorbellEvent:
        return DoorbellEvent(kind=kind, at=self.wall(self.now), monotonic=self.now)


def nothing_seen() -> Sightings:
    """Return sightings for a camera that reports no labels."""
    return Sightings(0, lambda clip_id, labels: None)


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Return a studio."""
    return Studio(tmp_path, monkeypatch)


def assert_in_a_row(clips: list[FinishedClip], *, gaps: bool = False) -> list[int]:
    """Check that no frame of the parts is missing, doubled or damaged; return the frames."""
    numbers: list[int] = []
    for clip in clips:
        facts = check_clip(clip.path)
        assert facts.starts_on_keyframe
        assert facts.unreadable == 0, facts.frames
        shown = [frame for frame in facts.frames if frame is not None]
        assert len(shown) == clip.frames
        assert facts.times[0] == pytest.approx(0, abs=0.001)
        length = (clip.ended_at - clip.started_at).total_seconds()
        assert length == pytest.approx(facts.times[-1] + 1 / media.FPS, abs=0.02)
        numbers += shown
    assert [b - a for a, b in pairwise(numbers)] == [1] * (len(numbers) - 1)
    for before, after in pairwise(clips):
        between = (after.started_at - before.ended_at).total_seconds()
        assert gaps or abs(between) < 0.003  # some formats count in milliseconds
    return numbers


def offsets(clips: list[FinishedClip]) -> list[float]:
    """Return the offset (seconds) of the sound from the picture at each full second."""
    found: list[ClipFacts] = [check_clip(clip.path) for clip in clips]
    return [offset for facts in found for offset in facts.sound_offsets]


def picture_of(jpeg: bytes) -> tuple[int, int]:
    with av.open(io.BytesIO(jpeg), "r") as picture:
        frame = next(picture.decode(video=0))
    return frame.width, frame.height


def is_video(packet: av.Packet[Stream]) -> bool:
    return packet.stream.type == "video"


def lengths(clip: FinishedClip) -> tuple[float, float]:
    """Return the lengths of picture and sound."""
    with av.open(clip.path) as container:
        pictures = sum(1 for _ in container.decode(video=0)) / media.FPS
    with av.open(clip.path) as container:
        rate = container.streams.audio[0].rate
        sound = sum(f.samples for f in container.decode(audio=0)) / rate
    return pictures, sound


def scene_packets() -> list[Packet]:
    """Return the pictures of the small scene."""
    with av.open(media.make(media.SMALL).path) as container:
        video = container.streams.video[0]
        epoch = Epoch(video, None)
        return [
            Packet(epoch, packet, packet.dts, is_video=True)
            for packet in container.demux([video])
            if packet.dts is not None
        ]


NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def start_of_clip() -> ClipStart:
    """Return the metadata of a clip that begins at noon."""
    return ClipStart(clip_id="1", event_id="1", part=1, started_at=NOON, events=())
