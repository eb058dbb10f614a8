"""Let one person at a time talk at a doorbell.

WebRTC carries the voice to a provider such as go2rtc, and RTSP carries it from there to
the camera's loudspeaker.
"""

from collections.abc import Callable, Collection
from contextvars import ContextVar
import logging
from typing import Final, Literal, override

from homeassistant.components.camera import (
    Camera,
    CameraWebRTCProvider,
    WebRTCAnswer,
    WebRTCError,
    WebRTCMessage,
    WebRTCSendMessage,
)
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
from webrtc_models import RTCIceCandidateInit

from ..access.permissions import async_watch_permissions, may_control
from ..actions.problems import translated
from ..const import CONF_ON_EVENT, CONF_ONE_CONNECTION
from ..core_interfaces import (
    DATA_WEBRTC_PROVIDERS,
    async_get_supported_provider,
    current_connection,
)
from ..engine.doorbells.back_channel import has_back_channel
from ..engine.doorbells.base import Doorbell, DoorbellError
from ..following import Follower
from ..registry import camera_entity_id
from ..signals import EVENT_TALKED, SIGNAL_LIVE
from ..timer import Timer
from .talk_session import NoAnswerError, TalkSession
from .talk_timer import TalkTimer
from .voice import is_heard, is_voice_only

_LOGGER = logging.getLogger(__name__)

# Why nobody can talk at a doorbell.
type Obstacle = Literal[
    "no_back_channel", "not_rtsp", "no_webrtc", "no_answer", "unavailable", "disabled"
]

# Only RTSP has a back channel. Options of go2rtc after "#" would disable it.
_SCHEME: Final = "rtsp://"
# Seconds for the provider to answer an offer. The page waits longer.
ANSWER_WITHIN: Final = 10
# Seconds without talk after a provider did not answer.
REST_AFTER: Final = 30

# The `Talk` whose stream address may be returned now. Code that lists cameras requests
# the address from its entity, too.
_NAMES_STREAM: ContextVar[Talk | None] = ContextVar("names_stream", default=None)


