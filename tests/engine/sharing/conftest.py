"""What the tests of sharing have in common: one real clip."""

from pathlib import Path
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from tests import videos as media

from .evidence import make_clip


@pytest.fixture(scope="session")
def scene() -> Path:
    """Give 64 seconds of H.264 and AAC, a keyframe each second, frames numbered."""
    return media.make(media.SMALL).path


@pytest.fixture(scope="session")
def clip(scene: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Give a saved clip of 8 seconds with sound; not to be changed."""
    path = tmp_path_factory.mktemp("clips") / "clip.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(scene), "-t", "8", "-c", "copy"]
    command += ["-metadata", "comment=planted comment", str(path)]
    subprocess.run(command, check=True, timeout=60)
    return make_clip(path)
