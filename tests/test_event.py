"""Test the event entities of rings and of finished shares."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import AsyncMock, patch

from freezegun import freeze_time
from homeassistant.components.event import EventExtraStoredData
from homeassistant.components.sensor import SensorExtraStoredData
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, State
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.doorwatch.consent.deliveries import Deliveries
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    Removal,
    Share,
    ShareState,
    Withdrawal,
)
from custom_components.doorwatch.engine.sharing.outbox.record import Record
from custom_components.doorwatch.event import AgencyDelivery, DoorbellRing
from custom_components.doorwatch.household.future_clips import is_future
from custom_components.doorwatch.household.maintenance import CHECK_EVERY
from custom_components.doorwatch.sensor import LastDelivery
from custom_components.doorwatch.signals import (
    EVENT_SHARE_DELIVERED,
    SIGNAL_SHARE_CHANGED,
)
from custom_components.doorwatch.websocket.share_json import share_json
from tests.agencies.desk import share, tell
from tests.demo_visits import event, later
from tests.sharing_fixtures import Home


def follow_deliveries(home: Home) -> None:
    """Report the ends of shares, as at a start."""
    data = home.data
    Deliveries(
        home.hass,
        outbox=data.outbox,
        users=data.users,
        visible_shares=data.visible_shares,
    ).start()


def share_of(home: Home, state: ShareState, **changes: Any) -> Share:
    """Make a share of a clip of the front door, which all users may see."""
    return share(home.agency, state, **{"clip_id": home.clip.clip_id, **changes})


def record_of(
    home: Home, state: ShareState, receipt: ReceiptState | None = None
) -> Record:
    """Make the outbox record of such a share."""
    return Record(
        share_id="0199aaaa",
        clip_id=home.clip.clip_id,
        agency_id=home.agency.entry_id,
        agency_name="Harbour Police",
        user_id=home.admin.id,
        state=state,
        intent=None,
        created_at=0.0,
        cancel_window=0.0,
        receipt_state=receipt,
    )


async def test_what_a_clock_that_was_ahead_told_is_not_the_last(home: Home) -> None:
    """Times in the future are cleared, not restored, and don't affect later events."""
    hass = home.hass
    ring = hass.data[DATA_INSTANCES]["event"].get_entity("event.front_doorbell")
    assert isinstance(ring, DoorbellRing)
    delivery = hass.data[DATA_INSTANCES]["event"].get_entity(
        "event.harbour_police_delivery"
    )
    assert isinstance(delivery, AgencyDelivery)
    last_delivery = hass.data[DATA_INSTANCES]["sensor"].get_entity(
        "sensor.harbour_police_last_delivery"
    )
    assert isinstance(last_delivery, LastDelivery)
    coordinator = home.front.runtime_data

    def deliveries() -> list[datetime | None]:
        states = [hass.states.get(each.entity_id) for each in (delivery, last_delivery)]
        return [dt_util.parse_datetime(state.state) for state in states if state]

    ahead = dt_util.utcnow() + timedelta(hours=1)
    # Only the wall clock changes, not the clock of the event loop.
    with patch.object(dt_util, "utcnow", return_value=ahead):
        coordinator.handle_event(event(EventKind.RING))
        await tell(hass, share_of(home, ShareState.DELIVERED, delivered_at=ahead))
        await hass.data[DATA].maintenance.async_look_at_clock()
    at = dt_util.parse_datetime(ring.state or "", raise_on_error=True)
    assert all(time and is_future(time) for time in (at, *deliveries()))
    last = EventExtraStoredData("ring", {})
    for entity in (ring, delivery):
        stored = State(entity.entity_id, at.isoformat())
        with (
            patch.object(
                entity, "async_get_last_state", AsyncMock(return_value=stored)
            ),
            patch.object(
                entity, "async_get_last_extra_data", AsyncMock(return_value=last)
            ),
        ):
            assert await entity.async_get_last_event_data() is None
    restored = AsyncMock(return_value=SensorExtraStoredData(at, None))
    with patch.object(last_delivery, "async_get_last_sensor_data", restored):
        await last_delivery.async_added_to_hass()
    assert last_delivery.native_value is None

    later(hass, CHECK_EVERY)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (ring.state, *deliveries()) == (None, None, None)

    with freeze_time(dt_util.utcnow() + timedelta(days=40)):
        coordinator.handle_event(event(EventKind.RING))
    coordinator.handle_event(event(EventKind.RING))
    last_ring = dt_util.parse_datetime(ring.state or "", raise_on_error=True)
    assert not is_future(last_ring)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (ShareState.DELIVERED, "delivered"),
        (ShareState.FAILED, "failed"),
        (ShareState.NEEDS_NEW_TAP, "failed"),
        (ShareState.CANCELLED, "withdrawn"),
    ],
)
async def test_each_end_of_a_share_is_told_once(
    home: Home, state: ShareState, told: str
) -> None:
    """The bus event has ids; the event entity has none, because all users can read its state."""
    hass = home.hass
    entity_id = "event.harbour_police_delivery"
    fired = async_capture_events(hass, EVENT_SHARE_DELIVERED)
    await tell(hass, share_of(home, ShareState.UPLOADING))
    await tell(hass, share_of(home, state, agency_id="another", share_id="0199dddd"))
    before = hass.states.get(entity_id)
    assert before is not None
    assert before.state == "unknown"

    await tell(hass, share_of(home, state))
    first = hass.states.get(entity_id)
    await tell(hass, share_of(home, state))
    second = hass.states.get(entity_id)

    assert first is not None
    assert second is not None
    assert first.attributes["event_type"] == told
    assert {"share_id", "clip_id"}.isdisjoint(first.attributes)
    assert [event.data for event in fired if event.data["agency_id"] != "another"] == [
        {
            "share_id": "0199aaaa",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            "doorbell_id": home.front.entry_id,
            "result": told,
        }
    ]
    assert first.state == second.state
    delivery = hass.states.get("sensor.harbour_police_last_delivery")
    assert delivery is not None
    assert (delivery.state != "unknown") == (state is ShareState.DELIVERED)


