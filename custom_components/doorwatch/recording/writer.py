"""One MP4 that is written while it happens."""

import io
import os
from pathlib import Path
from typing import Final, override

import av

from .ring import Epoch

# `hybrid_fragmented`: plays while it grows and after a crash, and is an ordinary MP4 once closed.
# `delay_moov`: without it the start of the sound is lost, by about 0.1 s.
_OPTIONS: Final = {
    "movflags": "hybrid_fragmented+delay_moov",
    "frag_duration": "250000",  # microseconds: what a crash may cost
    "flush_packets": "1",
    "max_interleave_delta": "1000000",  # do not wait longer for sound that stopped
}


class _Output(io.RawIOBase):
    """A file for PyAV that keeps FFmpeg from writing on after an error, and knows what was whole."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self.error: OSError | None = None

    @override
    def writable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def write(self, data: bytes) -> int:  # type: ignore[override]  # PyAV hands over bytes
        if self.error:
            raise self.error
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            self.error = error
            raise
        return len(data)

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._file, offset, whence)

    @override
    def tell(self) -> int:
        return os.lseek(self._file, 0, os.SEEK_CUR)

    def cut(self, length: int) -> None:
        """Drop what follows."""
        os.ftruncate(self._file, length)

    def sync(self) -> None:
        """Wait until everything is on the disk."""
        os.fsync(self._file)

    @override
    def close(self) -> None:
        if not self.closed:
            super().close()
            os.close(self._file)


class ClipWriter:
    """Copies packets of one epoch into a file. Raises `OSError` (the real one) when it cannot."""

    def __init__(self, path: Path, epoch: Epoch, start: int) -> None:
        """Open the file; `start` is the dts of the first picture."""
        self.frames = 0
        self._epoch = epoch
        self._start = start
        self._end = start
        self._whole = 0
        self._output = _Output(path)
        self._container = av.open(
            self._output, "w", format="mp4", container_options=_OPTIONS
        )
        add = self._container.add_stream_from_template
        self._video = add(epoch.video, opaque=True)
        self._audio = (
            add(epoch.audio, opaque=True) if epoch.audio and epoch.audio_seen else None
        )
        self._audio_start = round(start * epoch.video_base / epoch.audio_base)
        self._audio_last = -1

    @property
    def has_audio(self) -> bool:
        """Whether the file has a track for sound."""
        return self._audio is not None

    @property
    def end(self) -> int:
        """Where the last picture ends (dts)."""
        return self._end

    def video(self, packet: av.Packet) -> None:
        """Write a picture."""
        assert packet.dts is not None
        copy = _copied(packet, self._start)
        copy.stream = self._video
        self._mux(copy)
        self.frames += 1
        self._end = packet.dts + (packet.duration or 0)

    def audio(self, packet: av.Packet) -> None:
        """Write sound; nothing when it comes from before the first picture."""
        assert packet.pts is not None
        if self._audio is None or packet.pts <= self._audio_last:
            return
        if packet.pts < self._audio_start:
            return
        self._audio_last = packet.pts
        copy = _copied(packet, self._audio_start)
        copy.stream = self._audio
        self._mux(copy)

    def _mux(self, packet: av.Packet) -> None:
        try:
            self._container.mux_one(packet)
        except (OSError, av.FFmpegError) as error:
            raise self._output.error or OSError(error.errno, "mux") from None
        if self._output.error:
            raise self._output.error

    def close(self) -> None:
        """Make it an ordinary MP4, on the disk."""
        try:
            self._container.close()
            if self._output.error:
                raise self._output.error
            self._output.sync()
        except av.FFmpegError as error:
            raise self._output.error or OSError(error.errno, "close") from None
        finally:
            self._output.close()


def _copied(packet: av.Packet, start: int) -> av.Packet:
    """Copy a packet, since muxing changes it and another clip may want it too."""
    copy = av.Packet(packet)
    copy.time_base = packet.time_base
    copy.dts = (packet.dts if packet.dts is not None else packet.pts) - start
    copy.pts = (packet.pts if packet.pts is not None else packet.dts) - start
    copy.duration = packet.duration or 0
    copy.is_keyframe = packet.is_keyframe
    return copy
