"""Test the servers of the tests: an object store and a database for several intakes."""

import os
from pathlib import Path
import secrets
import signal
import subprocess
import sys

import pytest

from tests import waiting
from tests.postgres import Postgres
from tests.repository import ROOT
from tests.swift import Swift

from .several import s3


@pytest.fixture
def bucket(swift: Swift) -> str:
    """Return an empty bucket."""
    name = f"inbox-{secrets.token_hex(4)}"
    swift.make_bucket(name)
    return name


def test_what_is_put_by_s3_is_there_when_a_zone_is_not(
    swift: Swift, bucket: str
) -> None:
    """Each object has three copies."""
    content = os.urandom(300_000)
    assert s3(swift, f"/{bucket}/package", content) == (200, b"")

    assert swift.objects(bucket) == {"package": 300_000}
    for kind in ("account", "container", "object"):
        swift.send(f"{kind}2", signal.SIGKILL)
    try:
        assert s3(swift, f"/{bucket}/package") == (200, content)
        assert s3(swift, f"/{bucket}/other", content) == (200, b"")
    finally:
        for kind in ("account", "container", "object"):
            swift.start_one(f"{kind}2")
    assert s3(swift, f"/{bucket}/other")[1] == content


def test_a_bucket_with_a_quota_becomes_full(swift: Swift) -> None:
    """Tests use the quota to fill a bucket."""
    swift.make_bucket("small", quota=1000)

    status, body = s3(swift, "/small/package", bytes(2000))
    assert status >= 400, body
    assert swift.objects("small") == {}


def test_wrong_credentials_are_refused(swift: Swift, bucket: str) -> None:
    assert s3(swift, f"/{bucket}", secret="another")[0] == 403
    assert s3(swift, f"/{bucket}")[0] == 200


def test_the_database_keeps_what_it_committed(postgres: Postgres) -> None:
    """Commits survive a kill, and connections need the password."""
    postgres.ask("create table kept (word text)")
    postgres.ask("insert into kept values ('committed')")
    postgres.kill()
    with pytest.raises(RuntimeError):
        postgres.ask("select * from kept")
    postgres.start()

    assert postgres.ask("select * from kept") == ["committed"]
    passfile = postgres.passfile.read_text()
    postgres.passfile.write_text(passfile.replace(passfile[-6:], "wrong\n"))
    with pytest.raises(RuntimeError, match="password authentication failed"):
        postgres.ask("select * from kept")
    postgres.passfile.write_text(passfile)


_PROGRAM = """
import sys, threading
from pathlib import Path
from tests.intake import Intake
from tests.postgres import Postgres
from tests.swift import Swift
folder = Path(sys.argv[1])
swift, postgres, intake = Swift(folder / "swift"), Postgres(), Intake(folder)
for server in (swift, postgres, intake):
    server.start()
pids = [one.pid for one in swift.processes.values()]
print(postgres.folder, postgres.process.pid, intake.pid, *pids, flush=True)
threading.Event().wait()
"""


@pytest.mark.usefixtures("swift", "postgres")
def test_the_servers_end_when_the_tests_are_killed(tmp_path: Path) -> None:
    """No process of the servers is left."""
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(tmp_path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout
        folder, *pids = program.stdout.readline().split()
        program.kill()
    assert len(pids) == 13
    waiting.block_until(lambda: not _running(pids))
    subprocess.run(["rm", "-r", folder], check=True, timeout=60)


def _running(pids: list[str]) -> list[str]:
    return [
        pid
        for pid in pids
        if Path(f"/proc/{pid}").exists()
        and " Z " not in Path(f"/proc/{pid}/stat").read_text()
    ]
