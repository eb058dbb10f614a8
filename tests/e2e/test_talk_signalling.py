"""A browser's microphone reaches a WebRTC peer through core's own signaling."""

from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.async_api import Page
import pytest

from tests.e2e.conftest import PASSWORD, USER, Pages, log_in
from tests.e2e.homes import add_rtsp_doorbell, connected
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

from .ha import Home, HomeAssistantProcess
from .peer import beeps, heard, home_with_peer

# In seconds: the interval of the fake microphone's beeps, and an audio frame.
BEEP_EVERY = 0.5
FRAME = 0.02

# Start talk with only core's public interface.
PRESS = """async entity_id => {
    const { connection } = document.querySelector("home-assistant").hass;
    const { configuration } = await connection.sendMessagePromise(
        { type: "camera/webrtc/get_client_config", entity_id });
    const peer = new RTCPeerConnection(configuration);
    const { sender } = peer.addTransceiver("audio", { direction: "sendonly" });
    await peer.setLocalDescription(await peer.createOffer());
    const stream = await navigator.mediaDevices.getUserMedia({ audio: {
        echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    await sender.replaceTrack(stream.getAudioTracks()[0]);
    let session, early = [];
    const send = candidate => connection.sendMessagePromise({
        type: "camera/webrtc/candidate", entity_id, session_id: session, candidate });
    peer.onicecandidate = ({ candidate }) => {
        if (!candidate?.candidate) return;
        session ? send(candidate.toJSON()) : early.push(candidate.toJSON());
    };
    return await new Promise(async resolve => {
        await connection.subscribeMessage(async event => {
            if (event.type === "session") {
                session = event.session_id;
                early.forEach(send);
            } else if (event.type === "answer") {
                await peer.setRemoteDescription({ type: "answer", sdp: event.answer });
                resolve("talks");
            } else if (event.type === "error") {
                stream.getTracks().forEach(track => track.stop());
                peer.close();
                resolve(event.code + ": " + event.message);
            }
        }, { type: "camera/webrtc/offer", entity_id, offer: peer.localDescription.sdp });
    });
}"""


@pytest.fixture
def machine(tmp_path: Path, socket_enabled: None) -> Any:
    """Return a Home Assistant with a WebRTC provider for cameras."""
    process = home_with_peer(tmp_path / "config")
    yield process
    process.kill()


async def press(page: Page, entity_id: str) -> str:
    """Start talk and return the result."""
    told: str = await page.evaluate(PRESS, entity_id)
    return told


async def test_beeps_arrive_and_one_talks_at_a_time(
    machine: HomeAssistantProcess, pages: Pages, rtsp_server: RtspServer
) -> None:
    """Closing the page or logging out lets another person talk."""
    machine.start()
    async with Home(machine.url) as home:
        await home.enter("Robin", USER, PASSWORD)
        await add_rtsp_doorbell(home, rtsp_server.address("talk0"))
        await until(lambda: connected(home), "the stream")
        kim = await home.add_user("kim", PASSWORD, "system-users")
        talk = "camera.front_door_talk"
        first, second = await pages.open(), await pages.open()
        await log_in(first, machine, "/profile")
        await log_in(second, machine, "/profile", user="kim")

        assert await press(first, talk) == "talks"

        async def beeped() -> list[float] | None:
            begun = beeps(heard(machine.config))
            return begun if len(begun) > 6 else None

        begun = await until(beeped, "beeps")
        for one, later in pairwise(begun[1:]):
            # Beeps may be lost on a busy machine, but those heard have the right
            # distance.
            assert abs((later - one + FRAME) % BEEP_EVERY) <= 2 * FRAME + 0.001

        refused = "talk_busy: Robin is talking at this doorbell now"
        assert await press(second, talk) == refused
        assert await press(second, "camera.front_door") == (
            "talk_elsewhere: You can't talk through the camera that you watch. Use the talk"
            " button in the Doorwatch panel or card"
        )
        await first.close()

        async def free() -> bool | None:
            return await press(second, talk) == "talks" or None

        await until(free, "the door to be free")
        sessions = {line["session"] for line in heard(machine.config)}
        assert len(sessions) == 2
        # Deleting the account revokes its tokens.
        await home.command(type="config/auth/delete", user_id=kim)

        async def closed() -> bool | None:
            ends = [one for one in heard(machine.config) if one["what"] == "close"]
            return True if len(ends) == 2 else None

        await until(closed, "the end")
