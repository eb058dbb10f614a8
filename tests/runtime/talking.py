"""Talk at a doorbell with a real microphone's WebRTC connection and a real peer."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, Self, override

from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.codecs.g711 import PcmuEncoder
from aiortc.mediastreams import AudioStreamTrack
from aiortc.rtp import RtpPacket
from av import AudioFrame
from homeassistant.components.camera import Camera, WebRTCSendMessage
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant
from homeassistant.util import dt as dt_util
import numpy as np
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.registry import talk_entity_id
from tests.e2e.webrtc_peer.provider import Peer
from tests.rtsp.loudspeaker import Voice
from tests.sharing_fixtures import command, event_of

RATE: Final = 8000
# Samples of each frame of 20 ms.
FRAME: Final = 160
# The microphone beeps for a tenth of a second, every half second.
BEEP_EVERY: Final = 0.5
BEEP: Final = 0.1


class Microphone(AudioStreamTrack):
    """Beep twice a second, starting at once."""

    def __init__(self) -> None:
        """Start at time 0."""
        super().__init__()
        self._sent = 0

    @override
    async def recv(self) -> AudioFrame:
        await asyncio.sleep(FRAME / RATE)
        return self.frame()

    def frame(self) -> AudioFrame:
        """Return the next frame."""
        at = (self._sent + np.arange(FRAME)) / RATE
        wave = np.where(at % BEEP_EVERY < BEEP, np.sin(at * 440 * 2 * np.pi), 0)
        samples = (wave * 10_000).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), "s16", "mono")
        frame.sample_rate = RATE
        frame.time_base = Fraction(1, RATE)
        frame.pts = self._sent
        self._sent += FRAME
        return frame


class Browser:
    """A page with a microphone, logged in as a user."""

    def __init__(self, client: MockHAClientWebSocket, entity_id: str) -> None:
        """Store its socket and the camera to talk at."""
        self.client = client
        self.entity_id = entity_id
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.subscription = 0
        self.session = ""

    async def __aenter__(self) -> Self:
        """Return the browser."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        await self.connection.close()

    async def offer(self, direction: str = "sendonly") -> str:
        """Return an offer with the microphone only."""
        self.connection.addTransceiver(Microphone(), direction=direction)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        sdp: str = self.connection.localDescription.sdp
        return sdp

    async def send(self, offer: str) -> dict[str, Any]:
        """Send an offer and return the answer or the error."""
        told = await command(
            self.client,
            type="camera/webrtc/offer",
            entity_id=self.entity_id,
            offer=offer,
        )
        assert told["success"], told
        self.subscription = told["id"]
        self.session = (await event_of(self.client))["session_id"]
        return await event_of(self.client)

    async def press(self) -> dict[str, Any]:
        """Start to talk and return the answer or the error."""
        told = await self.send(await self.offer())
        if told["type"] == "answer":
            await self.take(told["answer"])
        return told

    async def take(self, answer: str) -> None:
        """Connect to the peer of the answer."""
        await self.connection.setRemoteDescription(
            RTCSessionDescription(answer, "answer")
        )

    async def let_go(self) -> None:
        """Stop talking."""
        await command(
            self.client, type="unsubscribe_events", subscription=self.subscription
        )


class Clock:
    """Replace the timers of talks; moving the clock would also time out sockets."""

    def __init__(self) -> None:
        """Start at time 0."""
        self._now = 0.0
        self._waiting: dict[object, tuple[float, HassJob[[datetime], None]]] = {}

    def call_later(
        self, _hass: HomeAssistant, seconds: float, then: HassJob[[datetime], None]
    ) -> CALLBACK_TYPE:
        """Call a function after a number of seconds and return how to cancel."""
        one = object()
        self._waiting[one] = (self._now + seconds, then)

        def stop() -> None:
            self._waiting.pop(one, None)

        return stop

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
        for one, (at, then) in list(self._waiting.items()):
            if at <= self._now:
                del self._waiting[one]
                then.target(dt_util.utcnow())


class Listener(Peer):
    """The peer, which records its messages."""

    def __init__(self) -> None:
        """Start without messages."""
        self.lines: list[dict[str, Any]] = []
        super().__init__(self._write)

    def _write(self, session: str, what: str, **more: Any) -> None:
        self.lines.append({"session": session, "what": what, **more})


async def let_go_of_everything(peers: Iterable[Listener]) -> None:
    """End all sessions, and cancel tasks that aiortc leaves if closed during setup."""
    for peer in peers:
        await peer.finish()
    for task in asyncio.all_tasks():
        if _is_aiortc(task):
            task.cancel()


def _is_aiortc(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and Path(code.co_filename).parent.name in (
        "aiortc",
        "aioice",
    )


class Relay(Listener):
    """Forward each packet of a voice to the camera's loudspeaker, as go2rtc does."""

    voice: Voice | None = None

    @override
    async def async_handle_async_webrtc_offer(
        self,
        camera: Camera,
        offer_sdp: str,
        session_id: str,
        send_message: WebRTCSendMessage,
    ) -> None:
        source = await camera.stream_source()
        assert source is not None
        self.voice = await Voice.to(source)
        await super().async_handle_async_webrtc_offer(
            camera, offer_sdp, session_id, send_message
        )

    @override
    def _note_first_packet(self, session_id: str, receiver: RTCRtpReceiver) -> None:
        take = receiver._handle_rtp_packet

        async def pass_on(packet: RtpPacket, arrival_time_ms: int) -> None:
            assert self.voice is not None
            self.voice.send(packet.payload)
            await take(packet, arrival_time_ms)

        vars(receiver)["_handle_rtp_packet"] = pass_on

    @override
    def async_close_session(self, session_id: str) -> None:
        if self.voice is not None:
            self.voice.close()
        super().async_close_session(session_id)


def spoken(seconds: float) -> bytes:
    """Return the microphone's sound of a number of seconds as G.711 mu-law."""
    encoder, microphone = PcmuEncoder(), Microphone()
    frames = (microphone.frame() for _ in range(round(seconds * RATE / FRAME)))
    return b"".join(part for frame in frames for part in encoder.encode(frame)[0])


def talk_camera(hass: HomeAssistant, door: MockConfigEntry) -> str:
    """Return the entity id of a doorbell's hidden camera."""
    entity_id = talk_entity_id(hass, door.entry_id)
    assert entity_id is not None
    return entity_id
