"""Test that files are private and written atomically."""

import errno
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.doorwatch.engine.sharing import files
from custom_components.doorwatch.engine.sharing.errors import SharingError


def test_a_folder_becomes_private_whatever_it_was(tmp_path: Path) -> None:
    """Another program may have created it."""
    folder = tmp_path / "one" / "two"
    files.private_folder(folder)
    folder.chmod(0o755)

    files.private_folder(folder)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_file_is_private_and_replaces_the_one_before(tmp_path: Path) -> None:
    """A temporary file that remained after a crash is overwritten."""
    target = tmp_path / "key"
    (tmp_path / ".key.part").write_bytes(b"half")
    for data in (b"one", b"two"):
        files.write_private(target, data)
        assert target.read_bytes() == data

    assert target.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OSError(errno.ENOSPC, "full"), SharingError),
        (OSError(errno.EDQUOT, "quota"), SharingError),
        (OSError(errno.EIO, "broken"), OSError),
    ],
)
def test_what_fails_leaves_the_file_before(
    tmp_path: Path, error: OSError, kind: type[Exception]
) -> None:
    """No part of the new file remains, and a full disk raises its own error."""
    target = tmp_path / "key"
    files.write_private(target, b"one")

    with patch.object(files, "sync_file", side_effect=error), pytest.raises(kind):
        files.write_private(target, b"two")

    assert target.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [target]
