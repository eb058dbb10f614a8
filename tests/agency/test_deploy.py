"""The files in agency/deploy, run as they are."""

import base64
from collections.abc import Callable
from contextlib import suppress
import hashlib
import http.client
import os
from pathlib import Path
import re
import secrets
import subprocess
import time

import pytest

from tests.servers import program
from tests.swift import Swift

from .https import connect
from .several import DEPLOY, PlainTus, in_front, plain_intakes, s3

UNIT = DEPLOY / "doorwatch-intake@.service"
TUS = {"Tus-Resumable": "1.0.0"}


def _done(*command: str | Path) -> str:
    done = subprocess.run(
        [str(each) for each in command],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_systemd_takes_the_unit_and_finds_it_closed(tmp_path: Path) -> None:
    """At most 1.8 of the 10 points that its own check of a service can give."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/node", str(program("node"))))
    assert _done("systemd-analyze", "verify", unit) == ""
    _done("systemd-analyze", "security", "--offline=true", "--threshold=18", unit)


class Sender:
    """A home that sends random bytes through nginx."""

    def __init__(self, port: int, certificate: Path, size: int) -> None:
        self._port = port
        self._certificate = certificate
        self.content = os.urandom(size)
        self.share = secrets.token_hex(16)

    def call(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> http.client.HTTPResponse:
        """Make one request."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = connect(self._port, self._certificate)
        connection.request(method, path, body, TUS | named)  # type: ignore[arg-type] # anything with read
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def create(self) -> None:
        """Announce it."""
        named = base64.b64encode(self.share.encode()).decode()
        while True:
            answer = self.call(
                "POST",
                "/uploads",
                Upload_Length=str(len(self.content)),
                Upload_Metadata=f"share_id {named}",
            )
            if answer.status != 502:
                break
            time.sleep(0.2)  # all intakes were away within the last 2 seconds
        assert answer.status == 201
        assert answer.headers["Location"] == f"/uploads/{self.share}"

    def send(self, offset: int, body: object = None) -> http.client.HTTPResponse:
        """Send the rest."""
        return self.call(
            "PATCH",
            f"/uploads/{self.share}",
            self.content[offset:] if body is None else body,
            Upload_Offset=str(offset),
            Content_Type="application/offset+octet-stream",
            Content_Length=str(len(self.content) - offset),
        )

    def offset(self) -> int:
        """Ask how much is there, until an intake answers."""
        while True:
            answer = self.call("HEAD", f"/uploads/{self.share}")
            if answer.status == 200:
                return int(answer.headers["Upload-Offset"])
            assert answer.status in (502, 504)
            time.sleep(0.2)  # nginx holds back who asks all the time


class Cut:
    """What is sent of a file until something happens, which is looked for now and then."""

    def __init__(self, content: bytes, happens: Callable[[], bool]) -> None:
        self._content = content
        self._happens = happens
        self._read = 0
        self.happened = False

    def read(self, size: int) -> bytes:
        """Give the next block."""
        if not self.happened and self._read % 1_048_576 < size:
            self.happened = self._happens()
        block = self._content[self._read : self._read + size]
        self._read += len(block)
        return block


@pytest.fixture
def bucket(swift: Swift) -> str:
    """Give an empty bucket."""
    name = f"inbox-{secrets.token_hex(4)}"
    swift.make_bucket(name)
    return name


def test_an_upload_continues_at_another_intake(
    swift: Swift, bucket: str, tmp_path: Path, certificate: Path
) -> None:
    """Killed three times while it takes 64 MB; what is stored is what was sent."""
    with plain_intakes(2, tmp_path, swift, bucket) as servers:
        by_port = {str(server.port): server for server in servers}
        folder = tmp_path / "nginx"
        with in_front([one.port for one in servers], folder, certificate) as port:
            sender = Sender(port, certificate, 64_000_000)
            sender.create()
            offset, offsets, at = 0, [], ""
            for _ in range(3):
                known = len(_upstreams(folder))
                assert sender.offset() == offset
                while len(_upstreams(folder)) == known:
                    time.sleep(0.01)  # it writes down what it has answered
                at = _upstreams(folder)[-1].rpartition(":")[2]
                stored = len(swift.objects(f"{bucket}+segments"))

                def kill(server: PlainTus = by_port[at], parts: int = stored) -> bool:
                    """Kill it once it has stored something more."""
                    if len(swift.objects(f"{bucket}+segments")) == parts:
                        return False
                    server.kill()
                    return True

                body = Cut(sender.content[offset:], kill)
                with suppress(OSError, http.client.HTTPException):
                    assert sender.send(offset, body).status == 502
                assert body.happened
                offset = sender.offset()
                offsets.append(offset)
                by_port[at].start()
            assert offsets == sorted(set(offsets))
            assert sender.send(offset).status == 204
            asked = _upstreams(folder)
            assert sender.offset() == len(sender.content)
    assert {f"127.0.0.1:{port}" for port in by_port} <= set(asked)
    assert sorted(swift.objects(bucket)) == [sender.share, f"{sender.share}.info"]
    found = s3(swift, f"/{bucket}/{sender.share}")
    assert hashlib.sha256(found[1]).digest() == hashlib.sha256(sender.content).digest()
    said = "".join(path.read_text() for path in folder.glob("*.log"))
    addresses = set(re.findall(r"127\.0\.0\.1(?!:)", said))
    assert not addresses  # but those of the intakes, which have ports


def _upstreams(folder: Path) -> list[str]:
    """Return which intakes answered, in order; the last one if nginx asked two."""
    log = (folder / "doorwatch.log").read_text()
    return [line.split()[-2] for line in log.splitlines() if "/uploads/" in line]


def test_an_intake_that_is_away_is_passed_over(
    swift: Swift, bucket: str, tmp_path: Path, certificate: Path
) -> None:
    """Whichever it is, homes reach another one, at the next try at the latest."""
    folder = tmp_path / "nginx"
    with (
        plain_intakes(2, tmp_path, swift, bucket) as servers,
        in_front([one.port for one in servers], folder, certificate) as port,
    ):
        for server in servers:
            server.kill()
            for _ in range(8):
                sender = Sender(port, certificate, 1000)
                sender.create()
                assert sender.send(0).status == 204
            server.start()
    assert len(swift.objects(bucket)) == 32
