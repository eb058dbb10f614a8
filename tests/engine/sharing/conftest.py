"""Fixtures of the sharing tests."""

from pathlib import Path
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from tests import videos as media

from .evidence import make_clip


@pytest.fixture(scope="session")
def scene() -> Path:
    """Return 64 seconds of H.264 and AAC with a keyframe each second and numbered frames."""
    return media.make(media.SMALL).path


@pytest.fixture(scope="session")
def clip(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Return a saved clip of 8 seconds with sound; tests must not change it."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(scene), "-t", "8", "-c", "copy"]
    command += ["-metadata", "comment=planted comment", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return make_clip(path)
