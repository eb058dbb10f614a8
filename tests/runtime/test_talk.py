"""Test talking at a doorbell: one person at a time, permissions, and every end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from itertools import pairwise
from typing import Any, override

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import User
from homeassistant.components.camera import (
    WebRTCAnswer,
    WebRTCError,
    async_register_webrtc_provider,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket
from webrtc_models import RTCIceCandidateInit

from custom_components.doorwatch.const import CONF_ON_EVENT, CONF_ONE_CONNECTION
from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.signals import EVENT_TALKED
from tests import waiting
from tests.conftest import Until
from tests.e2e.peer import beeps
from tests.rtsp.fixtures import RtspServer
from tests.rtsp.loudspeaker import Loudspeaker
from tests.sharing_fixtures import Home, allow, command, event_of, result_of, set_state

from .talking import (
    BEEP_EVERY,
    FRAME,
    RATE,
    Browser,
    Clock,
    Listener,
    Relay,
    let_go_of_everything,
    spoken,
    talk_camera,
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Set up cameras with a loudspeaker and return the list of queried cameras."""
    addresses: list[str] = []

    async def ask(address: str) -> bool:
        addresses.append(address)
        return True

    monkeypatch.setattr(
        "custom_components.doorwatch.runtime.talk.has_back_channel", ask
    )
    return addresses


type Listen = Callable[..., Awaitable[Listener]]


@pytest.fixture
async def listen(home: Home) -> AsyncIterator[Listen]:
    """Return a function that registers a WebRTC provider."""
    peers: list[Listener] = []

    async def listen(peer: Listener | None = None) -> Listener:
        peers.append(peer or Listener())
        async_register_webrtc_provider(home.hass, peers[-1])
        await home.hass.async_block_till_done()
        return peers[-1]

    yield listen
    await let_go_of_everything(peers)


