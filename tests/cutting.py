"""A way to a server on loopback that breaks where a test says."""

from contextlib import suppress
import socket
import threading
from types import TracebackType
from typing import Self


class Cutting:
    """Passes everything on, until it is told to break.

    `after_asked`: once, when these bytes were asked and the server did it; its answer is
    lost. `after_sent`: each connection, after so many bytes of answers.
    """

    def __init__(self, port: int) -> None:
        """Listen in front of a port."""
        self._to = port
        self.after_asked: bytes | None = None
        self.after_sent: int | None = None
        self.cuts = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                lost = threading.Event()
                for pass_on, ends in (
                    (self._ask, (client, server)),
                    (self._answer, (server, client)),
                ):
                    threading.Thread(
                        target=self._run, args=(pass_on, *ends, lost), daemon=True
                    ).start()

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
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _ask(
        self, client: socket.socket, server: socket.socket, lost: threading.Event
    ) -> None:
        while data := client.recv(65536):
            if self.after_asked is not None and self.after_asked in data:
                self.after_asked = None
                lost.set()
            server.sendall(data)

    def _answer(
        self, server: socket.socket, client: socket.socket, lost: threading.Event
    ) -> None:
        sent = 0
        while data := server.recv(65536):
            if lost.is_set():
                self.cuts += 1
                return
            if self.after_sent is not None and sent + len(data) > self.after_sent:
                client.sendall(data[: max(0, self.after_sent - sent)])
                self.cuts += 1
                return
            client.sendall(data)
            sent += len(data)

    def __enter__(self) -> Self:
        """Listen."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes whoever waits for one
        self._listening.close()
