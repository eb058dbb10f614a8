"""Provide a clip that not every browser can play."""

from pathlib import Path
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from tests import videos as media
from tests.sharing_fixtures import CLIP_SECONDS, Home

HEVC_ID = "0199c0de-0000-7000-8000-000000000265"


@pytest.fixture
async def hevc_clip(home: Home, tmp_path: Path) -> Clip:
    """Put an H.265 clip into the library."""

    file = tmp_path / "hevc.mp4"

    def make() -> None:
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-i", str(media.make(media.HEVC).path)),
                *("-t", str(CLIP_SECONDS), "-c", "copy", "-tag:v", "hvc1", str(file)),
            ],
            check=True,
            timeout=60,
        )

    await home.hass.async_add_executor_job(make)
    return await home.save(home.front, HEVC_ID, 2, video=file, video_codec="hevc")
