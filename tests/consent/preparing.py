"""Prepare shares for the dialog."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from tests import waiting
from tests.sharing_fixtures import (
    Home,
    Message,
    command,
    end_of,
    prepare,
    result_of,
    tap,
)


def staged(home: Home) -> list[Path]:
    """Return the content of the staging folder."""
    folder: Path = home.data.library.folder / ".staging"
    return sorted(folder.rglob("*"))


async def until(hass: HomeAssistant, condition: Callable[[], bool]) -> None:
    """Wait until a condition is true."""

    async def holds() -> bool:
        await hass.async_block_till_done()
        return condition()

    await waiting.until(holds)


async def try_prepare(client: Any, home: Home, **changes: object) -> Message:
    """Prepare a share that must be refused and return the error."""
    answer = await command(
        client,
        **{
            "type": "doorwatch/share/prepare",
            "clip_id": home.clip.clip_id,
            "agency_id": home.agency.entry_id,
            **changes,
        },
    )
    if answer["success"]:
        event = await end_of(client, answer["id"])
        assert event["type"] == "error", event
        return event
    assert answer["error"]["code"] == answer["error"]["translation_key"]
    error: Message = answer["error"]
    return error


PREPARE_COPY = "doorwatch/copy/prepare"


async def prepare_copy(
    client: MockHAClientWebSocket, home: Home, **changes: object
) -> Message:
    """Prepare a copy of the front door's clip, and return the event `ready`."""
    await client.send_json_auto_id(
        {"type": PREPARE_COPY, "clip_id": home.clip.clip_id, **changes}
    )
    answer = await result_of(client)
    assert answer["success"], answer
    ready = await end_of(client, answer["id"])
    assert ready["type"] == "ready"
    return ready


AREA: Message = {"left": 0.0, "top": 0.0, "width": 0.3, "height": 0.15}


async def shared(home: Home, client: Any, **changes: Any) -> str:
    """Share a clip and return the share's id."""
    ready = await prepare(client, home, **changes)
    answer = await tap(client, home, ready["confirmation"])
    share_id: str = answer["result"]["response"]["share_id"]
    await command(client, type="unsubscribe_events", subscription=ready["subscription"])
    return share_id
