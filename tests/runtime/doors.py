"""Provide a doorbell with event sources, on a clock that tests set."""

from datetime import timedelta
import time
from typing import Any

from freezegun import api as freezegun_api
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_CAMERA, CONF_WEBHOOK_ID, DOMAIN
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.doorbells.dropped import DropReason
from custom_components.doorwatch.runtime.event_sources import EventSources

MOTION, ENDED, RING = EventKind.MOTION, EventKind.MOTION_ENDED, EventKind.RING


WEBHOOK = "a-secret-id"


class Door:
    """The event sources of one doorbell and the events that they reported."""

    def __init__(self, hass: HomeAssistant, **options: Any) -> None:
        """Listen to the entities in the options; a camera among them is linked."""
        self.hass = hass
        camera = {key: options.pop(key) for key in (CONF_CAMERA,) if key in options}
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="Porch",
            data={CONF_WEBHOOK_ID: WEBHOOK, **camera},
            options=options,
        )
        self.entry.add_to_hass(hass)
        self.events: list[DoorbellEvent] = []
        self.last = dt_util.utc_from_timestamp(0)
        self.dropped: list[DropReason] = []
        # The event types of event entities, by entity id.
        self.types: dict[str, list[str]] = {}
        self.sources = EventSources(
            hass, self.entry, self.events.append, lambda: None, self.dropped.append
        )
        self.sources.start()

    @property
    def kinds(self) -> list[EventKind]:
        """Return the kinds of events since the last call."""
        kinds = [event.kind for event in self.events]
        self.events.clear()
        return kinds

    async def set(self, entity_id: str, state: str, **attributes: Any) -> None:
        """Set a state as an integration would."""
        self.hass.states.async_set(entity_id, state, attributes)
        await self.hass.async_block_till_done()

    async def event(self, entity_id: str, kind: str, at: str | None = None) -> None:
        """Fire an event entity; as in core, no two events have the same time."""
        if at is None:
            self.last = max(dt_util.utcnow(), self.last + timedelta(milliseconds=1))
            at = self.last.isoformat(timespec="milliseconds")
        more = {"event_types": types} if (types := self.types.get(entity_id)) else {}
        await self.set(entity_id, at, event_type=kind, **more)


# A minute makes an event late; 3,000 days simulate a dead clock battery.
SET: list[timedelta] = [
    sign * amount
    for sign in (-1, 1)
    for amount in (timedelta(minutes=1), timedelta(hours=3), timedelta(days=3000))
]


@pytest.fixture
def wall_clock(
    freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> FrozenDateTimeFactory:
    """Return the wall clock; the monotonic clock continues unchanged."""
    # Patched in its module, because freezegun also patches names imported from it.
    monkeypatch.setattr(time, "monotonic", freezegun_api.real_monotonic)
    return freezer
