"""Loopback servers with faulty answers."""

from collections.abc import Iterator
import contextlib
import socket
import threading


@contextlib.contextmanager
def answering(reply: bytes | None, *, hang_up: bool = True) -> Iterator[int]:
    """Answer requests with `reply`, in which CSEQ is replaced; None means no answer.

    Only the first request of each connection is answered unless `hang_up` is False.
    Yields the port.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    over = threading.Event()
    open_sockets: list[socket.socket] = []

    def answer(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while (request := client.recv(4096)) and reply is not None:
                lines = request.split(b"\r\n")
                found = (line for line in lines if line.lower().startswith(b"cseq"))
                client.sendall(reply.replace(b"CSEQ", next(found, b"")))
                if hang_up:
                    client.close()
                    return

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
