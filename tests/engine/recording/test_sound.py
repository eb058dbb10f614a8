"""Test that sound of every supported format stays in sync with the picture."""

import logging
from pathlib import Path

import av
import numpy as np
import pytest

from custom_components.doorwatch.engine.recording.sound import choose_sound
from tests import videos as media
from tests.engine.recording.studio import lengths
from tests.rtsp.check import check_clip

from .studio import Packets, Studio, assert_in_a_row, ffmpeg, offsets, studio

__all__ = ["studio"]

# Maximum offset (seconds) between sound and picture. Tones are detected with an accuracy of 1 ms,
# and start up to 1 ms after the flash in the scene itself.
IN_STEP = 0.005

KINDS = {
    "pcm_alaw": ("-ar", 8000),
    "pcm_mulaw": ("-ar", 8000),
    "g726": ("-c:a", "g726", "-ar", 8000, "-b:a", "32k"),
    "pcm_s16le": ("-ar", 16000),
    "pcm_s16be": ("-ar", 44100, "-ac", 2),
    "libopus": ("-ar", 48000, "-b:a", "64k"),
    "mp2": ("-ar", 48000, "-b:a", "192k"),
    "libmp3lame": ("-ar", 44100, "-b:a", "64k"),
    "ac3": (
        "-ar",
        48000,
    ),
}


def with_sound(kind: str, path: Path, seconds: float = 14) -> Path:
    """Make a stream with sound of this kind."""
    source = media.make(media.SMALL).path
    sound = ("-c:v", "copy", "-c:a", kind, *KINDS.get(kind, ()))
    ffmpeg("-i", source, "-t", seconds, *sound, path)
    return path


def is_sound(packet: av.Packet[av.stream.Stream]) -> bool:
    return packet.stream.type == "audio"


def seconds_of(packet: av.Packet[av.stream.Stream]) -> float:
    assert packet.pts is not None and packet.time_base is not None
    return float(packet.pts * packet.time_base)


@pytest.mark.parametrize("kind", KINDS)
def test_other_sound_becomes_aac_in_step(
    studio: Studio, tmp_path: Path, kind: str
) -> None:
    """Each part is in sync from its beginning to its end."""
    stream = with_sound(kind, tmp_path / "scene.mkv")
    clips = studio.play(stream, longest=4, end=11)
    assert len(clips) >= 3
    assert_in_a_row(clips)
    for clip in clips:
        assert clip.audio_codec == "aac"
        with av.open(clip.path) as container:
            assert container.streams.audio[0].codec_context.name == "aac"
            assert container.streams.audio[0].rate >= 16000
        pictures, sound = lengths(clip)
        assert abs(pictures - sound) < 0.07
    found = offsets(clips)
    assert len(found) >= 6
    slack = 0.008 if kind == "libopus" else IN_STEP
    assert max(map(abs, found)) < slack


@pytest.mark.parametrize("kind", ["pcm_alaw", "aac"])
@pytest.mark.parametrize("hole", [0.3, 4.0])
def test_hole_in_the_sound_is_filled(
    studio: Studio, tmp_path: Path, kind: str, hole: float
) -> None:
    """Later sound stays in sync, and players do not stop at the gap."""

    def edit(packets: Packets) -> Packets:
        return [
            p
            for p in packets
            if not is_sound(p) or not 4.5 < seconds_of(p) < 4.5 + hole
        ]

    stream = with_sound(kind, tmp_path / "scene.mkv")
    [clip] = studio.play(stream, edit=edit, end=11)
    assert_in_a_row([clip])
    facts = check_clip(clip.path)
    near = [each for each in facts.sound_offsets if abs(each) < 0.02]
    assert len(near) >= 5
    assert len(facts.sound_offsets) - len(near) <= hole + 1
    with av.open(clip.path) as container:
        audio = container.streams.audio[0]
        times = [
            p.pts * p.time_base for p in container.demux(audio) if p.pts is not None
        ]
    steps = np.diff([float(time) for time in times])
    assert max(steps) < 0.2


