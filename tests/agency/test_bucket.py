"""Officers read from a bucket: streams resume, and deletions are complete."""

from collections.abc import Iterator
import hashlib
import http.server
import os
import subprocess
import sys
import threading
from typing import Any, override
from uuid import uuid4

import boto3
from botocore.config import Config
import pytest

from agency.doorwatch_agency.desk.bucket import Bucket
from agency.doorwatch_agency.desk.inbox import GoneError
from agency.doorwatch_agency.errors import AgencyError
from tests.cutting import Cutting
from tests.ports import own_port
from tests.repository import ROOT

from .stored import endpoint

__all__ = ["endpoint"]

_PATH = Config(s3={"addressing_style": "path"})
_MEBIBYTE = 1 << 20


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "officer")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the secret of the bucket")


@pytest.fixture
def name(endpoint: str) -> Iterator[str]:
    """Create a bucket that keeps versions."""
    made = f"inbox-{uuid4()}"
    client: Any = boto3.client("s3", endpoint_url=endpoint, config=_PATH)
    client.create_bucket(Bucket=made)
    client.put_bucket_versioning(
        Bucket=made, VersioningConfiguration={"Status": "Enabled"}
    )
    yield made
    for kind in ("Versions", "DeleteMarkers"):
        for one in client.list_object_versions(Bucket=made).get(kind, ()):
            client.delete_object(
                Bucket=made, Key=one["Key"], VersionId=one["VersionId"]
            )


def put(endpoint: str, name: str, content: bytes, key: str = "S/one") -> None:
    """Store an object."""
    client: Any = boto3.client("s3", endpoint_url=endpoint, config=_PATH)
    client.put_object(Bucket=name, Key=key, Body=content)


def test_a_stream_continues_where_the_way_to_the_store_broke(
    endpoint: str, name: str
) -> None:
    """Each connection breaks after a few megabytes, and each byte is read once."""
    content = os.urandom(12 * _MEBIBYTE)
    put(endpoint, name, content)
    with Cutting(int(endpoint.rpartition(":")[2])) as way:
        bucket = Bucket(name, endpoint=f"http://127.0.0.1:{way.port}")
        way.after_sent = 5 * _MEBIBYTE
        with bucket.object("S/one").open("rb") as file:
            read = b"".join(iter(lambda: file.read(65536), b""))
    assert read == content
    assert way.cuts >= 2


def test_a_stream_is_read_from_another_place(endpoint: str, name: str) -> None:
    """The stream seeks forward and back."""
    content = os.urandom(4 * _MEBIBYTE)
    put(endpoint, name, content)
    with Bucket(name, endpoint=endpoint).object("S/one").open("rb") as file:
        for begin in (0, 3 * _MEBIBYTE, 0):
            file.seek(begin)
            assert file.read(1000) == content[begin : begin + 1000]


def test_a_store_that_stops_for_good_is_told_of(
    endpoint: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says how many bytes were read."""
    put(endpoint, name, os.urandom(3 * _MEBIBYTE))
    monkeypatch.setattr("time.sleep", lambda _: None)
    with Cutting(int(endpoint.rpartition(":")[2])) as way:
        bucket = Bucket(name, endpoint=f"http://127.0.0.1:{way.port}")
        with bucket.object("S/one").open("rb") as file:
            way.after_sent = 600  # less than the headers of a response
            with pytest.raises(AgencyError, match="of 3145728 bytes|cannot be reached"):
                file.read()


_READ = """
import hashlib, sys
from agency.doorwatch_agency.desk.bucket import Bucket
from tests.memory import peak
digest = hashlib.sha256()
with Bucket(sys.argv[1], endpoint=sys.argv[2]).object(sys.argv[3]).open("rb") as file:
    while data := file.read(65536):
        digest.update(data)
print(digest.hexdigest(), peak())
"""


def test_a_large_package_takes_no_more_memory_than_a_small_one(
    endpoint: str, name: str
) -> None:
    """The package is read as a stream."""
    taken = []
    for size in (_MEBIBYTE, 96 * _MEBIBYTE):
        content = bytes(size)
        put(endpoint, name, content, f"S/{size}")
        done = subprocess.run(
            [sys.executable, "-c", _READ, name, endpoint, f"S/{size}"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        digest, kilobytes = done.stdout.split()
        assert digest == hashlib.sha256(content).hexdigest()
        taken.append(int(kilobytes))
    assert taken[1] - taken[0] < 16_000


def test_deleting_takes_all_versions_and_nothing_else(endpoint: str, name: str) -> None:
    """Earlier deleted versions are removed too; objects with the same prefix stay."""
    for content in (b"first", b"second"):
        put(endpoint, name, content)
    put(endpoint, name, b"another", "S/one-more")
    client: Any = boto3.client("s3", endpoint_url=endpoint, config=_PATH)
    client.delete_object(Bucket=name, Key="S/one")
    put(endpoint, name, b"third")
    bucket = Bucket(name, endpoint=endpoint)
    bucket.delete("S/one")
    told = client.list_object_versions(Bucket=name)
    assert [one["Key"] for one in told["Versions"]] == ["S/one-more"]
    assert "DeleteMarkers" not in told
    bucket.delete("S/one")  # deleting a missing object is not an error
    with pytest.raises(GoneError):
        bucket.head("S/one")


def test_a_bucket_without_versions_is_deleted_from(endpoint: str) -> None:
    plain = f"plain-{uuid4()}"
    client: Any = boto3.client("s3", endpoint_url=endpoint, config=_PATH)
    client.create_bucket(Bucket=plain)
    put(endpoint, plain, b"content")
    Bucket(plain, endpoint=endpoint).delete("S/one")
    assert client.list_objects_v2(Bucket=plain)["KeyCount"] == 0


class _Store(http.server.BaseHTTPRequestHandler):
    """A store that answers each request with an error."""

    status = 403
    code = "SignatureDoesNotMatch"

    def _answer(self) -> None:
        body = f"<Error><Code>{self.code}</Code><Message>no</Message></Error>".encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_DELETE = _answer  # noqa: N815 - names of http.server

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


@pytest.fixture
def refusing() -> Iterator[str]:
    """Run a store that accepts no credentials."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", own_port()), _Store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_wrong_credentials_are_told_without_them(refusing: str) -> None:
    """Errors of reading and deleting don't show the credentials."""
    bucket = Bucket("inbox", endpoint=refusing)
    for ask in (lambda: bucket.head("S/one"), lambda: bucket.delete("S/one")):
        with pytest.raises(AgencyError, match="does not accept your credentials") as it:
            ask()
        assert "secret" not in str(it.value)


def test_no_credentials_are_told(
    refusing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says which variables to set."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(AgencyError, match="AWS_ACCESS_KEY_ID"):
        Bucket("inbox", endpoint=refusing).head("S/one")


def test_a_store_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is raised after retries."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(AgencyError, match="cannot be reached"):
        Bucket("inbox", endpoint=f"http://127.0.0.1:{own_port()}").head("S/one")
