"""One person's session, and the provider that carries the voice."""

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
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from webrtc_models import RTCIceCandidateInit

from ..engine.sharing.text import seen
from ..timer import Timer
from .talk_timer import TalkTimer

_LOGGER = logging.getLogger(__name__)

# A browser sends a few candidates.
_MOST_CANDIDATES: Final = 100


class NoAnswerError(Exception):
    """The provider failed with an error of its client, such as go2rtc's."""


@dataclass(kw_only=True, eq=False, slots=True)
class TalkSession:
    """The session of a person who talks or is about to."""

    session_id: str
    connection: ActiveConnection
    send: WebRTCSendMessage
    begun: datetime
    timer: TalkTimer
    answer_timer: Timer
    provider: CameraWebRTCProvider | None = None
    # When the doorbell could first hear it.
    heard: datetime | None = None
    # Candidates that came before the provider created the session; None afterwards.
    early: list[RTCIceCandidateInit] | None = field(default_factory=list)
    candidates: int = 0

    @property
    def user(self) -> User:
        """The person who talks."""
        return self.connection.user

    @property
    def name(self) -> str:
        """The displayed name of the person who talks."""
        name = self.user.name or ""
        return seen(name) or name

    async def async_offer(
        self, camera: Camera, offer: str, take: Callable[[WebRTCMessage], None]
    ) -> None:
        """Pass an offer to the provider; raise `NoAnswerError` if it fails."""
        assert self.provider is not None
        with _errors_of(self.provider):
            await self.provider.async_handle_async_webrtc_offer(
                camera, offer, self.session_id, take
            )

    async def async_pass_on_early(self) -> None:
        """Pass on the early candidates; raise `NoAnswerError` if that fails."""
        early, self.early = self.early or [], None
        for candidate in early:
            await self._async_pass_on(candidate)

    async def async_candidate(self, candidate: RTCIceCandidateInit) -> None:
        """Pass on or keep an ICE candidate; raise `NoAnswerError` if that fails."""
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
    def end(self) -> None:
        """Stop the timers and close the provider's session."""
        self.timer.stop()
        self.answer_timer.stop()
        if self.provider is not None:
            self.provider.async_close_session(self.session_id)


@contextmanager
def _errors_of(provider: CameraWebRTCProvider) -> Iterator[None]:
    """Turn an error of the provider's client into `NoAnswerError`.

    Core's go2rtc does not catch them, and core reports only its own errors to a page.
    """
    try:
        yield
    except HomeAssistantError:
        raise
    except Exception as err:  # noqa: BLE001 - each provider has its own errors
        # The message may contain an address with a password.
        _LOGGER.debug("%s failed: %s", provider.domain, type(err).__name__)
        raise NoAnswerError from None
