"""One person's talk: who it is, and the provider that carries their voice."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
import logging
from typing import Final

from homeassistant.auth.models import User
from homeassistant.components.camera import (
    Camera,
    CameraWebRTCProvider,
    WebRTCMessage,
    WebRTCSendMessage,
)
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.exceptions import HomeAssistantError
from webrtc_models import RTCIceCandidateInit

from ..engine.sharing.text import seen
from .talk_timer import TalkTimer

_LOGGER = logging.getLogger(__name__)

# A browser has a few candidates.
_MOST_CANDIDATES: Final = 100


class NoAnswerError(Exception):
    """The provider failed with an error of its client, such as go2rtc's."""


@dataclass(kw_only=True, eq=False, slots=True)
class TalkSession:
    """Somebody who talks, or is about to."""

    session_id: str
    connection: ActiveConnection
    send: WebRTCSendMessage
    begun: datetime
    timer: TalkTimer
    provider: CameraWebRTCProvider | None = None
    # Cancels the wait for the provider's answer.
    stop_waiting: CALLBACK_TYPE | None = None
    # From when on the doorbell could hear it.
    heard: datetime | None = None
    # What came before the provider knew of the session; None from then on.
    early: list[RTCIceCandidateInit] | None = field(default_factory=list)
    candidates: int = 0

    @property
    def user(self) -> User:
        """Who talks."""
        return self.connection.user

    @property
    def name(self) -> str:
        """What who talks is called."""
        name = self.user.name or ""
        return seen(name) or name

    async def async_offer(
        self, camera: Camera, offer: str, take: Callable[[WebRTCMessage], None]
    ) -> None:
        """Pass an offer on to the provider; raises `NoAnswerError`."""
        assert self.provider is not None
        with _errors_of(self.provider):
            await self.provider.async_handle_async_webrtc_offer(
                camera, offer, self.session_id, take
            )

    async def async_pass_on_early(self) -> None:
        """Pass on the candidates that came early; raises `NoAnswerError`."""
        early, self.early = self.early or [], None
        for candidate in early:
            await self._async_pass_on(candidate)

    async def async_candidate(self, candidate: RTCIceCandidateInit) -> None:
        """Take a way to the browser; raises `NoAnswerError`."""
        self.candidates += 1
        if self.candidates > _MOST_CANDIDATES:
            return
        if self.early is None:
            await self._async_pass_on(candidate)
        else:
            self.early.append(candidate)

    async def _async_pass_on(self, candidate: RTCIceCandidateInit) -> None:
        assert self.provider is not None
        with _errors_of(self.provider):
            await self.provider.async_on_webrtc_candidate(self.session_id, candidate)

    @callback
    def answered(self, at: datetime) -> None:
        """Note that the doorbell can hear it from now on."""
        self.heard = at
        self._cancel_wait()

    @callback
    def end(self) -> None:
        """Stop the timers, and close the provider's session."""
        self.timer.stop()
        self._cancel_wait()
        if self.provider is not None:
            self.provider.async_close_session(self.session_id)

    def _cancel_wait(self) -> None:
        if self.stop_waiting is not None:
            self.stop_waiting()
            self.stop_waiting = None


@contextmanager
def _errors_of(provider: CameraWebRTCProvider) -> Iterator[None]:
    """Turn an error of the provider's client into `NoAnswerError`.

    Core's go2rtc lets them through, and core tells a page only of its own errors.
    """
    try:
        yield
    except HomeAssistantError:
        raise
    except Exception as err:  # noqa: BLE001 - each provider has errors of its own
        # Their text may hold an address with a password.
        _LOGGER.debug("%s failed: %s", provider.domain, type(err).__name__)
        raise NoAnswerError from None
