"""Test that subscriptions end with their socket, whenever it closes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from homeassistant.helpers.dispatcher import DATA_DISPATCHER
import pytest

from custom_components.doorwatch.actions.clips import async_visible_clip
from custom_components.doorwatch.consent.proposals import (
    SIGNAL_PROPOSAL,
    Proposal,
    Proposals,
)
from custom_components.doorwatch.engine.sharing.model import StoppedBy
from custom_components.doorwatch.signals import SIGNAL_SHARE_CHANGED
from custom_components.doorwatch.websocket import preview as websocket_preview
from tests.consent.preparing import shared
from tests.sharing_fixtures import Home, event_of, result_of
from tests.waiting import until


@dataclass
class Held:
    """A call that lasts until the test continues."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that delays the result of another."""

        async def slowly(*args: Any, **more: Any) -> Any:
            result = await work(*args, **more)
            self.asked.set()
            await self.go_on.wait()
            return result

        return slowly


@pytest.fixture
def held(home: Home, monkeypatch: pytest.MonkeyPatch) -> Held:
    """Delay everything that the tested commands await."""
    held = Held()
    monkeypatch.setattr(home.data.outbox, "list", held.around(home.data.outbox.list))
    monkeypatch.setattr(Proposals, "async_list", held.around(Proposals.async_list))
    monkeypatch.setattr(
        websocket_preview,
        "async_visible_clip",
        held.around(async_visible_clip),
    )
    return held


def listeners(home: Home) -> int:
    """Count the listeners for shares and proposals."""
    known = home.hass.data[DATA_DISPATCHER]
    return sum(
        len(known.get(signal, {})) for signal in (SIGNAL_SHARE_CHANGED, SIGNAL_PROPOSAL)
    )


@pytest.mark.parametrize(
    "ask",
    [
        {"type": "doorwatch/shares/subscribe"},
        {"type": "doorwatch/proposals/subscribe"},
        {"type": "doorwatch/clips/preview"},
    ],
)
@pytest.mark.parametrize("by", ["closing", "unsubscribing"])
async def test_nothing_is_left_of_a_subscription_that_ends_before_it_began(
    home: Home,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
    ask: dict[str, Any],
    by: str,
) -> None:
    """The socket is closed while the command is still waiting."""
    made: list[str] = []

    async def make(*_args: object) -> None:
        made.append("preview")

    monkeypatch.setattr(home.data.previews, "async_find", make)
    if "preview" in ask["type"]:
        ask = {**ask, "clip_id": home.clip.clip_id}
    client = await home.connect()
    before = listeners(home)

    await client.send_json({"id": 7, **ask})
    await held.asked.wait()
    if by == "closing":
        await client.close()
        await home.hass.async_block_till_done()
    else:
        await client.send_json(
            {"id": 8, "type": "unsubscribe_events", "subscription": 7}
        )
        assert (await result_of(client))["success"]
    held.go_on.set()
    await home.hass.async_block_till_done(wait_background_tasks=True)

    await until(lambda: listeners(home) == before)
    assert made == []


async def test_a_change_while_shares_are_listed_comes_after_the_list(
    home: Home, held: Held
) -> None:
    """Otherwise the card would keep the old state."""
    client = await home.connect()
    share_id = await shared(home, client)
    await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    await held.asked.wait()
    await home.data.outbox.cancel(share_id, StoppedBy("u1"))
    await home.hass.async_block_till_done()
    held.go_on.set()

    listed = await event_of(client)
    changed = await event_of(client)

    assert [share["state"] for share in listed["shares"]] == ["waiting"]
    assert changed["share"]["share_id"] == share_id
    assert changed["share"]["state"] == "cancelled"


async def test_a_proposal_that_goes_while_they_are_listed_is_told_after_the_list(
    home: Home, held: Held
) -> None:
    """Otherwise the card would keep it forever."""
    held.go_on.set()
    proposal, _ = await home.data.proposals.async_add(
        Proposal(
            clip_id=home.clip.clip_id,
            doorbell_id=home.clip.doorbell_id,
            agency_id=None,
            by="automation",
        )
    )
    held.go_on.clear()
    client = await home.connect()
    await client.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
    await held.asked.wait()
    await home.data.proposals.async_end(lambda each: each == proposal, "over")
    await home.hass.async_block_till_done()
    held.go_on.set()

    listed = await event_of(client)
    removed = await event_of(client)

    assert [each["proposal_id"] for each in listed["proposals"]] == [
        proposal.proposal_id
    ]
    assert removed == {"type": "removed", "proposal_id": proposal.proposal_id}


async def test_a_subscription_that_fails_leaves_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error was unexpected."""

    async def fail(*_args: object) -> list[Proposal]:
        raise ZeroDivisionError

    monkeypatch.setattr(Proposals, "async_list", fail)
    client = await home.connect()
    before = listeners(home)

    await client.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
    answer = await result_of(client)

    assert answer["error"]["code"] == "unknown_error"
    assert listeners(home) == before
