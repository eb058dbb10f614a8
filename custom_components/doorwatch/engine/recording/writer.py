"""Write an MP4 that is playable while it grows."""

from collections.abc import Buffer, Callable, Iterator
import contextlib
import errno
import io
import logging
import os
from pathlib import Path
from typing import Final, override

import av

from .epoch import Encoded, Epoch
from .packets import copied
from .sound import add_sound

_LOGGER = logging.getLogger(__name__)

# `hybrid_fragmented`: playable while it grows and after a crash, and an ordinary MP4
# once closed. `delay_moov`: prevents the loss of the first 0.1 s of audio.
_OPTIONS: Final = {
    "movflags": "hybrid_fragmented+delay_moov",
    "frag_duration": "250000",  # microseconds that a crash may lose
    "flush_packets": "1",
    "max_interleave_delta": "1000000",  # microseconds to wait for missing audio
}
# A file with more bytes than this contains more than its header.
_HEADER: Final = 1024
# The errors of a full disk, a quota and a file size limit.
NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def write_problem(error: OSError) -> str:
    """Return the problem to show for a failed write."""
    return "disk_full" if error.errno in NO_SPACE else "not_writable"


def reason_of(error: Exception) -> str:
    """Return why a clip is abandoned."""
    return write_problem(error) if isinstance(error, OSError) else "failed"


class _Output(io.FileIO):
    """A file for FFmpeg that refuses writes after an error."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)
        )
        self.error: OSError | None = None
        self.written = 0

    @override
    def write(self, data: Buffer, /) -> int:
        if self.error:
            raise self.error
        left = memoryview(data)
        size = left.nbytes
        try:
            while left:
                # A nearly full disk may write only a part.
                left = left[os.write(self.fileno(), left) :]
        except OSError as error:
            self.error = error
            raise
        self.written += size
        return size

    def sync(self) -> None:
        """Flush the file to the disk."""
        os.fsync(self.fileno())


class ClipWriter:
    """Copy packets of one epoch into a file.

    Raises the disk's `OSError`, after which `rescue` must be called.
    """

    def __init__(self, path: Path, epoch: Epoch, start: int) -> None:
        """Open the file; `start` is the pts of the first visible frame.

        The file contains earlier frames for others to refer to, hidden by its edit
        list. Raises `OSError`.
        """
        self.frames = 0  # visible frames
        self.end = start  # pts at which the last frame ends
        self.path = path
        self._epoch = epoch
        self._start = start
        self.step = 0  # duration (pts) of the last frame
        self._last: int | None = None  # dts
        # FFmpeg uses the end of the last packet as the end of the file, which would
        # hide a frame that is decoded earlier but shown later. So with reordered
        # frames, the last packet is held back until its duration is known.
        self._held: Encoded | None = None
        self._reordered = False
        self._whole = 0
        self._output = _Output(path)
        self._container = av.open(
            self._output, "w", format="mp4", container_options=_OPTIONS
        )
        self._video = self._container.add_stream_from_template(epoch.video, opaque=True)
        if epoch.video_codec == "hevc":
            # Apple's players require this tag: parameter sets are only in the header.
            self._video.codec_context.codec_tag = "hvc1"
        self._sound = add_sound(self._container, epoch, start)
        self.has_sound = self._sound is not None
        self._heard = False  # whether the file contains audio
        self._mute = epoch.mute  # whether no more audio is written

    @property
    def is_mute(self) -> bool:
        """Whether there is audio that can't be decoded."""
        if self._sound is None:
            return self._epoch.sound is not None
        return self._sound.failed or self._mute

    @property
    def readable(self) -> bool:
        """Whether players can open the file, as it has more than a header."""
        return self._output.written > _HEADER

    def video(self, packet: Encoded, dts: int) -> None:
        """Write a frame; raises `OSError`."""
        copy = copied(packet, self._epoch.video_base, dts, self._start)
        copy.stream = self._video
        pts = self._start + (copy.pts or 0)
        if self._last is not None:
            self.step = dts - self._last
        self._last = dts
        self.step = packet.duration or self.step
        if pts >= self._start:
            self.frames += 1
            self.end = max(self.end, pts + self.step)
        if self._sound and not self._mute:
            seconds = (dts - self._start) * self._epoch.video_seconds
            self._mux_sound(self._sound.advance(seconds))
        self._let_go()
        self._reordered = self._reordered or pts > dts
        if self._reordered:
            self._held = copy
        else:
            self._mux(copy)

    def _let_go(self) -> None:
        if held := self._held:
            self._held = None
            self._mux(held)

    def sound(self, packet: Encoded, pts: int) -> None:
        """Write audio, unless it ended before the first frame; raises `OSError`."""
        if self._sound and not self._mute:
            self._mux_sound(self._sound.take(packet, pts))

    def _mux_sound(self, packets: Iterator[Encoded]) -> None:
        """Write audio packets; an encoding error ends the audio, not the video."""
        while True:
            try:
                packet = next(packets, None)
            except Exception:
                self._mute = True
                if not self._heard:
                    self._epoch.mute = True
                    raise  # FFmpeg can't write the header of an empty track
                _LOGGER.debug("The audio of a clip ends early", exc_info=True)
                return
            if packet is None:
                return
            self._mux(packet)
            self._heard = True

    def _mux(self, packet: Encoded) -> None:
        written = self._output.written
        self._checked(self._container.mux_one, packet)
        if self._output.written != written:
            self._whole = self._output.tell()

    def _checked[*Ts](self, mux: Callable[[*Ts], None], *arguments: *Ts) -> None:
        """Call a function of FFmpeg; raises the error of the disk if there was one."""
        try:
            mux(*arguments)
        except (OSError, av.FFmpegError) as error:
            other = OSError(getattr(error, "errno", None), "FFmpeg")
            raise self._output.error or other from None
        if self._output.error:
            raise self._output.error

    def close(self) -> None:
        """Complete the file as an ordinary MP4; raises `OSError`."""
        if self._sound and not self._mute:
            seconds = (self.end - self._start) * self._epoch.video_seconds
            self._mux_sound(self._sound.finish(seconds))
        if self._held:
            self._held.duration = self.end - self._start - (self._held.pts or 0)
            self._let_go()
        self._checked(self._container.close)
        self._whole = self._output.seek(0, os.SEEK_END)

    def sync(self) -> None:
        """Flush the closed file to the disk; raises `OSError`."""
        self._output.sync()
        self._output.close()

    def rescue(self) -> int | None:
        """Keep the complete frames before an error; return their number.

        Returns None if the disk can't be read. May be called once, at any time.
        """
        output = self._output
        output.error = output.error or OSError("rescued")
        with contextlib.suppress(Exception):  # any error that FFmpeg raises then
            self._container.close()
        try:
            output.truncate(self._whole)
            output.sync()
            frames = self._pictures()
        except OSError, ValueError:  # a closed file raises the latter
            return None
        finally:
            output.close()
        self.end -= (self.frames - frames) * self.step
        self.frames = frames
        return frames

    def _pictures(self) -> int:
        """Count the frames in the file; raises `OSError`."""
        try:
            with av.open(str(self.path), "r", format="mp4") as container:
                packets = container.demux(container.streams.video[0])
                return sum(1 for p in packets if p.size and not p.is_discard)
        except OSError:
            raise
        except av.FFmpegError, IndexError:
            return 0  # no header yet