class Talk(Follower):
    """One-way voice to a doorbell while its camera is available; for the event loop."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        doorbell: Doorbell,
        connected: Callable[[], bool],
    ) -> None:
        """Set the doorbell, and a function that returns whether it is connected."""
        self._hass = hass
        self._entry = entry
        self._doorbell = doorbell
        self._connected = connected
        self._camera: Camera | None = None
        self._was_connected = False
        self._address: str | None = None  # with credentials; None until it is known
        self._back_channel: bool | None = None  # None before the camera answered
        self._unanswered: str | None = None  # why the camera did not answer
        self._rest = Timer(hass)  # runs after a provider did not answer
        self.session: TalkSession | None = None

    @callback
    def start(self, camera: Camera) -> None:
        """Start, with the hidden camera that has the sessions."""
        self._camera = camera
        self._stops = [
            async_watch_permissions(self._hass, self.look),
            self._rest.stop,
        ]
        self.look()

    @override
    @callback
    def stop(self) -> None:
        """Stop, and end the session."""
        self._camera = None
        super().stop()
        self.look()

    @property
    def obstacle(self) -> Obstacle | None:
        """Why nobody can talk, or None."""
        if not self._connected():
            return "unavailable"
        if self._camera is None:
            return "disabled"
        address = self._address or _SCHEME
        if not address.startswith(_SCHEME):
            return "not_rtsp"
        if not any(one.async_is_supported(address) for one in self._providers):
            return "no_webrtc"
        if self._back_channel is False:
            return "no_back_channel"
        return "no_answer" if self._rest.runs else None

    @property
    def _providers(self) -> Collection[CameraWebRTCProvider]:
        """The registered WebRTC providers."""
        return self._hass.data.get(DATA_WEBRTC_PROVIDERS, ())

    def diagnostics(self) -> dict[str, object]:
        """Return the state without names or addresses."""
        return {
            "obstacle": self.obstacle,
            "back_channel": self._back_channel,
            "unanswered": self._unanswered,
            "talking": self.session is not None,
        }

    @callback
    def look(self) -> None:
        """Check connection, permission and provider after a change."""
        connected = self._camera is not None and self._connected()
        options = self._entry.options
        # Where asking would wake the camera or use its only connection, wait for an
        # offer.
        if connected and not self._was_connected and not options.get(CONF_ON_EVENT):
            if options.get(CONF_ONE_CONNECTION):
                # The camera may have changed.
                self._address = self._back_channel = None
            else:
                self._entry.async_create_background_task(
                    self._hass, self._async_ask(), "doorwatch back channel"
                )
        self._was_connected = connected
        if (session := self.session) is None:
            return
        if not connected:
            self._fail(session, "unavailable")
        elif not may_control(self._hass, session.user, self._entry.entry_id):
            self._fail(session, "not_allowed")
        elif session.provider is not None and session.provider not in self._providers:
            self._fail(session, "no_webrtc")

    @callback
    def tell_of_change(self) -> None:
        """Update the live view."""
        async_dispatcher_send(self._hass, SIGNAL_LIVE)

    async def _async_ask(self) -> None:
        """Request the stream address, and whether the camera has a back channel."""
        try:
            address = (await self._doorbell.live_source()).address
            self._address = address
            if address.startswith(_SCHEME):
                self._back_channel = await has_back_channel(address)
            self._unanswered = None
        except DoorbellError as err:
            # Keep the last answer; the next offer asks again.
            self._unanswered = err.problem
        self.tell_of_change()

    async def async_offer(
        self, offer: str, session_id: str, send: WebRTCSendMessage
    ) -> None:
        """Answer an offer to talk."""
        connection = current_connection.get()
        if connection is None or not may_control(
            self._hass, connection.user, self._entry.entry_id
        ):
            send(talk_error("not_allowed"))
            return
        if not is_voice_only(offer):
            send(talk_error("voice_only"))
            return
        if self.session is not None:
            send(talk_error("busy", name=self.session.name))
            return
        if (obstacle := self.obstacle) is not None:
            send(talk_error(obstacle))
            return
        self.session = session = TalkSession(
            session_id=session_id,
            connection=connection,
            send=send,
            begun=dt_util.utcnow(),
            timer=TalkTimer(
                self._hass, self.tell_of_change, lambda: self._fail(session, "too_long")
            ),
            answer_timer=Timer(self._hass),
        )
        session.timer.restart()
        try:
            await self._async_begin(session, offer)
        except NoAnswerError:
            self._take_no_answer(session)
            session.end()  # also closes a session that ended before the provider created it
        except BaseException:
            self._end(session)
            raise

    async def _async_begin(self, session: TalkSession, offer: str) -> None:
        camera = self._camera
        assert camera is not None
        if self._back_channel is None:
            await self._async_ask()
        with _NAMES_STREAM.set(self):
            provider = await async_get_supported_provider(self._hass, camera)
            if self.session is not session:
                return  # ended meanwhile
            obstacle = self.obstacle
            if provider is None or obstacle is not None:
                self._fail(session, obstacle or "no_webrtc")
                return
            session.provider = provider
            session.answer_timer.start(
                ANSWER_WITHIN, lambda: self._take_no_answer(session)
            )
            await session.async_offer(
                camera, offer, lambda one: self._take(session, one)
            )
        if self.session is not session:
            # The session ended before the provider had created it.
            provider.async_close_session(session.session_id)
            return
        await session.async_pass_on_early()

    async def async_candidate(
        self, session_id: str, candidate: RTCIceCandidateInit
    ) -> None:
        """Pass on an ICE candidate of the browser that talks."""
        connection = current_connection.get()
        if connection is None or not may_control(
            self._hass, connection.user, self._entry.entry_id
        ):
            raise translated("talk_not_allowed")
        session = self.session
        if (
            session is None
            or session.session_id != session_id
            or session.connection is not connection
        ):
            return  # the session is over
        try:
            await session.async_candidate(candidate)
        except NoAnswerError:
            self._take_no_answer(session)

    @callback
    def go_on(self, connection: ActiveConnection) -> None:
        """Extend the session, if this connection holds it."""
        session = self.session
        if session is None or session.connection is not connection:
            raise translated("talk_over")
        session.timer.restart()

    @callback
    def close(self, session_id: str) -> None:
        """End the session with this ID; a refused offer has none."""
        if self.session is not None and self.session.session_id == session_id:
            self._end(self.session)

    async def async_source(self) -> str:
        """Return the stream address, only to the provider that carries the voice."""
        if _NAMES_STREAM.get() is not self:
            raise translated("talk_shows_nothing")
        try:
            address = (await self._doorbell.live_source()).address
        except DoorbellError as err:
            raise translated(err.problem) from None
        if not address.startswith(_SCHEME):
            raise translated("talk_not_rtsp")
        return address

    @callback
    def _take(self, session: TalkSession, message: WebRTCMessage) -> None:
        """Pass on a message of the provider while its session is current."""
        if session is not self.session:
            return
        if isinstance(message, WebRTCAnswer):
            assert session.provider is not None
            if not is_heard(message.answer, session.provider.domain):
                self._back_channel = False
                self._fail(session, "no_back_channel")
                return
            session.heard = dt_util.utcnow()
            session.answer_timer.stop()
        session.send(message)
        if isinstance(message, WebRTCError):
            self._end(session)

    @callback
    def _take_no_answer(self, session: TalkSession) -> None:
        """End a session whose provider does not answer, and pause talking."""
        if session is not self.session:
            return
        if not self._rest.runs:
            _LOGGER.warning(
                "The WebRTC provider for talking (%s) doesn't answer",
                session.provider.domain if session.provider else "none",
            )
        self._rest.start(REST_AFTER, self.tell_of_change)
        self._fail(session, "no_answer")

    @callback
    def _fail(self, session: TalkSession, problem: str) -> None:
        self._end(session)
        session.send(talk_error(problem))

    @callback
    def _end(self, session: TalkSession) -> None:
        """End the session and report it, so that the next person can talk."""
        if session is not self.session:
            return
        self.session = None
        session.end()
        if (heard := session.heard) is not None:
            doorbell_id = self._entry.entry_id
            self._hass.bus.async_fire(
                EVENT_TALKED,
                {
                    "doorbell_id": doorbell_id,
                    "entity_id": camera_entity_id(self._hass, doorbell_id),
                    "name": session.name,
                    "started_at": heard.isoformat(),
                    "duration": (dt_util.utcnow() - heard).total_seconds(),
                },
                context=Context(user_id=session.user.id),
            )
        self.tell_of_change()


def talk_error(problem: str, **placeholders: str) -> WebRTCError:
    """Return the error for an offer, with the translation key as its code."""
    key = f"talk_{problem}"
    return WebRTCError(key, str(translated(key, placeholders)))