async def reload(home: Home, until: Until) -> None:
    """Reload the front door and wait until its connection is closed."""
    await home.hass.config_entries.async_reload(home.front.entry_id)
    coordinator = home.front.runtime_data
    await until(lambda: coordinator.data.problem or coordinator.data.asleep)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock of talks, which tests move."""
    clock = Clock()
    monkeypatch.setattr(
        "custom_components.doorwatch.timer.async_call_later", clock.call_later
    )
    return clock


@pytest.fixture
async def peer(home: Home, asked: list[str], listen: Listen) -> Listener:
    """Set up a front door with a loudspeaker."""
    peer = await listen()
    set_state(home.front)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    return peer


async def live(client: MockHAClientWebSocket) -> dict[str, Any]:
    """Return the live data of the front door."""
    await client.send_json_auto_id({"type": "doorwatch/live/subscribe"})
    answer = await result_of(client)
    told: dict[str, Any] = (await event_of(client))["doorbells"][0]
    await command(client, type="unsubscribe_events", subscription=answer["id"])
    return told


@pytest.mark.lesson(14)
async def test_a_voice_reaches_the_doorbell(
    home: Home, peer: Listener, until: Until
) -> None:
    """Beeps keep their times; the talker is shown, and an event fires at the end."""
    noted = async_capture_events(home.hass, EVENT_TALKED)
    watching = await home.connect()
    before = await live(watching)
    assert before["talk_problem"] is None
    assert before["talker"] is None

    async with Browser(await home.connect(), before["talk_entity_id"]) as browser:
        assert (await browser.press())["type"] == "answer"
        await until(lambda: len(beeps(peer.lines)) > 4)
        talker = (await live(watching))["talker"]
        assert talker["name"] == home.admin.name
        # Only the talker's own session sees the session id.
        assert talker["session_id"] is None
        assert (await live(browser.client))["talker"]["session_id"] == browser.session
        await browser.let_go()

    assert [line["what"] for line in peer.lines].count("packet") == 1
    begun = beeps(peer.lines)
    between = [later - one for one, later in pairwise(begun)]
    # Within a frame of 20 ms.
    assert between == pytest.approx([BEEP_EVERY] * len(between), abs=0.021)
    assert not peer.sessions
    assert (await live(watching))["talker"] is None
    [event] = noted
    assert event.data["name"] == home.admin.name
    assert event.data["entity_id"] == home.camera(home.front)
    assert event.data["doorbell_id"] == home.front.entry_id
    assert event.data["duration"] > 0
    assert event.context.user_id == home.admin.id


async def test_a_voice_reaches_the_loudspeaker_over_rtsp(
    home: Home, listen: Listen, until: Until
) -> None:
    """The loudspeaker gets every byte in packets of 20 ms until the person stops."""
    relay = Relay()
    await listen(relay)
    async with Loudspeaker() as speaker:
        home.hass.config_entries.async_update_entry(
            home.front, data={**home.front.data, "stream": speaker.address("/door")}
        )
        await reload(home, until)
        set_state(home.front)
        await until(partial(asked_already, home))
        assert home.front.runtime_data.talk.obstacle is None
        talk = talk_camera(home.hass, home.front)
        async with Browser(await home.connect(), talk) as browser:
            assert (await browser.press())["type"] == "answer"
            await until(lambda: len(speaker.sound) > BEEP_EVERY * RATE)
            await browser.let_go()
        assert home.front.runtime_data.talk.session is None

    assert {len(packet.payload) for packet in speaker.heard} == {FRAME}
    numbers = [packet.sequence for packet in speaker.heard]
    assert numbers == list(range(len(numbers)))
    # Sound before the connection to the loudspeaker is lost; the microphone beeps on.
    assert speaker.sound in spoken(len(speaker.sound) / RATE + 2 * BEEP_EVERY)


async def test_a_second_one_hears_who_talks(home: Home, peer: Listener) -> None:
    """The attempt doesn't interrupt the first person; the second can talk later."""
    kim = await home.user("Kim", control=[home.front])
    talk = talk_camera(home.hass, home.front)
    async with (
        Browser(await home.connect_as(kim), talk) as first,
        Browser(await home.connect(), talk) as second,
    ):
        assert (await first.press())["type"] == "answer"
        told = await second.press()
        assert (told["type"], told["code"]) == ("error", "talk_busy")
        assert told["message"] == "Kim is talking at this doorbell now"
        await second.let_go()
        assert peer.sessions == [first.session]

        await first.let_go()
        async with Browser(second.client, talk) as again:
            assert (await again.press())["type"] == "answer"
            assert peer.sessions == [again.session]
            await again.let_go()


async def test_the_camera_that_is_watched_stays_what_it_was(
    home: Home, peer: Listener
) -> None:
    """HLS and WebRTC still work; only the camera's microphone is disabled."""
    camera = home.camera(home.front)
    client = await home.connect()
    told = await command(client, type="camera/capabilities", entity_id=camera)
    assert set(told["result"]["frontend_stream_types"]) == {"hls", "web_rtc"}
    async with Browser(client, camera) as browser:
        listening = (await browser.offer()).replace("a=sendonly", "a=recvonly")
        assert (await browser.send(listening))["type"] == "answer"
        await browser.let_go()


type End = Callable[[Home, User, Browser], Awaitable[object]]


async def close_page(home: Home, user: User, browser: Browser) -> None:
    """Close the connection, as a browser does."""
    await browser.client.close()


async def lose_network(home: Home, user: User, browser: Browser) -> None:
    """Abort the connection without a message."""
    browser.client._writer.transport.abort()


async def revoke(home: Home, user: User, browser: Browser) -> None:
    """Log the browser out from another device."""
    for token in list(user.refresh_tokens.values()):
        home.hass.auth.async_remove_refresh_token(token)


async def lose_doorbell(home: Home, user: User, browser: Browser) -> None:
    """Disconnect the doorbell."""
    set_state(home.front, connected=False, problem="timeout")


async def forbid(home: Home, user: User, browser: Browser) -> None:
    """Remove the permission."""
    await home.hass.auth.async_update_user(user, group_ids=[GROUP_ID_READ_ONLY])


