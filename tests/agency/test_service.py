"""Run the files of agency/service unchanged where their programs are installed."""

from collections.abc import Iterator
from contextlib import contextmanager
import http.client
import os
from pathlib import Path
import re
import shlex
import shutil
import socketserver
import threading

import pytest

from tests import waiting
from tests.engine.sharing.evidence import SHARE_ID
from tests.nginx import behind_nginx, replaced
from tests.ports import own_port
from tests.repository import ROOT
from tests.servers import running

from .https import HOST, connect
from .office import Office
from .unit import done, refused_calls

SERVICE = ROOT / "agency/service"
UNIT = SERVICE / "doorwatch-intake.service"
SOME = os.urandom(50_000)


def test_systemd_takes_the_unit_and_finds_it_closed(tmp_path: Path) -> None:
    """The check by systemd reports an exposure of at most 1.5 out of 10."""
    node = shutil.which("node")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/usr/bin/node", str(node)))
    assert done("systemd-analyze", "verify", unit) == ""
    done("systemd-analyze", "security", "--offline=true", "--threshold=15", unit)


def test_the_unit_names_options_and_files_that_there_are() -> None:
    """The pages create the paths, and the README explains the files."""
    unit = UNIT.read_text()
    start = unit.partition("ExecStart=")[2].partition("\nUser=")[0]
    words = shlex.split(start.replace("\\\n", " "))
    assert (ROOT / words[1].removeprefix("/opt/doorwatch-agency/")).is_file()
    usage = done("node", ROOT / "agency/intake/src/main.js", "--help")
    for option in words[2::2]:
        assert f"{option} " in usage
    readme = (ROOT / "agency/intake/README.md").read_text()
    page = (ROOT / "docs/agency/set-up.md").read_text()
    for part in ("/srv/doorwatch/inbox", "/srv/doorwatch/public", "/etc/doorwatch"):
        assert part in unit
        assert part in page
    desk = (ROOT / "docs/agency/desk.md").read_text()
    (closed,) = re.findall(r"^InaccessiblePaths=(.*)$", unit, re.MULTILINE)
    folders = closed.replace("-/", "/")
    assert f"sudo install -d -m 2770 -g officers {folders}\n" in desk
    assert all(f"`{part}`" in readme for part in folders.split())
    for file in SERVICE.iterdir():
        assert file.name in readme


def test_the_intake_needs_no_system_call_that_the_unit_refuses(tmp_path: Path) -> None:
    """The kernel filters the system calls that the unit refuses."""
    if shutil.which("enosys") is None:
        return  # an older util-linux can't filter
    refused = refused_calls(UNIT)
    assert {"mount", "ptrace", "setuid"} <= set(refused)
    office = Office(tmp_path)
    program = tmp_path / "told"
    program.write_text(f"#!/bin/sh\necho hello > {tmp_path}/hello\n")
    program.chmod(0o755)
    office.intake.add_options("--on-package", str(program))
    office.intake.through = ["enosys", *(f"--syscall={name}" for name in refused)]
    with office.intake:
        office.upload(SOME)
        assert office.receipt()[0] == 200
        assert office.withdraw(office.withdrawal(SOME))[0] == 200
        waiting.block_until(lambda: (tmp_path / "hello").exists())


@contextmanager
def _behind_nginx(
    office: Office, folder: Path, certificate: Path
) -> Iterator[tuple[int, int]]:
    """Run nginx with the site, except for its ports and folders."""
    plain, secure = own_port(), own_port()
    changes = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "  listen [::]:80;\n": "",
        "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
        "  listen [::]:443 ssl;\n": "",
        "127.0.0.1:8787": f"127.0.0.1:{office.intake.port}",
        f"/etc/letsencrypt/live/{HOST}": str(certificate),
        "/var/log/nginx": str(folder),
        "/var/www/html": str(folder / "html"),
    }
    with behind_nginx(SERVICE / "nginx.conf", changes, folder, secure):
        yield plain, secure


