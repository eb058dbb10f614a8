"""A camera with a loudspeaker: an RTSP server that records the audio it receives.

GStreamer's server describes an ONVIF back channel, but crashes at the first audio
packet received through it. This server provides only the back channel.
"""

import asyncio
from dataclasses import dataclass, field
import re
from typing import Final, NamedTuple, Self, override
from urllib.parse import urlsplit, urlunsplit

from .listener import Client, Listener, Packet

_BACK_CHANNEL: Final = "www.onvif.org/ver20/backchannel"
_TRANSPORT: Final = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
_CHANNEL: Final = 0
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


class Sound(NamedTuple):
    """The audio of a packet."""

    sequence: int
    payload: bytes


@dataclass(kw_only=True)
class Loudspeaker(Listener):
    """Receive audio from clients that request, set up and play the back channel."""

    heard: list[Sound] = field(default_factory=list)

    @property
    def sound(self) -> bytes:
        """All received audio, in the order of its packets."""
        return b"".join(one.payload for one in self.heard)

    @override
    async def _serve(self, client: Client) -> None:
        is_set_up = plays = False
        while received := await client.receive():
            if isinstance(received, Packet):
                if plays and received.channel == _CHANNEL:
                    self._hear(received.data)
                continue
            method = received.method
            asks = received.headers.get("require") == _BACK_CHANNEL
            if method in ("DESCRIBE", "SETUP") and not asks:
                client.answer(received, 404)
            elif method == "DESCRIBE":
                client.answer(received, 200, body=_DESCRIPTION.replace("\n", "\r\n"))
            elif method == "SETUP":
                is_set_up = True
                client.answer(received, 200, _TRANSPORT, "Session: 1")
            else:
                plays = plays or (method == "PLAY" and is_set_up)
                client.answer(received, 200)

    def _hear(self, data: bytes) -> None:
        assert data[0] == 0x80, "version 2, without extensions"
        assert data[1] & 0x7F == _PCMU
        self.heard.append(Sound(int.from_bytes(data[2:4]), data[_HEADER:]))


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
            _TRANSPORT,
        )
        await voice.ask("PLAY", "", "Session: 1")
        return voice

    async def ask(self, method: str, path: str, *headers: str) -> None:
        self._asked += 1
        lines = [f"{method} {self._address}{path} RTSP/1.0", f"CSeq: {self._asked}"]
        self._writer.write("\r\n".join([*lines, *headers, "", ""]).encode())
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("RTSP/1.0 200"), head
        if length := re.search(r"^Content-Length: (\d+)", head, re.MULTILINE):
            await self._reader.readexactly(int(length[1]))

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
