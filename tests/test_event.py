"""Rings at the door, and each end of a share told once by its agency's entity."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    ShareState,
    Withdrawal,
)
from custom_components.doorwatch.websocket.share import share_json
from tests.agencies.desk import desk, entry, share, tell

__all__ = ["desk", "entry"]


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
    hass: HomeAssistant, entry: MockConfigEntry, state: ShareState, told: str
) -> None:
    """By the event entity, with ids."""
    entity_id = "event.harbour_police_delivery"
    await tell(hass, share(entry, ShareState.UPLOADING))
    await tell(hass, share(entry, state, agency_id="another"))
    before = hass.states.get(entity_id)
    assert before is not None
    assert before.state == "unknown"

    await tell(hass, share(entry, state))
    first = hass.states.get(entity_id)
    await tell(hass, share(entry, state))
    second = hass.states.get(entity_id)

    assert first is not None
    assert second is not None
    assert first.attributes["event_type"] == told
    assert first.attributes["share_id"] == "0199aaaa"
    assert first.state == second.state
    delivery = hass.states.get("sensor.harbour_police_last_delivery")
    assert delivery is not None
    assert (delivery.state != "unknown") == (state is ShareState.DELIVERED)


@pytest.mark.parametrize("receipt", [None, ReceiptState.NONE])
async def test_what_nobody_can_confirm_is_never_called_delivered(
    hass: HomeAssistant, entry: MockConfigEntry, receipt: ReceiptState | None
) -> None:
    """The agency gives no receipts, or the version that sent it asked for none."""
    uploaded = share(entry, ShareState.DELIVERED, receipt=receipt)
    await tell(hass, uploaded)

    event = hass.states.get("event.harbour_police_delivery")
    assert event is not None
    assert event.attributes["event_type"] == "uploaded"
    delivery = hass.states.get("sensor.harbour_police_last_delivery")
    assert delivery is not None
    assert delivery.state == "unknown"
    told = share_json(hass, uploaded)
    assert (told["state"], told["delivered_at"]) == ("uploaded", None)
    assert "delivered" not in told.values()
    assert told["outcome"] is None
    confirmed = share_json(hass, replace(uploaded, receipt=ReceiptState.AWAITED))
    assert confirmed["state"] == "delivered"


async def test_what_is_known_of_a_delivery_later_is_not_told_as_another(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Not after a restart either; a deletion by the agency is told as withdrawn."""
    entity_id = "event.harbour_police_delivery"
    delivered = share(entry, ShareState.DELIVERED)
    for later in (
        {"receipt": ReceiptState.RECEIVED},
        {"receipt": ReceiptState.WRONG},
        {"receipt": ReceiptState.MISSING},
        {"receipt": ReceiptState.AWAITED, "withdrawal": Withdrawal.REQUESTED},
        {"receipt": ReceiptState.NONE, "withdrawal": Withdrawal.REFUSED},
    ):
        await tell(hass, replace(delivered, **later))
        state = hass.states.get(entity_id)
        assert state is not None
        assert state.state == "unknown", later

    await tell(hass, replace(delivered, receipt=ReceiptState.AWAITED))
    await tell(hass, replace(delivered, withdrawal=Withdrawal.DELETED))
    state = hass.states.get(entity_id)
    assert state is not None
    assert state.attributes["event_type"] == "withdrawn"
