"""The web server of an agency in front of a real intake, with faults on request."""

import http.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Literal, Self, override

from tests.intake import Intake

type Fault = int | dict[str, str] | Literal["cut", "mute"]


class Front(ThreadingHTTPServer):
    """The agency's web server: static files, and a proxy to the intake.

    `faults` are used for the next requests of a method: a status that replaces the intake's,
    wrong headers, `cut` (the connection breaks in the middle of the body) or `mute` (the
    connection breaks before the answer).
    """

    daemon_threads = True

    def __init__(self, intake: Intake) -> None:
        """Listen; requests are answered inside the context manager."""
        super().__init__(("127.0.0.1", 0), _Asked)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.intake = intake
        self.faults: list[tuple[str, Fault]] = []
        self.seen: list[tuple[str, str | None]] = []

    @override
    def __enter__(self) -> Self:
        """Answer requests in a thread."""
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    @override
    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self.shutdown()
        self.server_close()

    @override
    def handle_error(self, *_: object) -> None:
        """Ignore errors of broken connections."""


class _Asked(BaseHTTPRequestHandler):
    """Handle one request."""

    server: Front

    def _answer(self) -> None:
        front, method = self.server, self.command
        size = int(self.headers.get("Content-Length") or 0)
        fault: Fault | None = None
        if front.faults and front.faults[0][0] == method:
            fault = front.faults.pop(0)[1]
        front.seen.append((method, self.headers.get("Upload-Offset")))
        body = self.rfile.read(size // 2 if fault == "cut" else size)
        file = front.intake.public / self.path[1:]
        if isinstance(fault, int):
            self._send(fault, {})
        elif method == "GET" and file.is_file():
            self._send(200, {}, file.read_bytes())
        else:
            behind = http.client.HTTPConnection("127.0.0.1", front.intake.port, 60)
            behind.putrequest(method, self.path, skip_host=True)
            for name, value in self.headers.items():
                behind.putheader(name, value)
            behind.endheaders(body)
            if fault != "cut":
                answer = behind.getresponse()
                content = answer.read()
                if fault != "mute":
                    headers = {name.title(): one for name, one in answer.getheaders()}
                    lies = fault if isinstance(fault, dict) else {}
                    self._send(answer.status, headers | lies, content)
            behind.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name not in ("Content-Length", "Transfer-Encoding"):
                self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - names of http.server

    @override
    def log_message(self, *_: object) -> None:
        """Log nothing."""
