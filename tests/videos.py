"""Media for tests and benchmarks, made once with FFmpeg and kept in `.cache/media`.

Every frame of a doorbell scene has its number as a bar code, with the inverse below it, so
that a test knows which frames a clip contains. At each full second, a square flashes for two
frames while a tone sounds, so that a test can measure the offset of audio and video. There is
no flash at the start, because AAC frames span the loop point. A scene loops after `LOOP`
seconds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
import fcntl
import hashlib
import json
from pathlib import Path
import shutil
import struct
import subprocess
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

from tests.repository import ROOT

CACHE: Final = ROOT / ".cache" / "media"

FPS: Final = 15
LOOP: Final = 32  # seconds; a whole number of video and AAC frames
FRAMES: Final = FPS * LOOP
RATE: Final = 16000
BITS: Final = 11
FLASH_FRAMES: Final = 2

# Increase this when the drawing changes, so that old files in the cache are ignored.
_VERSION: Final = 6

type Luma = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """The parameters of a scene. `gop` is the number of frames from keyframe to keyframe."""

    width: int
    height: int
    bitrate: int
    gop: int
    codec: str = "libx264"
    flags: tuple[str, ...] = ("-bf", "0")


FULL: Final = Scene(width=1920, height=1080, bitrate=3_000_000, gop=30)
SMALL: Final = Scene(width=640, height=360, bitrate=400_000, gop=15)
HEVC: Final = Scene(
    width=640,
    height=360,
    bitrate=400_000,
    gop=15,
    codec="libx265",
    flags=("-tag:v", "hvc1", "-x265-params", "log-level=error:bframes=0:scenecut=0"),
)

# B-frames in closed groups of pictures.
REORDERED: Final = replace(SMALL, flags=("-bf", "2"))
# Groups of pictures that begin with frames that refer to the previous group.
OPEN: Final = replace(
    SMALL, flags=("-bf", "3", "-x264-params", "open-gop=1:b-adapt=0:b-pyramid=none")
)
HEVC_OPEN: Final = replace(
    HEVC,
    flags=(
        *("-tag:v", "hvc1", "-x265-params"),
        "log-level=error:bframes=3:b-adapt=0:open-gop=1:scenecut=0",
    ),
)
# Groups of pictures that begin with frames that are shown before the keyframe and refer
# only to it.
HEVC_LEADING: Final = replace(
    HEVC,
    flags=(
        *("-tag:v", "hvc1", "-x265-params"),
        "log-level=error:bframes=3:b-adapt=0:open-gop=0:radl=2:scenecut=0",
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """A scene as MP4, and as packets for the RTSP server, which has no PyAV."""

    scene: Scene = field(repr=False)
    path: Path
    packets: Path


def make(scene: Scene) -> Media:
    """Return a scene, and make it first if it isn't in the cache."""
    described = json.dumps([_VERSION, asdict(scene)], sort_keys=True)
    digest = hashlib.sha256(described.encode()).hexdigest()[:16]
    folder = CACHE / f"{scene.codec}-{scene.width}x{scene.height}-{digest}"
    media = Media(
        scene=scene, path=folder / "scene.mp4", packets=folder / "scene.packets"
    )
    with _lock(digest):
        if not folder.exists():
            making = folder.with_suffix(".making")
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            _encode(scene, making / media.path.name)
            _dump_packets(making / media.path.name, making / media.packets.name)
            making.rename(folder)
    return media


def draw_code(luma: Luma, number: int) -> None:
    """Draw a frame number and its inverse into the top left corner."""
    size = luma.shape[1] // 48
    for bit in range(BITS):
        left = size * (bit + 1)
        on = number >> bit & 1
        luma[size : 2 * size, left : left + size] = 225 if on else 25
        luma[2 * size : 3 * size, left : left + size] = 25 if on else 225


