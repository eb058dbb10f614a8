"""The agency's intake: the files it serves, and the uploads it accepts and refuses."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator
import json
import os
from pathlib import Path
import shutil
import socket
import stat
import subprocess
import time
from uuid import uuid4

import aiohttp
import pytest
import pytest_socket
from yarl import URL

from tests.intake import SOURCE, Intake

SHARE = "0123456789abcdef" * 2
HOME = "h" * 42 + "A"
LEDGER = "0123456789abcdef" * 4
CODE = "code of the agency"
TUS = {"Tus-Resumable": "1.0.0", "Authorization": f"Bearer {CODE}"}
WELL_KNOWN = "/.well-known/doorwatch-agency"


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """Return a running intake."""
    with Intake(tmp_path / "agency", upload_code=CODE, max_bytes=1000) as running:
        yield running


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """Return a running intake for the tests of refused requests."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("refusing")
    with Intake(folder, upload_code=CODE, max_bytes=1000) as running:
        yield running
        assert list(running.inbox.glob("[!.]*")) == []


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Return an HTTP session."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=True)
    ) as session:
        yield session


def _creation(share_id: str, length: int, **more: str | None) -> dict[str, str]:
    named: dict[str, str | None] = {
        "filename": f"{share_id}.tar.age",
        "share_id": share_id,
        "home": HOME,
        "ledger": LEDGER,
        **more,
    }
    metadata = ",".join(
        f"{name} {base64.b64encode(value.encode()).decode()}"
        for name, value in named.items()
        if value is not None
    )
    return {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata}


async def _create(
    session: aiohttp.ClientSession,
    intake: Intake,
    share_id: str,
    length: int = 10,
    **more: str | None,
) -> int:
    headers = _creation(share_id, length, **more)
    async with session.post(intake.endpoint, headers=headers) as response:
        if response.status == 201:
            assert response.headers["Location"] == f"/uploads/{share_id}"
        return response.status


async def _patch(
    session: aiohttp.ClientSession, intake: Intake, share_id: str, body: bytes
) -> int:
    headers = {
        **TUS,
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
    }
    async with session.patch(
        f"{intake.endpoint}/{share_id}", headers=headers, data=body
    ) as response:
        return response.status


async def test_serves_the_discovery_document_as_it_is_now(
    session: aiohttp.ClientSession, intake: Intake
) -> None:
    """The document may change while the intake runs."""
    for text in ("first", "second"):
        (intake.public / WELL_KNOWN[1:]).write_text(text)
        async with session.get(intake.origin + WELL_KNOWN) as response:
            assert (response.status, await response.text()) == (200, text)
            assert response.headers["X-Content-Type-Options"] == "nosniff"
        async with session.head(intake.origin + WELL_KNOWN) as response:
            assert response.content_length == len(text)


async def test_serves_nothing_else(
    session: aiohttp.ClientSession, intake: Intake
) -> None:
    secret = intake.public.parent / "secret"
    secret.write_text("x")
    (intake.public / "link").symlink_to(secret)
    (intake.public / ".hidden").write_text("x")
    for path in (
        "/",
        "/nothing",
        "/link",
        "/.hidden",
        "/.well-known",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/.well-known/..%2f..%2fsecret",
        "//secret",
    ):
        url = URL(intake.origin + path, encoded=True)
        async with session.get(url) as response:
            assert response.status == 404, path
    async with session.post(intake.origin + WELL_KNOWN) as response:
        assert response.status == 405


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", CODE, "Basic x"])
async def test_nothing_without_the_upload_code(
    session: aiohttp.ClientSession, refusing: Intake, authorization: str | None
) -> None:
    headers = _creation(SHARE, 10)
    headers.pop("Authorization")
    if authorization is not None:
        headers["Authorization"] = authorization
    url = f"{refusing.endpoint}/{SHARE}"
    for method in ("POST", "HEAD", "PATCH", "DELETE", "OPTIONS", "GET"):
        async with session.request(method, url, headers=headers) as response:
            assert response.status == 401, method


