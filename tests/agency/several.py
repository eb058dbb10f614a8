"""Several intakes of one agency behind nginx, on one object store."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
import hashlib
import hmac
import http.client
from pathlib import Path
import subprocess

from tests.nginx import behind_nginx
from tests.ports import own_port
from tests.repository import ROOT
from tests.servers import program, started, wait_until
from tests.swift import Swift

DEPLOY = ROOT / "agency/deploy"


def s3(
    store: Swift, path: str, body: bytes | None = None, secret: str | None = None
) -> tuple[int, bytes]:
    """Get or put an object by S3, signed with AWS4-HMAC-SHA256; return status and body.

    curl also signs requests, but does not accept a user with a colon, such as Swift's.
    """
    method = "GET" if body is None else "PUT"
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    host, sums = f"127.0.0.1:{store.port}", "UNSIGNED-PAYLOAD"
    named = {"host": host, "x-amz-content-sha256": sums, "x-amz-date": now}
    lines = "".join(f"{name}:{value}\n" for name, value in named.items())
    asked = f"{method}\n{path}\n\n{lines}\n{';'.join(named)}\n{sums}"
    scope = (now[:8], store.region, "s3", "aws4_request")
    digest = hashlib.sha256(asked.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{now}\n{'/'.join(scope)}\n{digest}"
    key = f"AWS4{secret or store.secret_key}".encode()
    for part in (*scope, text):
        key = hmac.digest(key, part.encode(), "sha256")
    named["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={store.access_key}/{'/'.join(scope)},"
        f"SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature={key.hex()}"
    )
    connection = http.client.HTTPConnection(host, timeout=120)
    connection.request(method, path, body, named)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


class PlainTus:
    """The official tus server alone, in a process."""

    def __init__(self, folder: Path, store: Swift | None, where: str) -> None:
        """Keep uploads at `where`: a folder, or `s3://BUCKET` of the store."""
        self.port = own_port()
        self.log = folder / f"tus-{self.port}.log"
        self._store = store
        self._where = where
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        node = program("node")
        assert node
        script = Path(__file__).parents[1] / "plain_tus.mjs"
        env = {"PATH": "", "TMPDIR": str(self.log.parent)}
        if self._store is not None:
            env |= {"S3": self._store.endpoint, **self._store.environment}
        begin = self.log.stat().st_size if self.log.exists() else 0
        self.process = started(
            *(node, script, str(self.port), self._where), log=self.log, env=env
        )
        wait_until(
            lambda: b"listening" in self.log.read_bytes()[begin:],
            self.process,
            self.log,
        )

    def kill(self) -> None:
        """Kill the server with SIGKILL, as in a power cut."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.wait(30)


@contextmanager
def in_front(
    ports: Sequence[int],
    folder: Path,
    certificate: Path | None,
    *,
    rate: str = "60r/m",
    port: int | None = None,
) -> Iterator[int]:
    """Run nginx with the site of agency/deploy before these intakes; return its port.

    Without a certificate, nginx uses plain HTTP.
    """
    plain, port = own_port(), port or own_port()
    folder.mkdir(parents=True, exist_ok=True)
    line = "  server 127.0.0.1:{} max_fails=1 fail_timeout=2s;\n"
    keys = "/etc/letsencrypt/live/police.example"
    changes = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "  listen [::]:80;\n": "",
        "  listen [::]:443 ssl;\n": "",
        line.format(8787) + line.format(8788): "".join(map(line.format, ports)),
        "/var/log/nginx": str(folder),
        "/var/www/html": str(folder / "html"),
        "rate=60r/m": f"rate={rate}",
    }
    if certificate is None:
        changes |= {
            "listen 443 ssl;": f"listen 127.0.0.1:{port};",
            f"  ssl_certificate {keys}/fullchain.pem;\n": "",
            f"  ssl_certificate_key {keys}/privkey.pem;\n": "",
        }
    else:
        changes |= {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            keys: str(certificate),
        }
    with behind_nginx(DEPLOY / "nginx.conf", changes, folder, port):
        yield port