@pytest.mark.parametrize("receipt", [None, ReceiptState.NONE])
async def test_what_nobody_can_confirm_is_never_called_delivered(
    home: Home, receipt: ReceiptState | None
) -> None:
    """The agency gives no receipts, or an older version of Doorwatch requested none."""
    hass = home.hass
    uploaded = share_of(home, ShareState.DELIVERED, receipt=receipt)
    await tell(hass, uploaded)

    event = hass.states.get("event.harbour_police_delivery")
    assert event is not None
    assert event.attributes["event_type"] == "uploaded"
    delivery = hass.states.get("sensor.harbour_police_last_delivery")
    assert delivery is not None
    assert delivery.state == "unknown"
    told = share_json(home.data.shown_clips, uploaded)
    assert (told["state"], told["delivered_at"]) == ("uploaded", None)
    assert "delivered" not in told.values()
    assert told["outcome"] is None
    confirmed = share_json(
        home.data.shown_clips, replace(uploaded, receipt=ReceiptState.AWAITED)
    )
    assert confirmed["state"] == "delivered"


async def test_what_is_known_of_a_share_later_is_not_told_as_another_end(
    home: Home,
) -> None:
    """A restart changes nothing; only a deletion by the agency is another result."""
    hass = home.hass
    fired = async_capture_events(hass, EVENT_SHARE_DELIVERED)

    async def told(one: Share) -> list[str]:
        fired.clear()
        follow_deliveries(home)  # as the next start does
        await tell(hass, one)
        return [event.data["result"] for event in fired]

    delivered = share_of(home, ShareState.DELIVERED)
    assert await told(delivered) == ["delivered"]
    for changes in (
        {},
        {"receipt": ReceiptState.RECEIVED},
        {"receipt": ReceiptState.WRONG},
        {"receipt": ReceiptState.MISSING},
        {"withdrawal": Withdrawal.REQUESTED},
    ):
        assert await told(replace(delivered, **changes)) == [], changes
    deleted = replace(delivered, withdrawal=Withdrawal.DELETED)
    assert await told(deleted) == ["withdrawn"]

    stopped = share_of(home, ShareState.CANCELLED, share_id="0199eeee")
    assert await told(replace(stopped, removal=Removal.PENDING)) == ["withdrawn"]
    for removal in Removal:
        assert await told(replace(stopped, removal=removal)) == [], removal

    failed = share_of(home, ShareState.FAILED, share_id="0199ffff")
    assert await told(failed) == ["failed"]
    assert await told(failed) == []
    assert await told(replace(failed, state=ShareState.UPLOADING)) == []
    assert await told(replace(failed, attempts=2)) == ["failed"]


