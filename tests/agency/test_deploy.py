"""Run the unchanged files of agency/deploy: two intakes behind nginx."""

from collections.abc import Iterator
from contextlib import contextmanager
import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
import os
from pathlib import Path
import re
import secrets
import shutil
from threading import Thread
from typing import override

import pytest
import yaml

from tests import servers, waiting
from tests.ports import own_port
from tests.postgres import Postgres
from tests.repository import ROOT
from tests.servers import program
from tests.swift import Swift

from .bucket_ground import Town, running
from .https import HOST, connect
from .office import ANSWER, RECEIPT, Office
from .several import DEPLOY, in_front
from .unit import command_of, done, lines_of, refused_calls, settings, words_of

UNIT = DEPLOY / "doorwatch-intake@.service"
RULES = DEPLOY / "alerts.yml"
CODE = "the code on the leaflet"
SOME = os.urandom(50_000)


@pytest.fixture
def town(tmp_path: Path, swift: Swift, postgres: Postgres) -> Town:
    """Return two intakes that require an upload code, without starting them."""
    town = Town(tmp_path / "town", swift, postgres)
    town.office.headers = {"Authorization": f"Bearer {CODE}"}
    for intake in town.intakes:
        intake.upload_code = CODE
    return town


def test_systemd_takes_the_unit_and_finds_it_closed(tmp_path: Path) -> None:
    """The check by systemd reports an exposure of at most 1.8 out of 10."""
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/node", str(program("node"))))
    assert done("systemd-analyze", "verify", unit) == ""
    done("systemd-analyze", "security", "--offline=true", "--threshold=18", unit)


def test_the_unit_runs_an_intake_with_its_settings_and_no_call_that_it_refuses(
    town: Town, tmp_path: Path
) -> None:
    """The environment holds only the settings of both files."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    word = town.postgres.passfile.read_text().strip().rpartition(":")[2]
    for name, text in {
        "upload-code": CODE,
        "online.pem": town.office.online.read_text(),
        "s3": "[default]\n"
        f"aws_access_key_id = {town.swift.access_key}\n"
        f"aws_secret_access_key = {town.swift.secret_key}\n",
        "records": town.url.replace("@", f":{word}@"),
    }.items():
        (credentials / name).write_text(text)
        (credentials / name).chmod(0o440)  # systemd grants one user access by an ACL
    loaded = {line.partition(":")[0] for line in lines_of(UNIT, "LoadCredential")}
    assert loaded == {path.name for path in credentials.iterdir()}
    named = settings(DEPLOY / "intake.conf")
    assert named.keys() == {"INBOX", "S3_ENDPOINT", "AWS_REGION"}
    named |= {
        "INBOX": f"s3://{town.bucket}",
        "S3_ENDPOINT": town.swift.endpoint,
    }
    port, metrics = town.intakes[0].port, own_port()
    specifiers = {"1%i": str(metrics), "%i": str(port), "%d": str(credentials)}
    for line in lines_of(UNIT, "Environment"):
        for pair in words_of(line, specifiers):
            name, _, value = pair.partition("=")
            named[name] = value
    assert "HOME" in named  # a dynamic user has neither a home nor a name
    command = [
        str(ROOT / word.removeprefix("/opt/doorwatch-agency/"))
        if word.startswith("/opt/")
        else word.replace("/srv/doorwatch/public", str(town.office.intake.public))
        for word in command_of(UNIT, specifiers, named)
    ]
    assert command[0] == "/usr/bin/node"
    command[0] = str(program("node"))
    if shutil.which("enosys") is not None:  # only newer util-linux
        refused = refused_calls(UNIT)
        assert {"mount", "ptrace", "setuid"} <= {*refused}
        command = ["enosys", *(f"--syscall={name}" for name in refused), *command]
    content = os.urandom(9_000_000)  # two parts
    log = tmp_path / "service.log"
    with servers.running(port, log, *command, env=named):
        town.at(0).upload(content)
        claims = town.office.opened(town.receipt(0), RECEIPT)
        assert claims["receipt"]["size"] == len(content)
        assert town.content() == content
        status, answer = town.at(0).withdraw(town.office.withdrawal(content))
        assert status == 200
        assert town.office.opened(answer, ANSWER)["answer"]["result"] == "deleted"
        assert "Warning" not in log.read_text()
        assert _get(metrics, "/healthz") == (200, b"ok\n")
    assert town.objects() == {}


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_an_intake_that_is_away_is_passed_over_and_nothing_else_is_let_through(
    town: Town, tmp_path: Path, certificate: Path
) -> None:
    """Homes reach the other intake, and nobody reaches an intake's metrics."""
    folder = tmp_path / "nginx"
    metrics = [own_port() for _ in town.intakes]
    for intake, port in zip(town.intakes, metrics, strict=True):
        intake.add_options("--metrics-port", str(port))
    ports = [intake.port for intake in town.intakes]
    shares = []
    # While nginx passes over both intakes, homes repeat their requests.
    front = in_front(ports, folder, certificate, rate="6000r/m")
    with running(*town.intakes), front as port:
        office = town.at(0)
        office.connect = lambda: connect(port, certificate)
        for away in town.intakes:
            away.kill()
            for _ in range(3):
                share = secrets.token_hex(16)
                # Both intakes failed within the last 2 seconds, so nginx may answer 502.
                waiting.block_until(lambda: office.create(len(SOME), share) != 502)  # noqa: B023 - awaited here
                assert office.patch(SOME, 0, share) == 204
                assert office.receipt(share)[0] == 200
                shares.append(share)
            away.start()
        for share in shares:
            assert town.offset(0, share) == town.offset(1, share) == (200, len(SOME))
        for path in HIDDEN:
            status, body = office.call("GET", path)
            assert status in (400, 404, 405), path
            assert b"doorwatch_" not in body
            assert body != b"ok\n"
        for own in metrics:
            assert _get(own, "/healthz")[0] == 200
    assert len(town.objects()) == len(shares) == 6

    said = "".join(path.read_text() for path in folder.glob("*.log"))
    assert f" 204 PATCH /uploads/{shares[0]} " in said
    assert not re.findall(r"127\.0\.0\.1(?!:)", said)  # only the intakes' addresses
    known = "".join(path.read_text() for path in (tmp_path / "town").rglob("*.log"))
    for secret in (CODE, town.swift.secret_key, town.url):
        assert secret not in said + known


