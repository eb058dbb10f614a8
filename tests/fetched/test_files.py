"""A fetched file becomes a clip only if it is a complete video."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.fetched.scene import RingScene, put_index_first, stretched


@pytest.mark.parametrize(
    "content", [b"<html>gone</html>", b"#EXTM3U\nfile:///etc/passwd\n", b""]
)
async def test_what_is_no_mp4_is_no_clip(scene: RingScene, content: bytes) -> None:
    """The file is opened only as MP4, and it is deleted."""
    scene.videos.content = content
    await scene.comes("ding", 109)
    await scene.fails("recording_unreadable")

    assert await scene.has_nothing()
    assert scene.videos.asked == ["/new.mp4"]


async def test_what_breaks_off_is_fetched_again_and_is_one_clip(
    scene: RingScene, clip_file: Path, tmp_path: Path
) -> None:
    """The first half is playable, because the file begins with its index."""
    target = tmp_path / "index_first.mp4"
    await scene.hass.async_add_executor_job(put_index_first, clip_file, target)
    scene.videos.content = await scene.read(target)
    scene.videos.broken = 1
    await scene.comes("ding", 115)

    clip = await scene.clip()
    assert scene.videos.asked == ["/new.mp4", "/new.mp4"]
    assert await scene.read(clip.path) == scene.videos.content


async def test_a_recording_that_claims_to_last_for_hours_hides_no_event_after_it(
    scene: RingScene,
) -> None:
    """The recording ended before it was fetched, whatever duration it claims."""
    scene.videos.content = await scene.hass.async_add_executor_job(
        stretched, scene.videos.content, 20 * 60
    )
    await scene.happens("ding", 150)
    await scene.ready(150, "long")
    await scene.clip()

    scene.rings(timedelta(minutes=-1))
    await scene.waits()


async def test_a_recording_that_claims_to_last_for_ages_is_none(
    scene: RingScene, caplog: pytest.LogCaptureFixture
) -> None:
    """The claimed end is beyond the largest date; the next recording is fetched."""
    right = scene.videos.content
    scene.videos.content = await scene.hass.async_add_executor_job(
        stretched, right, 2**31 - 1
    )
    await scene.happens("ding", 151)
    await scene.ready(151, "ages")
    await scene.fails("recording_unreadable")
    assert scene.told("waiting") == 0
    assert scene.videos.asked == ["/ages.mp4"]

    scene.videos.content = right
    await scene.comes("ding", 152)
    await scene.clip()
