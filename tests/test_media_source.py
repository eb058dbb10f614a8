"""Test the media source: links, invalid identifiers, and permissions."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from freezegun import freeze_time
from homeassistant.components.media_source import (
    async_browse_media,
    async_resolve_media,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch.const import CONF_OPEN_TO_PLAYERS
from tests.media.browsing import ROOT, berlin, ready, within_front
from tests.sharing_fixtures import Home, command

__all__ = ["berlin", "ready"]


@pytest.mark.lesson(12)
async def test_the_link_is_over_after_an_hour(home: Home) -> None:
    """Core's default would be a day."""
    client = await home.connect_as(home.admin)
    answer = await command(
        client,
        type="media_source/resolve_media",
        media_content_id=f"{ROOT}/clip/{home.clip.clip_id}",
    )
    http = await home.client()

    with freeze_time(datetime.now(UTC) + timedelta(minutes=61), tick=True):
        late = await http.get(answer["result"]["url"])

    assert late.status == HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "identifier",
    [
        "nonsense",
        "doorbell",
        "doorbell/{front}/not-a-day",
        "day/{front}",
        "day/{front}/2026-13-01",
        "day/{front}/2026-11-03/soon",
        "day/{front}/2026-11-03/99999999999999999999999",
        "day/{front}/2026-11-03/1/2",
        "day/{front}/0001-01-01",
        "day/{front}/9999-12-31",
        "clip",
        "clip/../../secrets",
    ],
)
async def test_made_up_addresses_are_answered(home: Home, identifier: str) -> None:
    """The answer is an empty folder, or the error of a clip that doesn't exist."""
    client = await home.connect_as(home.admin)
    address = f"{ROOT}/{identifier.format(front=home.front.entry_id)}"

    for message in (
        {"type": "media_source/browse_media"},
        {"type": "media_source/search_media", "search_query": "ring"},
        {"type": "media_source/resolve_media"},
    ):
        answer = await command(client, media_content_id=address, **message)
        if answer["success"]:
            assert within_front(answer["result"], home)
        else:
            assert answer["error"]["message"] == "There is no clip with this ID"


async def test_over_rest_the_user_of_the_token_counts(
    home: Home, hass: HomeAssistant
) -> None:
    """A REST request has no websocket connection, so the user is that of the request."""
    seen: list[list[str]] = []

    async def browse_root(call: Any) -> None:
        root = await async_browse_media(hass, ROOT)
        seen.append([child.title for child in root.children or ()])

    hass.services.async_register("test", "browse", browse_root)
    assert await async_setup_component(hass, "api", {})
    kim = await home.user(read=[home.front])
    for user in (home.admin, kim):
        http = await home.client(await home.login(user))
        answer = await http.post("/api/services/test/browse", json={})
        assert answer.status == HTTPStatus.OK

    assert seen == [["Back", "Front"], ["Front"]]


async def test_no_file_is_handed_out(home: Home, hass: HomeAssistant) -> None:
    """With a file path, an AI task could send a clip out of the home."""
    home.configure(**{CONF_OPEN_TO_PLAYERS: [home.front.entry_id]})

    media = await async_resolve_media(hass, f"{ROOT}/clip/{home.clip.clip_id}", None)

    assert media.path is None


async def test_a_library_that_cannot_be_read_is_said(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error has a text, and isn't an unknown error."""
    client = await home.connect_as(home.admin)

    async def broken(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(home.data.library, "days", broken)
    answer = await command(
        client,
        type="media_source/browse_media",
        media_content_id=f"{ROOT}/doorbell/{home.front.entry_id}",
    )

    assert not answer["success"]
    assert answer["error"]["message"]
    assert answer["error"]["code"] == "browse_media_failed"