async def deactivate(home: Home, user: User, browser: Browser) -> None:
    """Deactivate the account."""
    await home.hass.auth.async_update_user(user, is_active=False)


ENDS: dict[str, End] = {
    "let go": lambda home, user, browser: browser.let_go(),
    "page": close_page,
    "network": lose_network,
    "token": revoke,
    "removed": lambda home, user, browser: home.hass.auth.async_remove_user(user),
    "demoted": forbid,
    "locked": deactivate,
    "unloaded": lambda home, user, browser: home.hass.config_entries.async_unload(
        home.front.entry_id
    ),
    "gone": lambda home, user, browser: home.hass.config_entries.async_remove(
        home.front.entry_id
    ),
    "cut": lose_doorbell,
}
# The page is still open and must release the microphone.
TOLD = {
    "demoted": "talk_not_allowed",
    "unloaded": "talk_unavailable",
    "gone": "talk_unavailable",
    "cut": "talk_unavailable",
}


# If core closes the connection, its heartbeat timer stays.
@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.parametrize("how", ENDS)
async def test_each_end_of_it_ends_it(
    home: Home, peer: Listener, until: Until, how: str
) -> None:
    noted = async_capture_events(home.hass, EVENT_TALKED)
    user = await home.hass.auth.async_create_user("Kim", group_ids=[GROUP_ID_USER])
    client = await home.connect_as(user)
    async with Browser(client, talk_camera(home.hass, home.front)) as browser:
        assert (await browser.press())["type"] == "answer"
        await ENDS[how](home, user, browser)
        await until(lambda: noted)
        if how in TOLD:
            told = await event_of(client)
            assert (told["type"], told["code"]) == ("error", TOLD[how])

    assert not peer.sessions
    assert noted[0].data["name"] == "Kim"


async def test_a_talk_that_is_forgotten_ends(
    home: Home, peer: Listener, clock: Clock
) -> None:
    """It ends after five minutes, with a warning before, even if the page hangs."""
    noted = async_capture_events(home.hass, EVENT_TALKED)
    client, watching = await home.connect(), await home.connect()
    async with Browser(client, talk_camera(home.hass, home.front)) as browser:
        assert (await browser.press())["type"] == "answer"
        assert (await live(watching))["talker"]["ends_soon"] is False
        clock.turn(271)
        assert (await live(watching))["talker"]["ends_soon"] is True
        assert peer.sessions == [browser.session]
        clock.turn(30)
        told = await event_of(client)
        assert (told["type"], told["code"]) == ("error", "talk_too_long")
        assert not peer.sessions
        assert (await live(watching))["talker"] is None
        assert noted

        # A late request must not extend the talk of another person.
        ask = {"type": "doorwatch/talk/go_on", "doorbell_id": home.front.entry_id}
        assert (await command(client, **ask))["error"]["translation_key"] == "talk_over"


async def test_who_talks_goes_on_from_where_they_talk(
    home: Home, peer: Listener, clock: Clock
) -> None:
    """No other page can extend the talk, not even of the same person."""
    client, watching = await home.connect(), await home.connect()
    ask = {"type": "doorwatch/talk/go_on", "doorbell_id": home.front.entry_id}
    async with Browser(client, talk_camera(home.hass, home.front)) as browser:
        assert (await browser.press())["type"] == "answer"
        clock.turn(271)
        other = await command(watching, **ask)
        assert other["error"]["translation_key"] == "talk_over"
        assert (await live(watching))["talker"]["ends_soon"] is True
        assert (await command(client, **ask))["success"]
        assert (await live(watching))["talker"]["ends_soon"] is False
        clock.turn(200)
        assert peer.sessions == [browser.session]
        clock.turn(71)
        assert (await live(watching))["talker"]["ends_soon"] is True
        await browser.let_go()
    ask["doorbell_id"] = home.agency.entry_id
    assert (await command(client, **ask))["error"]["translation_key"] == "talk_over"


