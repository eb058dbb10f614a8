"""Call a function after some time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


@dataclass(eq=False, repr=False)
class Timer:
    """A timer that can be started again; Home Assistant ends it when it stops."""

    _hass: HomeAssistant
    _cancel: CALLBACK_TYPE | None = None

    @property
    def runs(self) -> bool:
        """Whether a function waits to be called."""
        return self._cancel is not None

    @callback
    def start(self, seconds: float, call: Callable[[], None]) -> None:
        """Call a function after some seconds, instead of one that waits."""

        @callback
        def over(_now: datetime) -> None:
            self._cancel = None
            call()

        self.stop()
        job = HassJob(over, cancel_on_shutdown=True)
        self._cancel = async_call_later(self._hass, seconds, job)

    @callback
    def stop(self) -> None:
        """Forget the function that waits, if any."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
