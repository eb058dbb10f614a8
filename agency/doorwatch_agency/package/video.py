"""Check that the video of a package is a video."""

from dataclasses import dataclass
import json
from pathlib import Path
import shutil
import subprocess

from ..errors import AgencyError
from .findings import Finding

_STILL_WIDTH = 640


@dataclass(frozen=True, kw_only=True)
class Video:
    """Properties that ffprobe measured."""

    seconds: float
    width: int
    height: int
    audio: bool


@dataclass(frozen=True, kw_only=True)
class Still:
    """An image of a video."""

    second: float
    jpeg: bytes


def measure_video(clip: Path) -> Video | None:
    """Measure with ffprobe; raise if that fails, return None if it is not installed."""
    program = shutil.which("ffprobe")
    if program is None:
        return None
    command = [program, "-v", "error", "-protocol_whitelist", "file"]
    command += ["-f", "mp4", "-of", "json", "-show_entries"]
    command += ["stream=codec_type,width,height:format=duration"]
    command += [str(clip)]
    try:
        result = subprocess.run(command, capture_output=True, timeout=120, check=True)
        found = json.loads(result.stdout)
        streams = {stream["codec_type"]: stream for stream in found["streams"]}
        seconds = float(found["format"]["duration"])
        image = streams.get("video")
        size = (int(image["width"]), int(image["height"])) if image else None
    except (subprocess.SubprocessError, ValueError, KeyError, TypeError) as err:
        raise AgencyError("ffprobe cannot read the video") from err
    if size is None:
        raise AgencyError("the file has no video track")
    return Video(
        seconds=seconds, width=size[0], height=size[1], audio="audio" in streams
    )


def take_still(clip: Path, video: Video) -> Still | None:
    """Extract an image from the middle with ffmpeg, or None if that is not possible."""
    program, second = shutil.which("ffmpeg"), video.seconds / 2
    if program is None:
        return None
    command = [program, "-v", "error", "-nostdin", "-protocol_whitelist", "file"]
    command += ["-f", "mp4", "-ss", f"{second:.3f}", "-i", str(clip), "-frames:v", "1"]
    command += ["-vf", f"scale='min({_STILL_WIDTH},iw)':-2", "-q:v", "5"]
    command += ["-f", "mjpeg", "pipe:1"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    except subprocess.SubprocessError:
        return None
    return Still(second=second, jpeg=done.stdout) if done.stdout else None


def describe_video(video: Video | None) -> Finding:
    """Describe the measured properties."""
    if video is None:
        return Finding(
            title="Video can be read",
            passed=None,
            says="Not checked: ffprobe is not installed.",
        )
    sound = "with" if video.audio else "without"
    return Finding(
        title="Video can be read",
        passed=True,
        says=f"ffprobe can read it: {video.seconds:.1f} s, {sound} audio.",
        not_proved="that every frame can be decoded, or what the video shows.",
    )