def read_code(luma: Luma) -> int | None:
    """Read a frame number; return None if code and inverse disagree, as in a damaged frame."""
    size = luma.shape[1] // 48
    edge = max(1, size // 4)
    number = 0
    for bit in range(BITS):
        left = size * (bit + 1)
        inner = slice(left + edge, left + size - edge)
        upper = luma[size + edge : 2 * size - edge, inner].mean() > 125
        lower = luma[2 * size + edge : 3 * size - edge, inner].mean() > 125
        if upper == lower:
            return None
        number |= int(upper) << bit
    return number


def flash_area(luma: Luma) -> Luma:
    """Return the area that flashes at each full second."""
    size = luma.shape[1] // 48
    return luma[size : 3 * size, -3 * size : -size]


@contextmanager
def _lock(name: str) -> Iterator[None]:
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _pictures(scene: Scene) -> Iterator[bytes]:
    random = np.random.default_rng(1)
    height, width = scene.height, scene.width
    across = np.linspace(60, 180, width)[None, :]
    down = 30 * np.sin(np.linspace(0, 9, height))[:, None]
    texture = random.normal(0, 12, (height // 8, width // 8)).repeat(8, 0).repeat(8, 1)
    ground = np.clip(across + down + texture, 20, 230)
    noise = [random.normal(0, 2, (height, width)) for _ in range(4)]
    colour = np.full(height * width // 2, 128, np.uint8).tobytes()
    for number in range(FRAMES):
        luma = np.clip(ground + noise[number % 4], 16, 235).astype(np.uint8)
        # A visitor crosses the picture every 16 seconds.
        left = int((number % (16 * FPS)) / (16 * FPS) * width * 0.9)
        luma[height // 2 : -height // 16, left : left + width // 12] = 60
        draw_code(luma, number)
        lit = number >= FPS and number % FPS < FLASH_FRAMES
        flash_area(luma)[:] = 235 if lit else 16
        yield luma.tobytes() + colour


def _sound() -> bytes:
    time = np.arange(LOOP * RATE) / RATE
    on = (time >= 1) & (time % 1 < FLASH_FRAMES / FPS)
    tone = 0.3 * np.sin(2 * np.pi * 1000 * time) * on
    hiss = np.random.default_rng(2).normal(0, 0.002, time.shape)
    return bytes((tone + hiss).astype("<f4").tobytes())


def _encode(scene: Scene, path: Path) -> None:
    sound = path.with_suffix(".f32")
    sound.write_bytes(_sound())
    size, rate, gop = (
        f"{scene.width}x{scene.height}",
        str(scene.bitrate),
        str(scene.gop),
    )
    preset = "ultrafast" if scene.codec == "libx265" else "veryfast"
    command = (
        *("ffmpeg", "-y", "-v", "error"),
        *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", size, "-r", str(FPS)),
        *("-i", "-", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", str(sound)),
        *("-map", "0:v", "-map", "1:a", "-c:v", scene.codec, "-preset", preset),
        *("-g", gop, "-keyint_min", gop, "-sc_threshold", "0", *scene.flags),
        *("-b:v", rate, "-maxrate", rate, "-bufsize", rate),
        *("-c:a", "aac", "-b:a", "48k", str(path)),
    )
    with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        for picture in _pictures(scene):
            ffmpeg.stdin.write(picture)
    assert ffmpeg.returncode == 0
    sound.unlink()


def _dump_packets(path: Path, target: Path) -> None:
    """Write a JSON line, then time, kind, length and bytes of each packet.

    If the stream has B-frames, "reordered" is true in the JSON line, and the bytes of each
    packet begin with the delay of its display in seconds.
    """
    packets: list[tuple[float, int, bytes]] = []
    later: dict[bytes, float] = {}
    with av.open(path) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        head = {
            "loop": LOOP,
            "fps": FPS,
            "width": video.width,
            "height": video.height,
            "parameters": bytes(video.codec_context.extradata or b"").hex(),
            "rate": audio.rate,
            # The AudioSpecificConfig without the extension for SBR.
            "config": bytes(audio.codec_context.extradata or b"")[:2].hex(),
        }
        first: int | None = None
        for packet in container.demux([video, audio]):
            if packet.pts is None:
                continue
            time = float(packet.pts * packet.time_base)
            if packet.stream_index == video.index and packet.dts is not None:
                # Measure from the delay of the first frame, so that its own is 0.
                first = packet.pts - packet.dts if first is None else first
                wait = float((packet.pts - packet.dts - first) * packet.time_base)
                if wait:
                    later[bytes(packet)] = wait
                time -= wait
            # Skip the priming packets of the AAC encoder and the end, which are outside
            # the loop.
            if 0 <= time < LOOP - 1e-6:
                packets.append((time, packet.stream_index, bytes(packet)))
    packets.sort(key=lambda packet: packet[:2])
    head["reordered"] = bool(later)
    with target.open("wb") as file:
        file.write(json.dumps(head).encode() + b"\n")
        for time, kind, data in packets:
            if later:
                data = struct.pack(">d", later.get(data, 0.0)) + data
            file.write(struct.pack(">dBI", time, kind, len(data)) + data)
