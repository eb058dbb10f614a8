"""A tus server that discards everything, to measure clients without a disk.

python -m scripts.bench_parts._sink FILE_DESCRIPTOR_OF_A_LISTENING_SOCKET
"""

import re
import socket
import sys


def serve(listener: socket.socket) -> None:
    """Answer like a tus server without storing anything."""
    buffer = bytearray(1 << 20)
    while True:
        connection, _ = listener.accept()
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (block := connection.recv(65536)):
                    break
                head += block
            head, _, body = head.partition(b"\r\n\r\n")
            found = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
            length = int(found[1]) if found else 0
            if re.search(rb"(?i)\r\nexpect: 100", head):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            got = len(body)
            while got < length and (count := connection.recv_into(buffer)):
                got += count
            answer = {
                b"POST": b"201 Created\r\nLocation: /uploads/1\r\nContent-Length: 0",
                b"HEAD": b"200 OK\r\nUpload-Offset: 0\r\nContent-Length: 0",
            }.get(head[:4], b"204 No Content\r\nUpload-Offset: %d" % got)
            connection.sendall(b"HTTP/1.1 " + answer + b"\r\nConnection: close\r\n\r\n")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
