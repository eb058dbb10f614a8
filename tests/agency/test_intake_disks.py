"""On a full or read-only disk, homes are asked to retry, and nothing is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
import http.client
import os
from pathlib import Path
import subprocess

from tests import waiting
from tests.disks import fill, mounted
from tests.engine.sharing.evidence import SHARE_ID

from .office import Office

CONTENT = os.urandom(256 * 1024)
OTHER = "o" * 32


@contextmanager
def _on_a_disk(tmp_path: Path, options: str) -> Iterator[Office]:
    """Return an office whose inbox is on a separate small disk."""
    office = Office(tmp_path / "office")
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk, options) as there:
        assert there, "conftest.py tried it"
        office.intake.inbox = disk / "inbox"
        with office.intake:
            yield office


def _sent(office: Office, content: bytes, offset: int) -> int | None:
    """Send bytes; return None if the answer was lost with the connection."""
    try:
        return office.patch(content[offset:], offset)
    except OSError:
        return None


def _offset(office: Office) -> tuple[int, int]:
    """Return the offset of the upload as a home asks for it."""
    connection = http.client.HTTPConnection("127.0.0.1", office.intake.port, 60)
    connection.request(
        "HEAD", f"/uploads/{SHARE_ID}", headers={"Tus-Resumable": "1.0.0"}
    )
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, int(response.headers.get("Upload-Offset", -1))


def test_a_disk_that_fills_up_in_the_middle(tmp_path: Path) -> None:
    """The stored bytes are kept, and the home continues when there is space."""
    with _on_a_disk(tmp_path, "1m") as office:
        assert office.create(len(CONTENT)) == 201
        assert office.patch(CONTENT[:1000]) == 204
        filler = fill(office.intake.inbox.parent)
        assert _sent(office, CONTENT, 1000) in (507, None)
        status, offset = _offset(office)
        assert status == 200
        assert 1000 <= offset < len(CONTENT)
        assert office.create(10, OTHER) == 507
        filler.unlink()
        assert office.patch(CONTENT[offset:], offset) == 204
        assert office.package.read_bytes() == CONTENT
        assert office.receipt()[0] == 200
        assert office.create(10, OTHER) == 201
    said = office.intake.said()
    assert f"error ENOSPC write ({SHARE_ID})" in said
    assert f"refused {OTHER} 507 not enough space" in said


def test_a_disk_that_is_full_when_the_last_byte_arrives(tmp_path: Path) -> None:
    """Without space for the record, the upload is not acknowledged."""
    with _on_a_disk(tmp_path, "1m") as office:
        assert office.create(len(CONTENT)) == 201
        assert office.patch(CONTENT[:-10]) == 204  # its last page has ten bytes left
        filler = fill(office.intake.inbox.parent)
        assert _sent(office, CONTENT, len(CONTENT) - 10) in (507, None)
        assert _offset(office)[0] == 507
        assert not office.package.exists()
        office.intake.kill()
        office.intake.start()
        assert _offset(office)[0] == 507
        filler.unlink()
        assert _offset(office) == (200, len(CONTENT))
        assert office.package.read_bytes() == CONTENT
        assert office.receipt()[0] == 200
    assert not list(office.intake.inbox.rglob("*.tmp"))


def test_a_withdrawal_that_cannot_be_noted_is_asked_again(tmp_path: Path) -> None:
    """The package is deleted only after the withdrawal is recorded."""
    with _on_a_disk(tmp_path, "1m") as office:
        office.upload(CONTENT)
        filler = fill(office.intake.inbox.parent)
        token = office.withdrawal(CONTENT)
        assert office.withdraw(token)[0] == 507
        assert office.package.exists()
        filler.unlink()
        assert office.withdraw(token)[0] == 200
        assert not office.package.exists()


def test_a_disk_without_room_for_more_files(tmp_path: Path) -> None:
    """The disk has free space but no free inodes."""
    with _on_a_disk(tmp_path, "1m,nr_inodes=20") as office:
        taken: list[Path] = []
        while True:
            path = office.intake.inbox.parent / f"file-{len(taken)}"
            try:
                path.touch()
            except OSError:
                break
            taken.append(path)
        assert office.create(len(CONTENT)) == 507
        assert not list((office.intake.inbox / ".incoming").iterdir())
        taken.pop().unlink()  # enough for the package, but not for its record
        assert office.create(len(CONTENT)) == 507
        assert not list((office.intake.inbox / ".incoming").iterdir())
        for path in taken:
            path.unlink()
        office.upload(CONTENT)
        assert office.package.read_bytes() == CONTENT
        office.intake.kill()
        office.intake.log.unlink()
        office.intake.start()
        few = "warning the disk has room for only "
        waiting.block_until(
            lambda: any(line.startswith(few) for line in office.intake.said())
        )


def _remount(folder: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", folder], check=True, timeout=30)


def test_a_disk_that_takes_no_changes_for_a_while(tmp_path: Path) -> None:
    """Linux remounts a disk read-only after errors."""
    with _on_a_disk(tmp_path, "1m") as office:
        disk = office.intake.inbox.parent
        office.upload(CONTENT)
        assert office.create(1000, OTHER) == 201
        _remount(disk, "ro")
        assert office.create(1000, "n" * 32) == 507
        assert office.patch(bytes(1000), 0, OTHER) in (507, None)
        assert office.receipt()[0] == 200
        token = office.withdrawal(CONTENT)
        assert office.withdraw(token)[0] == 507
        office.intake.kill()
        office.intake.start()
        warning = f"warning {office.intake.inbox} takes no changes (EROFS),"
        waiting.block_until(
            lambda: any(line.startswith(warning) for line in office.intake.said())
        )
        assert office.create(1000, "n" * 32) == 507
        assert office.receipt()[0] == 200
        _remount(disk, "rw")
        assert office.patch(bytes(1000), 0, OTHER) == 204
        assert office.withdraw(token)[0] == 200
        assert office.create(1000, "n" * 32) == 201


def test_says_of_no_share_that_it_is_unknown_while_the_disk_is_away(
    tmp_path: Path,
) -> None:
    """A home that gave up would otherwise be told that nothing of the share is left."""
    office = Office(tmp_path)
    inbox = office.intake.inbox
    address = f"/uploads/{SHARE_ID}"
    with office.intake:
        assert office.create(100) == 201
        assert office.patch(b"a part") == 204
        disk = inbox.rename(tmp_path / "disk")
        inbox.mkdir()
        for method in ("HEAD", "DELETE"):
            assert office.call(method, address, Tus_Resumable="1.0.0")[0] == 500
        assert office.receipt()[0] == 500
        assert any(line.startswith("error ENOENT") for line in office.intake.said())
        inbox.rmdir()
        disk.rename(inbox)
        assert office.call("HEAD", address, Tus_Resumable="1.0.0")[0] == 200
        assert office.call("DELETE", address, Tus_Resumable="1.0.0")[0] == 204
        assert office.call("HEAD", address, Tus_Resumable="1.0.0")[0] == 404