async def test_who_may_only_see_talks_by_no_entity(home: Home, peer: Listener) -> None:
    """Commands are refused even with permission for the hidden camera itself."""
    user = await home.user(read=[home.front])
    talk, camera = talk_camera(home.hass, home.front), home.camera(home.front)
    allow(user, {camera: {"read": True}, talk: {"read": True, "control": True}})
    client = await home.connect_as(user)
    told = await live(client)
    assert (told["talk_entity_id"], told["talk_problem"]) == (None, "not_allowed")

    async with Browser(client, talk) as browser:
        assert (await browser.press())["code"] == "talk_not_allowed"
    for direction in ("sendonly", "sendrecv"):
        async with Browser(client, camera) as browser:
            told = await browser.send(await browser.offer(direction))
            assert told["code"] == "talk_elsewhere"
    assert not peer.lines

    async with Browser(await home.connect(), talk) as talking:
        assert (await talking.press())["type"] == "answer"
        answer = await command(
            client,
            type="camera/webrtc/candidate",
            entity_id=talk,
            session_id=talking.session,
            candidate={"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host"},
        )
        assert answer["error"]["translation_key"] == "talk_not_allowed"
        await talking.let_go()


async def test_who_may_see_nothing_is_told_nothing(home: Home, peer: Listener) -> None:
    """The live data doesn't show that somebody talks."""
    user = await home.user(control=[home.back])
    talk = talk_camera(home.hass, home.front)
    async with (
        Browser(await home.connect(), talk) as talking,
        Browser(await home.connect_as(user), talk) as stranger,
    ):
        assert (await talking.press())["type"] == "answer"
        assert (await stranger.press())["code"] == "talk_not_allowed"
        await talking.let_go()


async def test_a_thousand_offers_keep_nobody_from_talking(
    home: Home, peer: Listener
) -> None:
    """The offers come from a user without control, to both cameras, during a talk."""
    user = await home.user(read=[home.front])
    thief = await home.connect_as(user)
    client = await home.connect()
    talk, camera = talk_camera(home.hass, home.front), home.camera(home.front)
    codes = {talk: "talk_not_allowed", camera: "talk_elsewhere"}
    async with Browser(client, talk) as browser, Browser(thief, talk) as other:
        offer = await other.offer()
        assert (await browser.press())["type"] == "answer"
        for at in range(1_000):
            other.entity_id = (talk, camera)[at % 2]
            assert (await other.send(offer))["code"] == codes[other.entity_id]
        assert peer.sessions == [browser.session]
        await browser.let_go()
    async with Browser(client, talk) as browser:
        assert (await browser.press())["type"] == "answer"
        await browser.let_go()
    assert {
        line["what"] for line in peer.lines if line["session"] == other.session
    } == set()


