"""Whether the video of a package is one."""

import json
from pathlib import Path
import shutil
import subprocess

from ..errors import AgencyError
from .findings import Finding


def look_at_video(clip: Path) -> Finding:
    """Let ffprobe read it; `AgencyError` when that fails."""
    program = shutil.which("ffprobe")
    if program is None:
        return Finding(
            title="Video can be read",
            passed=None,
            says="Not checked: ffprobe is not installed.",
        )
    command = [program, "-v", "error", "-protocol_whitelist", "file"]
    command += ["-f", "mp4", "-of", "json", "-show_entries"]
    command += ["stream=codec_type,codec_name:format=duration"]
    command += [str(clip)]
    try:
        result = subprocess.run(command, capture_output=True, timeout=120, check=True)
        found = json.loads(result.stdout)
        kinds = [stream["codec_type"] for stream in found["streams"]]
        seconds = float(found["format"]["duration"])
    except (subprocess.SubprocessError, ValueError, KeyError) as err:
        raise AgencyError("ffprobe cannot read the video") from err
    if "video" not in kinds:
        raise AgencyError("the file has no video track")
    sound = "with" if "audio" in kinds else "without"
    return Finding(
        title="Video can be read",
        passed=True,
        says=f"ffprobe can read it: {seconds:.1f} s, {sound} audio.",
        not_proved="that every frame can be decoded, or what the video shows.",
    )
