"""The agency's host as a home knows it: by its name and its certificate."""

import http.client
from pathlib import Path
import socket
import ssl
import subprocess
from typing import Final

HOST: Final = "police.example"


def make_certificate(folder: Path) -> None:
    """Create a self-signed certificate."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:P-256", "-subj", f"/CN={HOST}"),
            *("-addext", f"subjectAltName=DNS:{HOST}"),
            *("-keyout", str(folder / "privkey.pem")),
            *("-out", str(folder / "fullchain.pem")),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )


def connect(port: int, certificate: Path) -> http.client.HTTPConnection:
    """Connect as a home that knows the web server by its name and certificate."""
    context = ssl.create_default_context(cafile=certificate / "fullchain.pem")
    connection = http.client.HTTPSConnection(HOST, port, timeout=60)
    plain = socket.create_connection(("127.0.0.1", port), 60)
    connection.sock = context.wrap_socket(plain, server_hostname=HOST)
    return connection
