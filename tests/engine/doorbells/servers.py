"""Servers that answer badly, each in its own way, on loopback."""

from collections.abc import Iterator
import contextlib
import socket
import threading


@contextlib.contextmanager
def answering(reply: bytes | None, *, hang_up: bool = True) -> Iterator[int]:
    """Answer each first request with `reply`, CSEQ in it replaced; None is silence.

    Yields the port.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    over = threading.Event()
    open_sockets: list[socket.socket] = []

    def answer(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            request = client.recv(4096)
            if not request or reply is None:
                return
            lines = request.split(b"\r\n")
            sequence = next((x for x in lines if x.lower().startswith(b"cseq")), b"")
            client.sendall(reply.replace(b"CSEQ", sequence))
            if hang_up:
                client.close()

    def serve() -> None:
        while not over.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            client.settimeout(2)
            open_sockets.append(client)
            answer(client)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        thread.join()
        listener.close()
        for client in open_sockets:
            client.close()
