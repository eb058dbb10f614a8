"""The remote end of a WebRTC session: sends an RTSP stream, receives a microphone."""

import asyncio
from collections.abc import Callable, Coroutine
import json
from pathlib import Path
import time
from typing import Any, Final, TextIO, override

import aioice.ice
from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaPlayer
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcrtpparameters import RTCRtpCapabilities, RTCRtpCodecCapability
from aiortc.rtp import RtpPacket
from aiortc.sdp import SessionDescription, candidate_from_sdp
from av import AudioFrame
from homeassistant.components.camera import (
    Camera,
    CameraWebRTCProvider,
    WebRTCAnswer,
    WebRTCSendMessage,
)
from homeassistant.core import callback
import numpy as np
from webrtc_models import RTCIceCandidateInit

# Use only this machine, without looking for other hosts.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
_ALONE: Final = RTCConfiguration(iceServers=[])

type Note = Callable[..., None]


class Heard:
    """Write events to a file as JSON lines.

    `offer`, `answer`, `connected`, `closed`; `packet` for the first one of a
    microphone; `sound` for each 20 ms of audio, with its level `loud` from 0 to 1 and
    its time `media` in seconds of the sender's clock.
    """

    def __init__(self, path: Path) -> None:
        """Store the path of the file."""
        self._path = path
        self._file: TextIO | None = None

    def open(self) -> None:
        """Open the file; not in the event loop."""
        self._file = self._path.open("a", buffering=1)

    def note(self, session: str, what: str, **more: object) -> None:
        """Write a line."""
        assert self._file is not None
        line = {"at": time.time(), "session": session, "what": what, **more}
        self._file.write(json.dumps(line) + "\n")


class Peer(CameraWebRTCProvider):
    """Answer offers for every camera with an RTSP stream."""

    # The codecs accepted from a microphone.
    hears: tuple[str, ...] = ("audio/PCMU",)

    def __init__(self, note: Note) -> None:
        """Store the log."""
        self._note = note
        self._sessions: dict[str, tuple[RTCPeerConnection, MediaPlayer | None]] = {}
        self._listening: dict[str, asyncio.Task[None]] = {}
        self._early: dict[str, list[RTCIceCandidateInit]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    @override
    def domain(self) -> str:
        return "webrtc_peer"

    @property
    def sessions(self) -> list[str]:
        """The open sessions."""
        return list(self._sessions)

    @callback
    @override
    def async_is_supported(self, stream_source: str) -> bool:
        return stream_source.startswith("rtsp://")

    @override
    async def async_handle_async_webrtc_offer(
        self,
        camera: Camera,
        offer_sdp: str,
        session_id: str,
        send_message: WebRTCSendMessage,
    ) -> None:
        source = await camera.stream_source()
        kinds = {
            (media.kind, media.direction)
            for media in SessionDescription.parse(offer_sdp).media
        }
        self._note(session_id, "offer", camera=camera.entity_id, kinds=sorted(kinds))
        player: MediaPlayer | None = None
        if ("video", "recvonly") in kinds or ("video", "sendrecv") in kinds:
            player = await asyncio.to_thread(_play, source)
        connection = RTCPeerConnection(_ALONE)
        self._sessions[session_id] = (connection, player)

        @connection.on("track")
        def on_track(track: MediaStreamTrack) -> None:
            if track.kind == "audio":
                self._listening[session_id] = self._keep(
                    self._listen(session_id, track)
                )

        @connection.on("connectionstatechange")
        async def on_state() -> None:
            self._note(session_id, connection.connectionState)

        if player is not None and player.video is not None:
            # The video is forwarded without decoding, so its codec must be named.
            sender = connection.addTransceiver(player.video, direction="sendonly")
            sender.setCodecPreferences(
                _named(RTCRtpSender.getCapabilities("video"), "video/H264")
            )
        if ("audio", "sendonly") in kinds:
            microphone = connection.addTransceiver("audio", direction="recvonly")
            microphone.setCodecPreferences(
                _named(RTCRtpReceiver.getCapabilities("audio"), *self.hears)
            )
            self._note_first_packet(session_id, microphone.receiver)
        await connection.setRemoteDescription(RTCSessionDescription(offer_sdp, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        self._note(session_id, "answer")
        send_message(WebRTCAnswer(connection.localDescription.sdp))
        for candidate in self._early.pop(session_id, []):
            await self.async_on_webrtc_candidate(session_id, candidate)

    @override
    async def async_on_webrtc_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        if session_id not in self._sessions:
            self._early.setdefault(session_id, []).append(candidate)
            return
        if not candidate.candidate:
            return
        found = candidate_from_sdp(candidate.candidate.removeprefix("candidate:"))
        found.sdpMid = candidate.sdp_mid
        found.sdpMLineIndex = candidate.sdp_m_line_index
        connection, _ = self._sessions[session_id]
        await connection.addIceCandidate(found)

    @callback
    @override
    def async_close_session(self, session_id: str) -> None:
        if (session := self._sessions.pop(session_id, None)) is not None:
            self._note(session_id, "close")
            if (listening := self._listening.pop(session_id, None)) is not None:
                listening.cancel()
            self._keep(_close(*session))

    async def finish(self) -> None:
        """Close all sessions and return when all resources are released."""
        for session_id in self.sessions:
            self.async_close_session(session_id)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _note_first_packet(self, session_id: str, receiver: RTCRtpReceiver) -> None:
        """Note the first audio packet on arrival; aiortc passes it on four packets later."""
        take = receiver._handle_rtp_packet

        async def first(packet: RtpPacket, arrival_time_ms: int) -> None:
            vars(receiver).pop("_handle_rtp_packet")
            self._note(session_id, "packet")
            await take(packet, arrival_time_ms)

        vars(receiver)["_handle_rtp_packet"] = first

    async def _listen(self, session_id: str, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                wave = frame.to_ndarray().astype(np.float64) / 32768
                self._note(
                    session_id,
                    "sound",
                    loud=round(float(np.sqrt(np.mean(wave**2))), 4),
                    media=frame.time,
                )
        except MediaStreamError:
            return

    def _keep(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _play(source: str | None) -> MediaPlayer:
    return MediaPlayer(source, options={"rtsp_transport": "tcp"}, decode=False)


async def _close(connection: RTCPeerConnection, player: MediaPlayer | None) -> None:
    await connection.close()
    for track in (player.video, player.audio) if player is not None else ():
        if track is not None:
            # Stopping waits for the thread that reads the stream.
            await asyncio.to_thread(track.stop)


def _named(able: RTCRtpCapabilities | None, *names: str) -> list[RTCRtpCodecCapability]:
    return [codec for codec in able.codecs if codec.mimeType in names] if able else []