@pytest.mark.parametrize("late", [False, True])
async def test_the_end_of_a_share_that_nobody_heard_of_is_told_at_the_next_start(
    home: Home, late: bool
) -> None:
    """Home Assistant stopped before the event, or automations had not started."""
    hass = home.hass
    fired = async_capture_events(hass, EVENT_SHARE_DELIVERED)
    record = record_of(home, ShareState.DELIVERED, ReceiptState.RECEIVED)
    await home.registry.save(record)
    # A wrong receipt is not reported as a result.
    wrong = replace(record, share_id="0199bbbb", receipt_state=ReceiptState.WRONG)
    await home.registry.save(wrong)
    hass.set_state(CoreState.starting)
    await tell(hass, record.share())
    if not late:
        follow_deliveries(home)
    await hass.async_block_till_done()
    assert fired == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    if late:  # the disk for clips is available only after Home Assistant has started
        await hass.async_block_till_done(wait_background_tasks=True)
        assert fired == []
        follow_deliveries(home)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [event.data["result"] for event in fired] == ["delivered"]


async def test_an_older_state_of_a_share_is_not_told_after_a_newer_one(
    home: Home,
) -> None:
    """At startup, the share may be delivered while the older state is being read."""
    hass = home.hass
    fired = async_capture_events(hass, EVENT_SHARE_DELIVERED)
    outbox = home.data.outbox
    failed = record_of(home, ShareState.FAILED)
    await home.registry.save(failed)
    ended = outbox.ended

    async def arrives() -> Sequence[str]:
        found = await ended()
        arrived = replace(
            failed, state=ShareState.DELIVERED, receipt_state=ReceiptState.RECEIVED
        )
        await home.registry.save(arrived)
        await tell(hass, arrived.share())
        return found

    with patch.object(outbox, "ended", arrives):
        follow_deliveries(home)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert [event.data["result"] for event in fired] == ["delivered"]


@pytest.mark.parametrize("hidden", [False, True])
async def test_a_share_of_a_door_that_somebody_may_not_see_is_not_in_a_state(
    home: Home, hidden: bool
) -> None:
    """A state stays in the history, which users who are added later can read."""
    if hidden:
        await home.user(read=[home.back])
    await home.hass.async_block_till_done()
    fired = async_capture_events(home.hass, EVENT_SHARE_DELIVERED)
    for clip_id in (home.clip.clip_id, "0199cccc"):
        one = share(
            home.agency, ShareState.DELIVERED, clip_id=clip_id, share_id=clip_id
        )
        async_dispatcher_send(home.hass, SIGNAL_SHARE_CHANGED, one)
        await home.hass.async_block_till_done()
        for entity in ("event.harbour_police_", "sensor.harbour_police_last_"):
            state = home.hass.states.get(f"{entity}delivery")
            assert state is not None
            assert (state.state == "unknown") is hidden
    assert [event.data["doorbell_id"] for event in fired] == [
        home.front.entry_id,
        None,
    ]
