"""Make the exact file that would be sent."""

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
import math
from pathlib import Path
import secrets

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from ..clips.model import Clip
from .errors import SharingError
from .files import part_of, private_folder, sha256_file, sync_rename
from .model import Edits, StagedFile

# Times come from people as milliseconds and from files as fractions of a second.
_TOLERANCE = Fraction(1, 1000)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Cut:
    """Which video packets stay: from number `first` on, `count` of them, in file order.

    `begin` and `end` are seconds on the file's own clock, `origin` its first frame.
    """

    first: int
    count: int
    origin: Fraction
    begin: Fraction
    end: Fraction
    whole: bool  # nothing of the video is left out


def stage(clip: Clip, edits: Edits, folder: Path) -> StagedFile:
    """Write the file into `folder` (mode 0700, made when missing).

    Blocking; run on a thread. Re-hashes the stored clip: `SharingError("clip_changed")`
    when it differs from its digest at close, or is gone. The untouched file when there
    is nothing to leave out; else a stream copy, beginning at the first keyframe at or
    after `start` (never earlier than the person chose) and ending with the last frame
    at or before `end`, without sound unless `audio`, without metadata.
    `SharingError("nothing_left")` when no frame remains, `disk_full`.
    """
    private_folder(folder)
    target = folder / f"{secrets.token_hex(16)}.mp4"
    keep_audio = edits.audio and clip.audio_codec is not None
    if not _cuts(edits) and (keep_audio or clip.audio_codec is None):
        return _untouched(clip, target)
    _check_digest(clip, clip.path)
    try:
        with _open(clip.path) as source:
            cut = _find_cut(source, edits)
    except av.error.InvalidDataError as err:
        raise SharingError("nothing_left") from err
    if cut.whole and (keep_audio or clip.audio_codec is None):
        return _untouched(clip, target)
    with part_of(target) as part:
        _copy_streams(clip.path, part, cut, keep_audio=keep_audio)
        part.chmod(0o600)
        sync_rename(part, target)
    return StagedFile(
        path=target,
        sha256=sha256_file(target),
        size=target.stat().st_size,
        derived=True,
        started_at=clip.started_at + _delta(cut.begin - cut.origin),
        ended_at=clip.started_at + _delta(cut.end - cut.origin),
        audio=keep_audio,
    )


def clear(folder: Path) -> int:
    """Remove what an earlier run left in the staging folder; returns how many files."""
    if not folder.is_dir():
        return 0
    left = [path for path in folder.iterdir() if path.is_file() or path.is_symlink()]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _cuts(edits: Edits) -> bool:
    for edge in (edits.start, edits.end):
        if edge is not None and not math.isfinite(edge):
            raise SharingError("nothing_left")
    return bool(edits.start and edits.start > 0) or edits.end is not None


def _delta(seconds: Fraction) -> timedelta:
    return timedelta(microseconds=round(seconds * 1_000_000))


def _check_digest(clip: Clip, path: Path) -> None:
    try:
        found = sha256_file(path)
    except OSError as err:
        raise SharingError("clip_changed") from err
    if found != clip.sha256:
        raise SharingError("clip_changed")


def _untouched(clip: Clip, target: Path) -> StagedFile:
    """Copy byte for byte (sharing the blocks where the file system can), then hash."""
    with part_of(target) as part:
        if not clip.path.is_file():
            raise SharingError("clip_changed")
        clip.path.copy(part)
        part.chmod(0o600)
        _check_digest(clip, part)
        sync_rename(part, target)
    return StagedFile(
        path=target,
        sha256=clip.sha256,
        size=target.stat().st_size,
        derived=False,
        started_at=clip.started_at,
        ended_at=clip.ended_at,
        audio=clip.audio_codec is not None,
    )


def _open(path: Path) -> InputContainer:
    return av.open(str(path), format="mp4", options={"protocol_whitelist": "file"})


def _find_cut(source: InputContainer, edits: Edits) -> _Cut:
    """Choose the packets, in the order of the file.

    From a keyframe on, without the frames that are shown before it (they refer to the
    group before); up to the first packet shown after the end. Whatever is left refers
    only to what is left.
    """
    if not source.streams.video:
        raise SharingError("nothing_left")
    stream = source.streams.video[0]
    shown: list[tuple[Fraction, Fraction, bool]] = []
    for packet in source.demux(stream):
        if packet.pts is None or packet.time_base is None:
            continue  # the flush at the end
        at = packet.pts * packet.time_base
        length = (packet.duration or 0) * packet.time_base
        shown.append((at, length, packet.is_keyframe))
    if not shown:
        raise SharingError("nothing_left")
    origin = min(at for at, _, _ in shown)
    start = origin + Fraction(edits.start or 0) - _TOLERANCE
    end = None if edits.end is None else origin + Fraction(edits.end) + _TOLERANCE
    first = next(
        (n for n, (at, _, key) in enumerate(shown) if key and at >= start), None
    )
    if first is None:
        raise SharingError("nothing_left")
    begin = shown[first][0]
    kept = []
    for at, length, _ in shown[first:]:
        if end is not None and at > end:
            break
        kept.append((at, length))
    kept_shown = [(at, length) for at, length in kept if at >= begin]
    if not kept_shown:
        raise SharingError("nothing_left")
    return _Cut(
        first=first,
        count=len(kept),
        origin=origin,
        begin=begin,
        end=max(at + length for at, length in kept_shown),
        whole=len(kept_shown) == len(shown),
    )


def _copy_streams(path: Path, part: Path, cut: _Cut, *, keep_audio: bool) -> None:
    """Copy packets, not pictures; nothing of the old file's metadata goes along."""
    with (
        _open(path) as source,
        # bitexact: no name and version of the muxer, no time of making
        av.open(str(part), "w", format="mp4", options={"fflags": "+bitexact"}) as copy,
    ):
        video = source.streams.video[0]
        audio = source.streams.audio[0] if keep_audio else None
        outputs: dict[Stream, VideoStream | AudioStream] = {
            video: copy.add_stream_from_template(video, opaque=True)
        }
        if audio is not None:
            outputs[audio] = copy.add_stream_from_template(audio, opaque=True)
        for output in outputs.values():
            output.metadata.clear()
        copy.metadata.clear()
        number = -1
        for packet in source.demux(list(outputs)):
            if packet.pts is None or packet.time_base is None:
                continue
            at = packet.pts * packet.time_base
            if packet.stream is video:
                number += 1
                if not cut.first <= number < cut.first + cut.count or at < cut.begin:
                    continue
            elif at < cut.begin or (
                at + (packet.duration or 0) * packet.time_base > cut.end + _TOLERANCE
            ):
                continue
            shift = round(cut.begin / packet.time_base)
            packet.pts -= shift
            if packet.dts is not None:
                packet.dts -= shift
            packet.stream = outputs[packet.stream]
            copy.mux(packet)
