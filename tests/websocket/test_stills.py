"""Test the commands for the pictures to select a part of a clip."""

from base64 import b64decode
import io
from pathlib import Path

import numpy as np
from PIL import Image
import pytest

from custom_components.doorwatch.engine.clips.video.loudness import LEVELS
from tests import videos as media
from tests.sharing_fixtures import CLIP_SECONDS, Home, Message, allow, command


def number(still: Message) -> int | None:
    """Return the number of the frame in a still."""
    head, data = still["picture"].split(",")
    assert head == "data:image/jpeg;base64"
    picture = Image.open(io.BytesIO(b64decode(data))).convert("L")
    return media.read_code(np.asarray(picture))


def files(home: Home) -> list[Path]:
    """Return all files of the library."""
    folder: Path = home.data.library.folder
    return sorted(folder.rglob("*"))


async def test_strip_and_still_are_in_the_answer_and_nowhere_else(home: Home) -> None:
    """No file is written."""
    client = await home.connect()
    before = await home.hass.async_add_executor_job(files, home)

    strip = await command(
        client, type="doorwatch/clips/strip", clip_id=home.clip.clip_id
    )
    still = await command(
        client, type="doorwatch/clips/still", clip_id=home.clip.clip_id, at=2.5
    )

    assert strip["result"]["keyframes"] == [0, 1, 2, 3]
    assert strip["result"]["length"] == pytest.approx(CLIP_SECONDS, abs=0.01)
    assert [each["at"] for each in strip["result"]["stills"]] == [0, 1, 2, 3]
    assert number(still["result"]) == 37
    assert still["result"]["at"] == pytest.approx(37 / media.FPS, abs=0.001)
    assert await home.hass.async_add_executor_job(files, home) == before


@pytest.mark.parametrize(
    "asked",
    [
        {"type": "doorwatch/clips/strip"},
        {"type": "doorwatch/clips/still", "at": 1},
        {"type": "doorwatch/clips/loudness"},
    ],
)
async def test_pictures_are_for_those_who_may_see_the_camera(
    home: Home, asked: Message
) -> None:
    """A hidden clip looks unknown."""
    user = await home.user(read=[home.front])
    client = await home.connect_as(user)
    own = {**asked, "clip_id": home.clip.clip_id}
    assert (await command(client, **own))["success"]

    hidden = await command(client, **asked, clip_id=home.back_clip.clip_id)
    unknown = await command(client, **asked, clip_id="nothing")
    allow(user, {})
    taken = await command(client, **own)

    assert hidden["error"]["code"] == "clip_unknown"
    assert hidden["error"] == unknown["error"] == taken["error"]


async def test_file_that_is_a_link_or_no_video_shows_nothing(
    home: Home, tmp_path: Path
) -> None:
    """An add-on may be able to write to the clip folder."""
    client = await home.connect()
    path: Path = home.clip.path

    def replace_by_link() -> None:
        elsewhere = tmp_path / "elsewhere.mp4"
        elsewhere.write_bytes(path.read_bytes())
        path.unlink()
        path.symlink_to(elsewhere)

    def replace_by_text() -> None:
        path.unlink()
        path.write_text("no video")

    for change in (replace_by_link, replace_by_text):
        await home.hass.async_add_executor_job(change)
        answer = await command(
            client, type="doorwatch/clips/strip", clip_id=home.clip.clip_id
        )
        assert answer["error"]["code"] == "no_picture"


async def test_loudness_of_a_clip_is_drawn_from_few_numbers(home: Home) -> None:
    """The numbers are between 0 and 1."""
    client = await home.connect()
    answer = await command(
        client, type="doorwatch/clips/loudness", clip_id=home.clip.clip_id
    )
    levels = answer["result"]["levels"]
    assert len(levels) == LEVELS
    assert all(0 <= level <= 1 for level in levels)


@pytest.mark.parametrize("at", [-1, "1", None, 1e9])
async def test_time_that_is_none_is_refused(home: Home, at: object) -> None:
    """The schema refuses it."""
    client = await home.connect()
    answer = await command(
        client, type="doorwatch/clips/still", clip_id=home.clip.clip_id, at=at
    )
    assert answer["error"]["code"] == "invalid_format"
