"""Test the command for the address to download a package once."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
import logging

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_SHARERS
from custom_components.doorwatch.engine.sharing.model import ShareState
from tests.agencies.pages import (
    address_of,
    fetched,
    new_share,
    not_logged,
    page,
    share_until,
)
from tests.sharing_fixtures import Home, command

__all__ = ["not_logged", "page"]


async def test_an_address_is_for_one_person_and_one_download(
    home: Home,
    page: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    not_logged: Callable[[str], Awaitable[None]],
) -> None:
    """Attempts of others don't use it up, and all get the same answer."""
    caplog.set_level(logging.DEBUG)
    other = await home.sharer("Other")
    client = await home.connect()
    share = await new_share(home, client)
    url = await address_of(client, share)
    bare = url.partition("?")[0]
    http = await home.client(await home.login(other))
    for path in (bare, f"{bare}x", "/api/doorwatch/hand_over/nothing"):
        assert (await http.get(path)).status == HTTPStatus.NOT_FOUND
    anybody = await home.client()
    head = await anybody.head(url)
    assert head.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert (await anybody.get(bare)).status == HTTPStatus.UNAUTHORIZED
    early = await anybody.get(url, headers={"Sec-Purpose": "prefetch;prerender"})
    assert early.status == HTTPStatus.SERVICE_UNAVAILABLE
    await not_logged(url)

    answers = await asyncio.gather(*(fetched(home, url) for _ in range(4)))
    bodies = [await answer.read() for answer in answers]
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [HTTPStatus.OK] + [HTTPStatus.NOT_FOUND] * 3
    assert max(map(len, bodies)) == share.total
    await share_until(home, share.share_id, ShareState.HANDED_OVER)
    assert (await fetched(home, url)).status == HTTPStatus.NOT_FOUND
    await not_logged(url)


async def test_only_who_could_share_gets_an_address(
    home: Home, page: MockConfigEntry
) -> None:
    """Strangers, programs and people who lost permission are refused."""
    sharer = await home.user("Sharer", control=[home.front])
    stranger = await home.user("Lee", control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id]})
    client = await home.connect_as(sharer)
    share = await new_share(home, client)
    about = {"type": "doorwatch/share/address", "share_id": share.share_id}

    for token, problem in (
        (await home.login(stranger), "share_unknown"),
        (await home.long_lived(sharer), "not_allowed"),
        (await home.long_lived(home.admin), "not_allowed"),
    ):
        answer = await command(await home.connect(token), **about)
        assert answer["error"]["code"] == problem
    url = await address_of(client, share)
    home.configure(**{CONF_SHARERS: []})
    answer = await command(client, **about)
    assert answer["error"]["code"] == "not_allowed"
    refused = await fetched(home, url)
    assert refused.status == HTTPStatus.NOT_FOUND
