"""A home of the last release upgrades, and goes back to nothing that it could spoil."""

from pathlib import Path

import pytest

from scripts.upgrade_home import upgrade
from scripts.upgrade_scene import NotHereError, last_release, take_out


@pytest.mark.timeout(600)
async def test_a_home_made_before_is_whole_and_what_a_newer_one_made_is_left_alone(
    tmp_path: Path, socket_enabled: None
) -> None:
    # Where the history is cut off there is nothing to make it with: that is no pass.
    assert await upgrade(last_release(), tmp_path) == []


def test_a_clone_without_the_revision_says_how_to_fetch_it(tmp_path: Path) -> None:
    with pytest.raises(NotHereError, match="git fetch"):
        take_out("0" * 40, tmp_path)
