"""The intake's metrics and health are on a separate port, and name no home."""

import http.client
from pathlib import Path
import shutil

from tests import waiting
from tests.engine.sharing.evidence import SHARE_ID

from .office import Office

CONTENT = bytes(range(256)) * 100
OTHER = "o" * 32


def _port(office: Office) -> int:
    begin = "metrics on "
    [line, *_] = waiting.block_until(
        lambda: [each for each in office.intake.said() if each.startswith(begin)]
    )
    return int(line.rpartition(":")[2])


def _get(port: int, path: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, 60)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_a_folder_has_numbers_too(tmp_path: Path) -> None:
    """The metrics count packages, bytes, refused requests, and packages without receipts."""
    office = Office(tmp_path, signs=False)
    office.intake.add_options("--metrics-port", "0")
    with office.intake:
        office.upload(CONTENT)
        assert office.create(1000, OTHER) == 201
        assert office.create(1001, OTHER) == 409
        port = _port(office)
        status, text = _get(port, "/metrics")
        assert status == 200
        lines = text.splitlines()
        for line in (
            "doorwatch_uploads_total 1",
            f"doorwatch_upload_bytes_total {len(CONTENT)}",
            'doorwatch_refused_total{status="409"} 1',
            "doorwatch_unfinished 1",
            "doorwatch_waiting 1",
            "doorwatch_without_receipt 1",
            "doorwatch_reserved_bytes 1000",
        ):
            assert line in lines
        (free,) = (line for line in lines if line.startswith("doorwatch_free_bytes "))
        assert int(free.split(" ")[1]) > 1_000_000
        assert SHARE_ID not in text
        assert office.home not in text
        assert _get(port, "/uploads")[0] == 404
        assert _get(port, "/metrics", "POST")[0] == 405
        assert office.call("GET", "/metrics")[0] == 404
        assert office.call("GET", "/healthz")[0] == 404
        listens = f": 0100007F:{port:04X} "  # at 127.0.0.1 only
        assert listens in Path("/proc/net/tcp").read_text()


def test_health_says_whether_packages_can_be_taken(tmp_path: Path) -> None:
    """The error does not name the inbox's folder."""
    office = Office(tmp_path)
    office.intake.add_options("--metrics-port", "0")
    with office.intake:
        port = _port(office)
        assert _get(port, "/healthz") == (200, "ok\n")
        shutil.rmtree(office.intake.inbox)
        status, text = _get(port, "/healthz")
        assert status == 503
        assert str(tmp_path) not in text


def test_without_the_option_nothing_more_listens(tmp_path: Path) -> None:
    """By default, the intake has no metrics port."""
    office = Office(tmp_path)
    with office.intake:
        assert not any("metrics" in line for line in office.intake.said())
