"""A camera with a loudspeaker: an RTSP server that records the audio it receives.

GStreamer's server describes an ONVIF back channel, but crashes at the first audio
packet received through it. This server provides only the back channel.
"""

import asyncio
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

_BACK_CHANNEL: Final = "www.onvif.org/ver20/backchannel"
_DESCRIPTION: Final = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=Door
t=0 0
m=audio 0 RTP/AVP 0
a=control:voice
a=rtpmap:0 PCMU/8000
a=sendonly
"""
_PCMU: Final = 0
_HEADER: Final = 12  # bytes of RTP, without extensions


@dataclass(frozen=True, slots=True)
class Packet:
    """An audio packet."""

    sequence: int
    timestamp: int
    payload: bytes


@dataclass(slots=True)
class Loudspeaker:
    """Receive audio from clients that request, set up and play the back channel."""

    heard: list[Packet] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen for connections."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        assert self._server is not None
        self._server.close()
        self._server.close_clients()
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        """The RTSP address."""
        assert self._server is not None
        return f"rtsp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/door"

    @property
    def sound(self) -> bytes:
        """All received audio, in the order of its packets."""
        return b"".join(packet.payload for packet in self.heard)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        channel: int | None = None
        plays = False
        try:
            while first := await reader.read(1):
                if first == b"$":
                    head = await reader.readexactly(3)
                    data = await reader.readexactly(int.from_bytes(head[1:]))
                    if plays and head[0] == channel:
                        self._hear(data)
                    continue
                request = first + await reader.readuntil(b"\r\n\r\n")
                line, *rest = request.decode().splitlines()
                headers = {
                    name.lower(): value.strip()
                    for name, _, value in (one.partition(":") for one in rest)
                }
                method = line.partition(" ")[0]
                self.requests.append(method)
                asks = headers.get("require") == _BACK_CHANNEL
                status, more, body = "200 OK", "", ""
                if method in ("DESCRIBE", "SETUP") and not asks:
                    status = "404 Not Found"
                elif method == "DESCRIBE":
                    body = _DESCRIPTION.replace("\n", "\r\n")
                    more = "Content-Type: application/sdp\r\n"
                elif method == "SETUP":
                    channel = 0
                    more = (
                        "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                        "Session: 1\r\n"
                    )
                elif method == "PLAY":
                    plays = channel is not None
                writer.write(
                    f"RTSP/1.0 {status}\r\nCSeq: {headers.get('cseq', '')}\r\n{more}"
                    f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
                )
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            writer.close()

    def _hear(self, data: bytes) -> None:
        assert data[0] == 0x80, "version 2, without extensions"
        assert data[1] & 0x7F == _PCMU
        self.heard.append(
            Packet(int.from_bytes(data[2:4]), int.from_bytes(data[4:8]), data[_HEADER:])
        )


class Voice:
    """Send audio to a loudspeaker as a WebRTC provider for cameras does."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: str
    ) -> None:
        """Store a connection; use `to` to create one."""
        self._reader = reader
        self._writer = writer
        self._address = address
        self._asked = self._sent = 0

    @classmethod
    async def to(cls, address: str) -> Self:
        """Connect to a camera and start playing."""
        parts = urlsplit(address)
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        voice = cls(*await asyncio.open_connection(parts.hostname, parts.port), bare)
        await voice.ask("DESCRIBE", "", f"Require: {_BACK_CHANNEL}")
        await voice.ask(
            "SETUP",
            "/voice",
            f"Require: {_BACK_CHANNEL}",
            "Transport: RTP/AVP/TCP;unicast;interleaved=0-1",
        )
        await voice.ask("PLAY", "", "Session: 1")
        return voice

    async def ask(self, method: str, path: str, *headers: str) -> None:
        self._asked += 1
        lines = [f"{method} {self._address}{path} RTSP/1.0", f"CSeq: {self._asked}"]
        self._writer.write("\r\n".join([*lines, *headers, "", ""]).encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("RTSP/1.0 200"), head
        length = int(head.rpartition("Content-Length:")[2])
        await self._reader.readexactly(length)

    def send(self, payload: bytes) -> None:
        """Send 20 ms of G.711 audio."""
        number = self._sent
        self._sent += 1
        header = b"\x80\x00" + number.to_bytes(2) + (number * len(payload)).to_bytes(4)
        packet = header + bytes(4) + payload
        self._writer.write(b"$\0" + len(packet).to_bytes(2) + packet)

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()