@pytest.mark.parametrize(
    "share_id", ["", "short", "a" * 65, "../../../../etc/passwd", "a/b" * 10, "a.b" * 9]
)
async def test_takes_only_what_can_be_a_share_id(
    session: aiohttp.ClientSession, refusing: Intake, share_id: str
) -> None:
    assert await _create(session, refusing, share_id) == 400
    async with session.post(
        refusing.endpoint, headers={**TUS, "Upload-Length": "5"}
    ) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, 201),
        ({"ledger": None}, 201),
        ({"home": None}, 400),
        ({"home": ""}, 400),
        ({"home": HOME[:-1]}, 400),
        ({"home": HOME + "A"}, 400),
        ({"home": HOME[:-1] + "B"}, 400),  # not a canonical encoding of 32 bytes
        ({"home": "." * 43}, 400),
        ({"home": HOME + "\n"}, 400),
        ({"ledger": LEDGER[:-1]}, 400),
        ({"ledger": LEDGER.upper()}, 400),
    ],
)
async def test_takes_and_keeps_only_metadata_that_can_be_right(
    session: aiohttp.ClientSession,
    refusing: Intake,
    more: dict[str, str | None],
    status: int,
) -> None:
    """Without the thumbprint of its home, a share could never be withdrawn."""
    more["filename"] = "x" * 99
    share_id = uuid4().hex
    assert await _create(session, refusing, share_id, 10, **more) == status
    record = refusing.inbox / ".incoming" / f"{share_id}.json"
    assert record.exists() == (status == 201)
    if status == 201:
        kept = {"share_id": share_id, "home": HOME, "ledger": LEDGER} | more
        del kept["filename"]
        expected = {name: value for name, value in kept.items() if value is not None}
        assert json.loads(record.read_text())["metadata"] == expected


async def test_a_share_belongs_to_the_home_that_made_it(
    session: aiohttp.ClientSession, intake: Intake
) -> None:
    """No other home can continue the upload, before or after it is complete."""
    assert await _create(session, intake, SHARE) == 201
    assert await _create(session, intake, SHARE, home="o" * 42 + "A") == 409
    assert await _patch(session, intake, SHARE, b"0123456789") == 204
    assert await _create(session, intake, SHARE) == 201
    assert await _create(session, intake, SHARE, home="o" * 42 + "A") == 409
    assert await _create(session, intake, SHARE, ledger=None) == 409


async def test_takes_nothing_too_large_or_without_a_length(
    session: aiohttp.ClientSession, intake: Intake
) -> None:
    assert await _create(session, intake, "l" * 32, 1000) == 201
    assert await _create(session, intake, "m" * 32, 1001) == 413
    assert await _create(session, intake, "n" * 32, 0) == 400
    headers = _creation("o" * 32, 5)
    headers.pop("Upload-Length")
    headers["Upload-Defer-Length"] = "1"
    async with session.post(intake.endpoint, headers=headers) as response:
        assert response.status == 400
    assert await _patch(session, intake, "l" * 32, bytes(1001)) == 413
    assert intake.arrived("l" * 32) == 0


async def test_a_package_is_there_whole_or_not_at_all_and_is_not_handed_out(
    session: aiohttp.ClientSession, intake: Intake
) -> None:
    share_id = "w" * 32
    assert await _create(session, intake, share_id) == 201
    assert await _patch(session, intake, share_id, b"01234") == 204
    target = intake.inbox / f"{share_id}.tar.age"
    assert not target.exists()
    assert await _create(session, intake, share_id) == 201  # keeps the bytes it has
    assert intake.arrived(share_id) == 5
    assert await _create(session, intake, share_id, 11) == 409
    assert await _patch(session, intake, share_id, b"xxxxx") == 409
    headers = {
        **TUS,
        "Upload-Offset": "5",
        "Content-Type": "application/offset+octet-stream",
    }
    url = f"{intake.endpoint}/{share_id}"
    async with session.patch(url, headers=headers, data=b"56789") as response:
        assert response.status == 204
    assert target.read_bytes() == b"0123456789"
    async with session.get(url, headers=TUS) as response:
        assert response.status == 405
    async with session.delete(url, headers=TUS) as response:
        assert response.status == 400
    async with session.head(url, headers=TUS) as response:
        assert response.headers["Upload-Offset"] == "10"
    assert target.read_bytes() == b"0123456789"