def test_a_large_package_through_nginx(tmp_path: Path, certificate: Path) -> None:
    """The package has 50 MB in two parts, and nginx logs no address."""
    office = Office(tmp_path / "office")
    content = os.urandom(50_000_000)
    folder = tmp_path / "nginx"
    challenges = folder / "html/.well-known/acme-challenge"
    challenges.mkdir(parents=True)
    (challenges / "token").touch()
    with (
        office.intake,
        _behind_nginx(office, folder, certificate) as (plain, secure),
    ):
        office.connect = lambda: connect(secure, certificate)
        assert office.create(len(content)) == 201
        assert office.patch(content[:1_000_000]) == 204
        assert office.patch(content[1_000_000:], 1_000_000) == 204
        assert office.package.read_bytes() == content
        status, token = office.receipt()
        assert status == 200
        assert office.opened(token, "doorwatch-receipt+jwt")["jti"] == SHARE_ID
        connection = http.client.HTTPConnection("127.0.0.1", plain, timeout=60)
        connection.request("GET", "/x")
        response = connection.getresponse()
        assert response.status == 301
        assert response.headers["Location"] == f"https://{HOST}/x"
        response.read()
        for token, status in (("token", 200), ("other", 404)):
            # certbot needs this path to renew the certificate.
            connection.request("GET", f"/.well-known/acme-challenge/{token}")
            response = connection.getresponse()
            assert response.status == status
            response.read()
        connection.close()
        office.intake.kill()
        assert office.receipt()[0] == 502
    said = "".join(path.read_text() for path in folder.glob("*.log"))
    assert " 201 POST /uploads " in said
    assert f" 502 GET /receipts/{SHARE_ID} " in said
    assert "127.0.0.1" not in said.replace(f"127.0.0.1:{office.intake.port}", "")


def test_nginx_holds_back_who_asks_too_often(tmp_path: Path, certificate: Path) -> None:
    """The status makes homes retry later."""
    office = Office(tmp_path / "office")
    folder = tmp_path / "nginx"
    folder.mkdir()
    with office.intake, _behind_nginx(office, folder, certificate) as (_, secure):
        office.connect = lambda: connect(secure, certificate)
        found = [office.call("GET", "/nothing")[0]]
        while found[-1] == 404:
            found.append(office.call("GET", "/nothing")[0])
    assert found[-1] == 429
    assert len(found) > 60


def test_a_package_through_caddy(tmp_path: Path, certificate: Path) -> None:
    """The certificate exists already."""
    office = Office(tmp_path / "office")
    port = own_port()
    caddyfile = tmp_path / "Caddyfile"
    text = (SERVICE / "Caddyfile").read_text()
    files = f"{certificate}/fullchain.pem {certificate}/privkey.pem"
    caddyfile.write_text(
        replaced(
            text,
            {
                "\n{\n": "\n{\n\tadmin off\n\tauto_https disable_redirects\n",
                f"\n{HOST} {{\n": f"\n{HOST}:{port} {{\n\ttls {files}\n",
                "127.0.0.1:8787": f"127.0.0.1:{office.intake.port}",
            },
        )
    )
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    run = ("caddy", "run", "--adapter", "caddyfile", "--config", caddyfile)
    log = tmp_path / "caddy.log"
    with office.intake, running(port, log, *run, env=os.environ | home):
        office.connect = lambda: connect(port, certificate)
        office.upload(SOME)
        assert office.receipt()[0] == 200
        assert office.package.read_bytes() == SOME
        office.intake.kill()
        assert office.receipt()[0] == 502
    said = log.read_text()
    assert "server running" in said
    assert "remote" not in said
    assert "client_ip" not in said


class _MailServer(socketserver.TCPServer):
    """A mail server that keeps all lines."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Mail)
        self.received: list[bytes] = []


class _Mail(socketserver.StreamRequestHandler):
    """Receive one mail as a mail server."""

    server: _MailServer

    def handle(self) -> None:
        """Answer each line, and keep the lines after DATA."""
        self.wfile.write(b"220 here\r\n")
        taking = False
        for line in self.rfile:
            self.server.received.append(line)
            if taking:
                taking = line != b".\r\n"
                if not taking:
                    self.wfile.write(b"250 taken\r\n")
            elif line.upper().startswith(b"DATA"):
                taking = True
                self.wfile.write(b"354 go\r\n")
            elif line.upper().startswith(b"QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 here\r\n")


def test_the_desk_gets_mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The intake starts the program of the folder."""
    with _MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("SMTP", f"smtp://127.0.0.1:{server.server_address[1]}")
        office = Office(tmp_path)
        office.intake.add_options("--on-package", str(SERVICE / "mail-desk"))
        with office.intake:
            office.upload(SOME)
            waiting.block_until(
                lambda: f"command done {SHARE_ID}" in office.intake.said()
            )
        server.shutdown()
    assert all(line.endswith(b"\r\n") for line in server.received)
    text = b"".join(server.received).decode()
    assert "RCPT TO:<desk@police.example>" in text
    assert f"Share {SHARE_ID} is in the inbox:" in text
    assert str(office.package) in text
