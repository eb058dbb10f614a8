"""A TCP proxy on loopback whose connections tests can break."""

from collections.abc import Callable
from contextlib import suppress
import socket
import threading
import time
from types import TracebackType
from typing import Self

_NOT_YET = b"HTTP/1.1 100"  # "100 Continue", sent before the server handles the request


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


class Cutting:
    """Forwards all bytes until told to break.

    If `after_asked` is set, the answer to the request that contains these bytes is lost, for
    `times` such requests; the server handles them. If `after_sent` is set, each connection
    is cut after this number of bytes of answers.
    """

    def __init__(self, port: int) -> None:
        """Listen in front of a port."""
        self._to = port
        self.after_asked: bytes | None = None
        self.times = 1
        self.after_sent: int | None = None
        self._drips = False
        self.cuts = 0
        self._flows = threading.Event()
        self._flows.set()
        self._refuses = False
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._begin(self._accept)

    def _begin(self, work: Callable[..., None], *parameters: object) -> None:
        thread = threading.Thread(target=work, args=parameters, daemon=True)
        self._threads.append(thread)
        thread.start()

    def lose(self, asked: bytes, times: int = 1) -> None:
        """Lose the answers to requests that contain these bytes."""
        self.after_asked, self.times = asked, times

    def freeze(self) -> None:
        """Stop forwarding, but leave all connections open."""
        self._flows.clear()

    def drip(self) -> None:
        """Forward answers byte by byte."""
        self._drips = True

    def go_away(self) -> None:
        """Cut all connections and refuse new ones."""
        self._refuses = True
        for end in list(self._open):
            _close(end)

    def come_back(self) -> None:
        """Forward again, including the bytes that waited."""
        self._refuses = self._drips = False
        self._flows.set()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._refuses:
                    client.close()
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._to))
                except OSError:
                    client.close()
                    continue
                lost = threading.Event()
                self._open |= {client, server}
                for pass_on, ends in (
                    (self._ask, (client, server)),
                    (self._answer, (server, client)),
                ):
                    self._begin(self._run, pass_on, *ends, lost)

    def _run(
        self,
        pass_on: object,
        source: socket.socket,
        target: socket.socket,
        lost: threading.Event,
    ) -> None:
        assert callable(pass_on)
        with suppress(OSError):
            pass_on(source, target, lost)
        for end in (source, target):
            _close(end)
            self._open.discard(end)

    def _ask(
        self, client: socket.socket, server: socket.socket, lost: threading.Event
    ) -> None:
        while data := client.recv(65536):
            if self.after_asked is not None and self.after_asked in data:
                self.times -= 1
                if self.times == 0:
                    self.after_asked = None
                lost.set()
            self._flows.wait()
            server.sendall(data)

    def _answer(
        self, server: socket.socket, client: socket.socket, lost: threading.Event
    ) -> None:
        sent = 0
        while data := server.recv(65536):
            self._flows.wait()
            if lost.is_set() and not data.startswith(_NOT_YET):
                self.cuts += 1
                return
            if self.after_sent is not None and sent + len(data) > self.after_sent:
                client.sendall(data[: max(0, self.after_sent - sent)])
                self.cuts += 1
                return
            while self._drips and data:
                client.sendall(data[:1])
                data = data[1:]
                time.sleep(0.05)
            client.sendall(data)
            sent += len(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut all connections and stop listening."""
        _close(self._listening)  # ends the blocking `accept`
        self.come_back()
        self._threads[0].join(10)  # it starts the others
        self.go_away()
        for thread in self._threads:
            thread.join(10)