@pytest.mark.parametrize("moment", ["complete", "moved"])
async def test_a_start_finishes_what_a_kill_left(
    session: aiohttp.ClientSession, tmp_path: Path, moment: str
) -> None:
    intake = Intake(tmp_path / "agency", upload_code=CODE)
    share_id = "k" * 32
    incoming = intake.inbox / ".incoming"
    incoming.mkdir(parents=True)
    record = {"id": share_id, "size": 10, "offset": 0, "metadata": {}}
    (incoming / f"{share_id}.json").write_text(json.dumps(record))
    (incoming / "torn.json.tmp").write_text("{")
    target = intake.inbox / f"{share_id}.tar.age"
    where = incoming / share_id if moment == "complete" else target
    where.write_bytes(b"0123456789")
    with intake:
        assert target.read_bytes() == b"0123456789"
        assert sorted(path.name for path in incoming.iterdir()) == [f"{share_id}.json"]
        async with session.head(f"{intake.endpoint}/{share_id}", headers=TUS) as head:
            assert head.headers["Upload-Offset"] == "10"


async def test_begins_only_so_many_uploads_a_minute(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with Intake(tmp_path, upload_code=CODE, uploads_per_minute=2) as intake:
        found = [
            await _create(session, intake, name * 32) for name in ("a", "b", "c", "a")
        ]
    assert found == [201, 201, 429, 201]  # the last one exists already


async def test_begins_uploads_after_the_clock_was_set_back(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """The limit uses a monotonic clock."""
    later, hook = tmp_path / "later", tmp_path / "hook.mjs"
    hook.write_text(f"""
import {{ existsSync }} from "node:fs";
const wall = Date.now, passed = performance.now.bind(performance);
const later = () => existsSync({str(later)!r});
Date.now = () => wall() - (later() ? 3_600_000 : 0);
performance.now = () => passed() + (later() ? 60_000 : 0);
""")
    intake = Intake(tmp_path, upload_code=CODE, uploads_per_minute=1)
    intake.through = ["env", f"NODE_OPTIONS=--import={hook.as_uri()}"]
    with intake:
        found = [await _create(session, intake, name * 32) for name in ("a", "b")]
        later.touch()
        found.append(await _create(session, intake, "b" * 32))
    assert found == [201, 429, 201]


@pytest.mark.parametrize("path", ["//", "///", "/\\", "//:"])
def test_refuses_a_malformed_address(refusing: Intake, path: str) -> None:
    """The log says that the client's request is malformed."""
    before = refusing.said()
    with socket.create_connection(("127.0.0.1", refusing.port)) as connection:
        connection.sendall(
            f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        answered = connection.makefile("rb").read()
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert refusing.said() == [*before, "refused 400 malformed address"]


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ([], 2, "--inbox is required"),
        (["--inbox", "x", "--upload-code-file", "code"], 2, "at least 12"),
        (["--inbox", "x", "--port", "many"], 2, "whole number"),
        (["--unknown"], 2, "Unknown option"),
        (["--help"], 0, "--upload-code-file"),
        (["--inbox", "x", "--clear-reservations"], 1, ".incoming doesn't exist"),
    ],
)
def test_explains_its_command_line(
    tmp_path: Path, arguments: list[str], code: int, text: str
) -> None:
    (tmp_path / "code").write_text("four-digits")
    done = subprocess.run(
        ["node", str(SOURCE / "src" / "main.js"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )
    assert done.returncode == code
    assert text in done.stdout + done.stderr


def _run_clear(intake: Intake) -> None:
    main = str(SOURCE / "src" / "main.js")
    command = ["node", main, "--inbox", str(intake.inbox), "--clear-reservations"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


async def test_many_uploads_together_cannot_fill_the_disk(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Each upload reserves its announced size until that lapses, also after a restart."""
    free = shutil.disk_usage(tmp_path).free
    size = free * 6 // 10
    intake = Intake(tmp_path / "agency", upload_code=CODE, max_bytes=2 * size)
    with intake:
        assert await _create(session, intake, "a" * 32, size) == 201
        assert await _create(session, intake, "b" * 32, size) == 507
        assert await _create(session, intake, "c" * 32, 10) == 201
        said = f"no room for {'b' * 32} of {size} bytes: "
        (line,) = (line for line in intake.said() if line.startswith(said))
        assert line.endswith(f"{size} of them reserved by 1 uploads")
    with intake:
        assert await _create(session, intake, "b" * 32, size) == 507
        _run_clear(intake)
        assert await _create(session, intake, "b" * 32, size) == 201
        # An upload whose reservation was cleared reserves space again once there is some.
        assert await _patch(session, intake, "a" * 32, b"01234") == 507
        url = f"{intake.endpoint}/{'b' * 32}"
        async with session.delete(url, headers=TUS) as response:
            assert response.status == 204
        assert await _patch(session, intake, "a" * 32, b"01234") == 204
        created = await asyncio.gather(
            *(_create(session, intake, name * 32, size) for name in "bde")
        )
        assert created == [507, 507, 507]
    lapsed = time.time() - 15 * 60
    os.utime(intake.inbox / ".incoming" / ("a" * 32), (lapsed, lapsed))
    with intake:
        created = await asyncio.gather(
            *(_create(session, intake, name * 32, size) for name in "bde")
        )
        assert sorted(created) == [201, 507, 507]
        _run_clear(intake)
        # One address gets half of the remaining space.
        half = free * 4 // 10
        for share, address, size, status in (
            ("1", "2001:db8::1", half, 201),
            ("2", "2001:db8::2", half, 507),
            ("3", "2001:db8:1::1", half // 2, 201),
        ):
            headers = _creation(share * 32, size)
            headers["X-Forwarded-For"] = f"192.0.2.1, {address}"
            async with session.post(intake.endpoint, headers=headers) as response:
                assert response.status == status


async def test_other_users_of_the_machine_read_nothing(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """The files are private even in an inbox that other users may list."""
    intake = Intake(tmp_path / "agency", upload_code=CODE)
    intake.inbox.mkdir(mode=0o755)
    with intake:
        for name in ("a", "b"):
            assert await _create(session, intake, name * 32) == 201
        assert await _patch(session, intake, "a" * 32, b"0123456789") == 204
    found = list(intake.inbox.rglob("*"))
    assert intake.packages()
    assert [path for path in found if path.stat().st_mode & 0o007] == []
    assert stat.S_IMODE((intake.inbox / ".incoming").stat().st_mode) == 0o700


EXPIRE = """
import { InboxStore } from "./store.js";
const [inbox, expiresAfter, emptyAfter] = process.argv.slice(1);
const store = new InboxStore({
  inbox, expiresAfter: Number(expiresAfter), emptyAfter: Number(emptyAfter),
});
await store.open();
console.log(await store.deleteExpired());
"""


async def test_a_package_that_is_just_moved_keeps_its_record(tmp_path: Path) -> None:
    """Between the move and its record, the package's upload has no bytes."""
    incoming = tmp_path / "inbox/.incoming"
    incoming.mkdir(parents=True)
    noted = {"size": 10, "metadata": {"share_id": SHARE}, "sha256": "0" * 64}
    record = incoming / f"{SHARE}.json"
    record.write_text(json.dumps(noted))
    cleaning = EXPIRE.replace("await store.open();\n", "")
    done = await asyncio.to_thread(
        subprocess.run,
        [
            "node",
            "--input-type=module",
            "-e",
            cleaning,
            str(tmp_path / "inbox"),
            "0",
            "0",
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=SOURCE / "src",
    )
    assert done.stdout.strip() == "0"
    assert record.exists()


@pytest.mark.parametrize(
    ("expires", "empty", "left"),
    [(10**9, 10**9, "ab"), (10**9, 0, "a"), (0, 10**9, "b"), (0, 0, "")],
)
async def test_what_never_began_gives_its_room_back_sooner(
    session: aiohttp.ClientSession, tmp_path: Path, expires: int, empty: int, left: str
) -> None:
    """An upload with bytes is kept for two weeks, an upload without bytes for an hour."""
    intake = Intake(tmp_path / "agency", upload_code=CODE)
    with intake:
        for name in "ab":
            assert await _create(session, intake, name * 32) == 201
        assert await _patch(session, intake, "a" * 32, b"0123") == 204
    done = await asyncio.to_thread(
        subprocess.run,
        [
            *("node", "--input-type=module", "-e", EXPIRE),
            *(str(intake.inbox), str(expires), str(empty)),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=SOURCE / "src",
    )
    assert done.stdout.strip() == str(2 - len(left))
    incoming = intake.inbox / ".incoming"
    assert {path.name[0] for path in incoming.iterdir()} == set(left)