@pytest.mark.parametrize("kind", ["pcm_alaw", "aac", "mp2"])
def test_sound_that_starts_late_is_in_the_clip(
    studio: Studio, tmp_path: Path, kind: str
) -> None:
    def edit(packets: Packets) -> Packets:
        return [p for p in packets if not is_sound(p) or seconds_of(p) > 6.5]

    stream = with_sound(kind, tmp_path / "scene.mkv")
    [clip] = studio.play(stream, edit=edit, end=11)
    assert_in_a_row([clip])
    assert clip.audio_codec == "aac"
    facts = check_clip(clip.path)
    near = [each for each in facts.sound_offsets if abs(each) < 0.02]
    assert len(near) >= 4
    pictures, sound = lengths(clip)
    assert abs(pictures - sound) < 0.2


def test_sound_that_never_comes_keeps_no_clip(studio: Studio, tmp_path: Path) -> None:
    """The doorbell announces sound but sends none."""
    stream = with_sound("pcm_alaw", tmp_path / "scene.mkv")
    [clip] = studio.play(
        stream, edit=lambda packets: [p for p in packets if not is_sound(p)], end=11
    )
    assert_in_a_row([clip])


def test_stamps_that_tremble_leave_the_sound_whole(
    studio: Studio, tmp_path: Path
) -> None:
    """Cameras set the time stamps when they send the sound, so they vary."""
    random = np.random.default_rng(1)

    def edit(packets: Packets) -> Packets:
        for packet in packets:
            if is_sound(packet) and packet.pts is not None:
                packet.pts += int(random.integers(-15, 16))
        return packets

    stream = with_sound("pcm_alaw", tmp_path / "scene.mkv")
    [clip] = studio.play(stream, edit=edit, end=11)
    found = offsets([clip])
    assert len(found) >= 6
    assert np.median(np.abs(found)) < 0.012
    assert max(map(abs, found)) < 0.02


def test_sound_that_drifts_is_brought_back(studio: Studio, tmp_path: Path) -> None:
    """The camera's sound clock runs slower than its time stamps say."""

    def edit(packets: Packets) -> Packets:
        first = next(seconds_of(p) for p in packets if is_sound(p))
        for packet in packets:
            if packet.pts is not None and not is_sound(packet):
                # The picture's clock, and with it the time stamps of the sound, runs 0.4 % fast.
                packet.pts = packet.dts = round(packet.pts * 1.004)
            elif packet.pts is not None:
                packet.pts = round(
                    (first + (seconds_of(packet) - first) * 1.004) * 1000
                )
        return packets

    stream = with_sound("pcm_alaw", tmp_path / "scene.mkv")
    [clip] = studio.play(stream, edit=edit, end=11)
    found = offsets([clip])
    assert len(found) >= 6
    assert max(map(abs, found)) < 0.012


def test_sound_that_cannot_be_decoded_is_told_once(
    studio: Studio, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The clip continues without sound."""

    def edit(packets: Packets) -> Packets:
        for packet in packets:
            if is_sound(packet):
                packet.update(bytes([255]) * packet.size)
        return packets

    stream = with_sound("ac3", tmp_path / "scene.mkv")
    clips = studio.play(stream, edit=edit, longest=4, end=11)
    assert_in_a_row(clips)
    assert len(clips) >= 3
    told = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(told) == 1
    assert "ac3" in told[0].getMessage()


def test_aac_is_chosen_over_other_sound(tmp_path: Path) -> None:
    """AAC is copied, so it is preferred to sound that must be converted."""
    path = tmp_path / "both.mkv"
    source = media.make(media.SMALL).path
    codecs = ("-c:a:0", "pcm_alaw", "-ar:a:0", "8000", "-c:a:1", "aac")
    maps = ("-map", "0:v", "-map", "0:a", "-map", "0:a")
    ffmpeg("-i", source, "-t", 3, *maps, "-c:v", "copy", *codecs, path)
    with av.open(path) as container:
        chosen = choose_sound(container.streams.audio)
        assert chosen is container.streams.audio[1]
        assert choose_sound(container.streams.audio[:1]) is container.streams.audio[0]
        assert choose_sound([]) is None
