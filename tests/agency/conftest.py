"""Fixtures for the tests of the agency's tools."""

from collections.abc import Iterator
from functools import cache
import os
from pathlib import Path
import shutil
import tempfile
from unittest.mock import patch

from botocore.loaders import create_loader
import pytest
import pytest_socket

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    Intent,
    PersonalDetails,
)
from tests import videos as media
from tests.disks import mounted
from tests.engine.sharing.evidence import (
    Made,
    make_clip,
    make_intent,
    make_package,
    make_zip,
)
from tests.postgres import Postgres
from tests.repository import ROOT
from tests.swift import Swift

from .https import make_certificate
from .officer import new_desk


def _can_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder, mounted(Path(folder), "16k") as there:
        return there


# Only root can act as other users, and some containers don't let root mount small disks.
collect_ignore = []
if os.geteuid() != 0:
    collect_ignore += ["test_group.py", "test_intake_group.py"]
if not _can_mount():
    collect_ignore += ["test_desk_disk.py", "test_intake_disks.py"]


@pytest.fixture(scope="session")
def readable() -> Iterator[Path]:
    """Return a copy of `agency`, as other users may not read the repository."""
    folder = Path(tempfile.mkdtemp(prefix="doorwatch-agency-"))
    folder.chmod(0o755)  # pytest's temporary folders are private
    left_out = shutil.ignore_patterns("bucket", "build", "__pycache__")
    yield shutil.copytree(ROOT / "agency", folder / "agency", ignore=left_out)
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow connections to the loopback interface."""


@pytest.fixture(scope="session", autouse=True)
def one_look_at_services() -> Iterator[None]:
    """Load botocore's data about Amazon's services once instead of with each command."""
    with patch("botocore.session.create_loader", cache(create_loader)):
        yield


@pytest.fixture(scope="session")
def swift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swift]:
    """Run an object store with an S3 interface; each test creates its own buckets."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("swift")
    with Swift(folder) as store:
        yield store
    shutil.rmtree(folder, ignore_errors=True)  # hundreds of megabytes


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Run a database server; a test that kills the server starts it again."""
    pytest_socket.enable_socket()
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.kill()  # a clean stop would write all databases first
        server.remove()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the certificate of the agency's host."""
    folder = tmp_path_factory.mktemp("certificate")
    make_certificate(folder)
    return folder


@pytest.fixture
def a_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Create a desk, which all commands need."""
    desk = new_desk(tmp_path / "desk")
    monkeypatch.setenv("DOORWATCH_DESK", str(desk))
    return desk


@pytest.fixture(scope="session")
def clip() -> Clip:
    """Return a saved clip with sound; tests must not change it."""
    return make_clip(media.make(media.SMALL).path)


@pytest.fixture(scope="session")
def made(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a package with all optional parts; tests must not change it."""
    folder = tmp_path_factory.mktemp("made")
    return make_package(_intent(clip, folder), folder / "package.tar")


@pytest.fixture(scope="session")
def handed_over(
    clip: Clip, made: Made, tmp_path_factory: pytest.TempPathFactory
) -> Made:
    """Return the same package as a zip to hand over; tests must not change it."""
    folder = tmp_path_factory.mktemp("handed-over")
    return make_zip(_intent(clip, folder), folder / "share.zip", key=made.key)


def _intent(clip: Clip, folder: Path) -> Intent:
    return make_intent(
        clip,
        folder / "staging",
        edits=Edits(start=2.0, end=6.0, audio=True),
        personal=PersonalDetails(name="Ann\u202e \x1b[2JExample"),
        note="Zoë's parcel: 100 %",
        case_reference="2026/117",
    )