async def test_who_may_see_nothing_sees_by_no_peer(
    home: Home, peer: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The offer is refused even if the provider never requests the stream's address."""
    offered: list[str] = []

    async def answer(camera: Any, offer: Any, session: str, send: Any) -> None:
        offered.append(session)
        send(WebRTCError("other", "no way"))

    monkeypatch.setattr(peer, "async_handle_async_webrtc_offer", answer)
    user = await home.user(control=[home.back])
    for client in (await home.connect_as(user), await home.connect()):
        async with Browser(client, home.camera(home.front)) as browser:
            await browser.send(await browser.offer("recvonly"))
    assert offered == [browser.session]


async def test_only_who_talks_says_how_to_be_reached(
    home: Home, peer: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Candidates of another socket or of an ended session are dropped."""
    talk = talk_camera(home.hass, home.front)
    other = await home.connect()
    taken: list[str] = []

    async def take(session_id: str, candidate: Any) -> None:
        taken.append(candidate.candidate)

    async with Browser(await home.connect(), talk) as browser:
        assert (await browser.press())["type"] == "answer"
        monkeypatch.setattr(peer, "async_on_webrtc_candidate", take)
        ask = {
            "type": "camera/webrtc/candidate",
            "entity_id": talk,
            "session_id": browser.session,
        }
        for client, name in ((other, "theirs"), (browser.client, "mine")):
            assert (await command(client, **ask, candidate={"candidate": name}))[
                "success"
            ]
        for at in range(200):
            candidate = {"candidate": f"mine {at}"}
            assert (await command(browser.client, **ask, candidate=candidate))[
                "success"
            ]
        await browser.let_go()
        assert (await command(browser.client, **ask, candidate={"candidate": "late"}))[
            "success"
        ]

    assert taken[0] == "mine"
    assert taken[-1].startswith("mine ")
    # The limit includes the earlier candidates of the browser.
    assert len(taken) <= 100


class Slow(Listener):
    """A peer that answers when the test allows it."""

    def __init__(self) -> None:
        """Wait for the test."""
        super().__init__()
        self.may = asyncio.Event()
        self.offered = asyncio.Event()
        self.candidates: list[str] = []

    @override
    async def async_handle_async_webrtc_offer(self, *arguments: Any) -> None:
        """Wait for the test, then answer."""
        self.offered.set()
        await self.may.wait()
        await super().async_handle_async_webrtc_offer(*arguments)

    @override
    async def async_on_webrtc_candidate(self, session_id: str, candidate: Any) -> None:
        """Record a candidate of an open session."""
        assert session_id in self.sessions
        self.candidates.append(candidate.candidate)


async def test_a_session_that_ends_before_it_began_leaves_nothing(
    home: Home, asked: list[str], listen: Listen, until: Until
) -> None:
    """Candidates wait for the session, and without an answer no talk is recorded."""
    peer = Slow()
    await listen(peer)
    set_state(home.front)
    noted = async_capture_events(home.hass, EVENT_TALKED)
    talk = talk_camera(home.hass, home.front)
    async with Browser(await home.connect(), talk) as browser:
        pressing = asyncio.ensure_future(browser.press())
        await peer.offered.wait()
        await browser.client.close()
        await asyncio.gather(pressing, return_exceptions=True)
        assert home.front.runtime_data.talk.session is None
        peer.may.set()
        await until(lambda: [line for line in peer.lines if line["what"] == "close"])
    assert not peer.sessions
    assert not noted

    peer.may.clear()
    peer.offered.clear()
    hand = await home.connect()
    async with Browser(hand, talk) as browser:
        offer = await browser.offer()
        told = await command(
            hand, type="camera/webrtc/offer", entity_id=talk, offer=offer
        )
        session = (await event_of(hand))["session_id"]
        await peer.offered.wait()
        answer = await command(
            hand,
            type="camera/webrtc/candidate",
            entity_id=talk,
            session_id=session,
            candidate={"candidate": "early"},
        )
        assert answer["success"]
        assert not peer.candidates
        peer.may.set()
        told_answer = await event_of(hand)
        assert told_answer["type"] == "answer"
        await browser.take(told_answer["answer"])
        await until(lambda: peer.candidates)
        await until(lambda: [x for x in peer.lines if x["what"] == "connected"])
        await command(hand, type="unsubscribe_events", subscription=told["id"])
    assert peer.candidates == ["early"]


async def test_a_provider_that_fails_lets_the_next_one_talk(
    home: Home, peer: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is that of the provider."""
    talk = talk_camera(home.hass, home.front)
    noted = async_capture_events(home.hass, EVENT_TALKED)

    async def raises(*_: Any) -> None:
        raise HomeAssistantError("no reply")

    async def says(camera: Any, offer: Any, session: Any, send: Any) -> None:
        send(WebRTCError("other", "no way"))

    for fails, words in ((raises, "no reply"), (says, "no way")):
        with monkeypatch.context() as patched:
            patched.setattr(peer, "async_handle_async_webrtc_offer", fails)
            async with Browser(await home.connect(), talk) as browser:
                assert (await browser.press())["message"] == words
        assert home.front.runtime_data.talk.session is None
    assert not noted
    async with Browser(await home.connect(), talk) as browser:
        assert (await browser.press())["type"] == "answer"
        await browser.let_go()


class Go2rtcClientError(Exception):
    """An error class of a client that Home Assistant doesn't know."""


async def test_a_provider_that_is_down_ends_the_talk_at_once(
    home: Home, peer: Listener, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every call may fail; talk isn't offered for half a minute afterwards."""
    watching = await home.connect()
    talk = talk_camera(home.hass, home.front)
    real = peer.async_handle_async_webrtc_offer

    async def down(*_: Any) -> None:
        raise Go2rtcClientError("http://user:secret@127.0.0.1:1984")

    async def offered(*arguments: Any) -> None:
        session = home.front.runtime_data.talk.session
        await home.front.runtime_data.talk.async_candidate(
            session.session_id, RTCIceCandidateInit("candidate:1")
        )
        await real(*arguments)

    async def hangs(*_: Any) -> None:
        """Accept the offer without an answer."""

    for fails in (
        {"async_handle_async_webrtc_offer": down},
        {
            "async_handle_async_webrtc_offer": offered,
            "async_on_webrtc_candidate": down,
        },
        {"async_handle_async_webrtc_offer": hangs},
    ):
        with monkeypatch.context() as patched:
            for name, fake in fails.items():
                patched.setattr(peer, name, fake)
            async with Browser(await home.connect(), talk) as browser:
                pressing = asyncio.ensure_future(browser.press())
                if hangs in fails.values():
                    session = partial(getattr, home.front.runtime_data.talk, "session")
                    await waiting.until(session)
                    await home.hass.async_block_till_done()
                    assert not pressing.done()
                    clock.turn(10)
                told = await pressing
                if told["type"] == "answer":
                    told = await event_of(browser.client)
        assert (told["type"], told["code"]) == ("error", "talk_no_answer")
        assert "secret" not in told["message"]
        assert home.front.runtime_data.talk.session is None
        assert (await live(watching))["talk_problem"] == "no_answer"
        async with Browser(await home.connect(), talk) as browser:
            assert (await browser.press())["code"] == "talk_no_answer"
        clock.turn(30)
        assert (await live(watching))["talk_problem"] is None
    async with Browser(await home.connect(), talk) as browser:
        assert (await browser.press())["type"] == "answer"
        clock.turn(11)
        assert peer.sessions == [browser.session]
        await browser.let_go()


async def test_what_comes_after_the_end_is_passed_on_to_nobody(
    home: Home, peer: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A late answer doesn't record a talk either."""
    noted = async_capture_events(home.hass, EVENT_TALKED)
    sends: list[Callable[[Any], None]] = []

    async def keep(camera: Any, offer: Any, session: Any, send: Any) -> None:
        sends.append(send)

    monkeypatch.setattr(peer, "async_handle_async_webrtc_offer", keep)
    talk = talk_camera(home.hass, home.front)
    client = await home.connect()
    async with Browser(client, talk) as browser:
        told = await command(
            client,
            type="camera/webrtc/offer",
            entity_id=talk,
            offer=await browser.offer(),
        )
        await event_of(client)
        await home.hass.async_block_till_done()
        await command(client, type="unsubscribe_events", subscription=told["id"])
    [send] = sends
    send(WebRTCAnswer("v=0"))
    send(WebRTCError("other", "late"))

    # The next event belongs to the next request.
    assert (await live(client))["talker"] is None
    assert home.front.runtime_data.talk.obstacle is None
    assert not noted


# Reasons why talk is unavailable


def asked_already(home: Home) -> bool:
    """Return whether the front door was queried."""
    return home.front.runtime_data.talk.diagnostics()["back_channel"] is not None


async def test_the_camera_itself_says_whether_it_takes_a_voice(
    home: Home, listen: Listen, rtsp_server: RtspServer, until: Until
) -> None:
    """The camera is queried once for each connection, before anyone talks."""
    await listen()
    client = await home.connect()
    for path, problem in (("talk0", None), ("cam0", "no_back_channel")):
        home.hass.config_entries.async_update_entry(
            home.front,
            data={**home.front.data, "stream": rtsp_server.address(path)},
        )
        await home.hass.config_entries.async_reload(home.front.entry_id)
        await until(partial(asked_already, home))
        talk = home.front.runtime_data.talk
        told = await live(client)
        assert told["talk_problem"] == problem
        assert talk.diagnostics() == {
            "obstacle": problem,
            "back_channel": problem is None,
            "unanswered": None,
            "talking": False,
        }
        assert (told["talk_entity_id"] is None) is (problem is not None)


async def test_talk_says_what_is_missing(
    home: Home, asked: list[str], listen: Listen
) -> None:
    client = await home.connect()
    assert (await live(client))["talk_problem"] == "unavailable"
    set_state(home.front)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    assert (await live(client))["talk_problem"] == "no_webrtc"

    await client.send_json_auto_id({"type": "doorwatch/live/subscribe"})
    assert (await event_of(client))["doorbells"][0]["talk_problem"] == "no_webrtc"
    await listen()
    # The change is reported when a provider is registered.
    assert (await event_of(client))["doorbells"][0]["talk_problem"] is None


async def test_what_comes_by_another_way_carries_no_voice(
    home: Home, asked: list[str], listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A linked camera may have another address at each connection."""
    await listen()
    doorbell = home.front.runtime_data.doorbell
    client = await home.connect()
    for address in ("http://127.0.0.1/live.ts", "rtsps://127.0.0.1/", "rtmp://x/y"):
        source = doorbell.stream_source()

        async def other(source: Any = source, address: str = address) -> Any:
            return type(source)(address=address)

        monkeypatch.setattr(doorbell, "live_source", other)
        set_state(home.front, connected=False, problem="timeout")
        set_state(home.front)
        await home.hass.async_block_till_done(wait_background_tasks=True)
        assert (await live(client))["talk_problem"] == "not_rtsp"
    assert not asked


async def test_a_demo_carries_no_voice(
    demo: MockConfigEntry, hass_ws_client: Any
) -> None:
    """A demo has neither a loudspeaker nor the hidden camera."""
    client = await hass_ws_client()
    told = await live(client)
    assert (told["talk_problem"], told["talk_entity_id"]) == ("demo", None)


@pytest.mark.parametrize("option", [CONF_ONE_CONNECTION, CONF_ON_EVENT])
async def test_a_doorbell_that_a_question_would_disturb_is_asked_on_the_press(
    home: Home,
    asked: list[str],
    listen: Listen,
    option: str,
    monkeypatch: pytest.MonkeyPatch,
    until: Until,
) -> None:
    """Talk is offered until the query; afterwards, the answer is known."""
    home.hass.config_entries.async_update_entry(home.front, options={option: True})
    await reload(home, until)
    await listen()
    set_state(home.front)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    client = await home.connect()
    assert (await live(client))["talk_problem"] is None
    assert not asked

    async def refuse(address: str) -> bool:
        return False

    async def busy(address: str) -> bool:
        raise DoorbellError("timeout")

    talk = talk_camera(home.hass, home.front)
    module = "custom_components.doorwatch.runtime.talk.has_back_channel"
    with monkeypatch.context() as patched:
        patched.setattr(module, busy)
        async with Browser(client, talk) as browser:
            # A doorbell that doesn't answer the query may still support talk.
            assert (await browser.press())["type"] == "answer"
            await browser.let_go()
    assert home.front.runtime_data.talk.diagnostics()["unanswered"] == "timeout"
    monkeypatch.setattr(module, refuse)
    async with Browser(client, talk) as browser:
        assert (await browser.press())["code"] == "talk_no_back_channel"
    assert (await live(client))["talk_problem"] == "no_back_channel"


async def test_a_doorbell_that_is_back_is_asked_again(
    home: Home,
    asked: list[str],
    listen: Listen,
    monkeypatch: pytest.MonkeyPatch,
    until: Until,
) -> None:
    """The loudspeaker may have been enabled meanwhile, also with one connection."""
    home.hass.config_entries.async_update_entry(
        home.front, options={CONF_ONE_CONNECTION: True}
    )
    await reload(home, until)
    await listen()
    set_state(home.front)
    client = await home.connect()

    async def refuse(address: str) -> bool:
        return False

    talk = talk_camera(home.hass, home.front)
    with monkeypatch.context() as patched:
        patched.setattr(
            "custom_components.doorwatch.runtime.talk.has_back_channel", refuse
        )
        async with Browser(client, talk) as browser:
            assert (await browser.press())["code"] == "talk_no_back_channel"
    assert (await live(client))["talk_problem"] == "no_back_channel"
    set_state(home.front, connected=False, problem="timeout")
    set_state(home.front)
    assert (await live(client))["talk_problem"] is None
    async with Browser(client, talk) as browser:
        assert (await browser.press())["type"] == "answer"
        await browser.let_go()
    assert len(asked) == 1


async def test_what_carries_a_voice_ends_it_when_it_goes(
    home: Home, asked: list[str], listen: Listen
) -> None:
    """The next person doesn't have to wait for a page that noticed nothing."""
    peer = Listener()
    stop = async_register_webrtc_provider(home.hass, peer)
    set_state(home.front)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    client = await home.connect()
    async with Browser(client, talk_camera(home.hass, home.front)) as browser:
        assert (await browser.press())["type"] == "answer"
        # Another provider doesn't interrupt the talk.
        await listen()
        assert peer.sessions == [browser.session]
        stop()
        told = await event_of(client)
        assert (told["type"], told["code"]) == ("error", "talk_no_webrtc")
    assert not peer.sessions
    assert home.front.runtime_data.talk.session is None
    await let_go_of_everything([peer])


class Go2rtc(Listener):
    """Accept every offer, as go2rtc does without a loudspeaker."""

    hears = ("audio/PCMU", "audio/PCMA", "audio/opus")

    @property
    @override
    def domain(self) -> str:
        return "go2rtc"


async def test_what_answers_like_a_camera_without_a_loudspeaker_is_not_talked_to(
    home: Home, asked: list[str], listen: Listen
) -> None:
    """The answer overrides the query, and the next attempt is refused at once."""
    peer = await listen(Go2rtc())
    set_state(home.front)
    await home.hass.async_block_till_done(wait_background_tasks=True)
    client = await home.connect()
    async with Browser(client, talk_camera(home.hass, home.front)) as browser:
        assert (await browser.press())["code"] == "talk_no_back_channel"
    assert not peer.sessions
    assert (await live(client))["talk_problem"] == "no_back_channel"


async def test_the_hidden_camera_takes_a_microphone_and_nothing_else(
    home: Home, peer: Listener
) -> None:
    """It must not give access to the video."""
    client = await home.connect()
    talk = talk_camera(home.hass, home.front)
    async with Browser(client, talk) as browser:
        offer = await browser.offer()
        for changed in (
            offer.replace("a=sendonly", "a=sendrecv"),
            offer.replace("a=sendonly", "a=recvonly"),
            offer + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=recvonly\r\n",
            offer.replace("PCMU", "L16").replace("PCMA", "L16").replace(" 0 8", " 96"),
            "v=0",
        ):
            assert (await browser.send(changed))["code"] == "talk_voice_only"
    assert not peer.lines


async def test_a_disabled_hidden_camera_is_no_talk_and_no_lost_permission(
    home: Home, peer: Listener, until: Until
) -> None:
    """Everything else of the doorbell works as before."""
    er.async_get(home.hass).async_update_entity(
        talk_camera(home.hass, home.front), disabled_by=er.RegistryEntryDisabler.USER
    )
    await reload(home, until)
    set_state(home.front)

    told = await live(await home.connect())
    assert (told["talk_entity_id"], told["talk_problem"]) == (None, "disabled")
    assert told["live_problem"] is None
    assert told["camera_entity_id"] == home.camera(home.front)