class _Away(BaseHTTPRequestHandler):
    """An intake that cannot reach its database."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_HEAD = do_POST = do_PATCH = _answer  # noqa: N815 - names of http.server

    @override
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def _away() -> Iterator[int]:
    """Run an intake without a database; yield its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Away) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def test_an_intake_without_a_database_is_passed_over(
    tmp_path: Path, certificate: Path
) -> None:
    """After a failed GET or HEAD, nginx avoids the intake for a while."""
    office = Office(tmp_path / "office")
    with (
        _away() as away,
        office.intake,
        in_front([away, office.intake.port], tmp_path / "nginx", certificate) as port,
    ):
        office.connect = lambda: connect(port, certificate)
        for _ in range(8):
            share = secrets.token_hex(16)
            while (created := office.create(len(SOME), share)) != 201:
                assert created == 503
            path, sent = f"/uploads/{share}", 503
            while sent == 503:
                assert office.call("HEAD", path, Tus_Resumable="1.0.0")[0] == 200
                sent = office.patch(SOME, 0, share)
            assert sent == 204
            assert office.receipt(share)[0] == 200


HIDDEN = (
    *("/metrics", "/healthz", "//metrics", "/metrics/", "/metrics?x", "/./healthz"),
    *("/%6detrics", "/%2fmetrics", "/%2e%2e/metrics", "/healthz%00", "/healthz%20"),
    *("/uploads/..;/metrics", "/uploads/%2e%2e/metrics", "/.well-known/../healthz"),
    f"http://{HOST}:18787/metrics",
)


def test_the_alerts_name_numbers_that_there_are() -> None:
    """The metrics exist, and the ports are those of the unit."""
    rules = yaml.safe_load(RULES.read_text())
    source = (ROOT / "agency/intake/src/metrics.js").read_text()
    (group,) = rules["groups"]
    for rule in group["rules"]:
        for name in re.findall(r"doorwatch_(\w+)", rule["expr"]):
            assert f'"{name}"' in source, name
        assert rule["annotations"]["summary"]
    readme = (DEPLOY / "README.md").read_text()
    for file in DEPLOY.iterdir():
        assert file.name in readme
