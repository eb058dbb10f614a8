"""A home is upgraded from the last release, and going back damages nothing."""

from pathlib import Path

import pytest

from scripts.upgrade_home import upgrade
from scripts.upgrade_scene import NotHereError, last_release, take_out


@pytest.mark.timeout(600)
async def test_a_home_made_before_is_whole_and_what_a_newer_one_made_is_left_alone(
    tmp_path: Path, socket_enabled: None
) -> None:
    # A shallow clone doesn't contain the last release, which must fail the test.
    assert await upgrade(last_release(), tmp_path, forked=True) == []


def test_a_clone_without_the_revision_says_how_to_fetch_it(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match="git fetch"):
        take_out("0" * 40, tmp_path)
