"""Test that files are read without following links."""

from pathlib import Path

from custom_components.doorwatch.engine.clips.files.plain import read_plain_file


def test_a_file_is_read(tmp_path: Path) -> None:
    """The content of a regular file is returned."""
    file = tmp_path / "still.webp"
    file.write_bytes(b"still")
    assert read_plain_file(file, tmp_path) == b"still"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Neither a link in the place of the file nor one in the place of its folder."""
    secret = tmp_path / "secrets" / "key"
    secret.parent.mkdir()
    secret.write_bytes(b"secret")
    clips = tmp_path / "clips"
    clips.mkdir()
    (clips / "key").symlink_to(secret)
    (clips / "day").symlink_to(secret.parent)
    assert read_plain_file(clips / "key", clips) is None
    assert read_plain_file(clips / "day" / "key", clips) is None


def test_a_file_that_cannot_be_read_has_no_content(tmp_path: Path) -> None:
    """A missing file and a read error give None."""
    assert read_plain_file(tmp_path / "missing.webp", tmp_path) is None
    process = Path("/proc/self")
    assert read_plain_file(process / "mem", process) is None  # a read error for root
