"""Test that only its permitted sharer and administrators can see a share."""

from custom_components.doorwatch.access.shown_clips import ShownClips
from custom_components.doorwatch.const import CONF_SHARERS
from custom_components.doorwatch.engine.sharing.model import StoppedBy
from tests.consent.preparing import shared
from tests.renewed import renew
from tests.sharing_fixtures import Home, allow, command, event_of, silence


async def test_a_share_is_told_to_its_sharer_and_to_administrators(home: Home) -> None:
    sharer = await home.user("Kim", control=[home.front])
    neighbour = await home.user("Lee", control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id, neighbour.id]})
    clients = {
        "sharer": await home.connect_as(sharer),
        "admin": await home.connect(),
        "neighbour": await home.connect_as(neighbour),
    }
    for client in clients.values():
        await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
        assert await event_of(client) == {"type": "all", "shares": []}

    tapping = await home.connect_as(sharer)
    share_id = await shared(home, tapping)

    for name in ("sharer", "admin"):
        event = await event_of(clients[name])
        assert event["type"] == "changed"
        assert event["share"]["share_id"] == share_id
        assert event["share"]["state"] == "waiting"
        assert 0 < event["share"]["cancel_in"] <= 300
        assert event["share"]["agency_name"] == "Harbour Police"
    await silence(clients["neighbour"])


async def test_a_sharer_who_lost_the_camera_hears_no_more(home: Home) -> None:
    """The share is in neither the list nor the events, even if it was not cached."""
    sharer = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [sharer.id]})
    client = await home.connect_as(sharer)
    share_id = await shared(home, client)
    await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    [share] = (await event_of(client))["shares"]
    assert share["share_id"] == share_id
    assert share["clip"] == {
        "doorbell_id": home.front.entry_id,
        "event": home.clip.event,
        "started_at": home.clip.started_at.isoformat(),
        "timezone": home.clip.timezone,
    }

    allow(sharer, {})
    await home.data.outbox.cancel(share_id, StoppedBy("u1"))
    await silence(client)
    renew(home.data.shown_clips, ShownClips())
    await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    assert await event_of(client) == {"type": "all", "shares": []}
    answer = await command(client, type="doorwatch/share/cancel", share_id=share_id)
    assert answer["error"]["code"] == "share_unknown"


async def test_shares_of_others_look_like_none(home: Home) -> None:
    """Undo, retry and withdraw report an unknown share too."""
    share_id = await shared(home, await home.connect())
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect_as(user)

    for action in ("cancel", "retry", "withdraw"):
        for name in (share_id, "nothing"):
            answer = await command(
                client, type=f"doorwatch/share/{action}", share_id=name
            )
            assert answer["error"]["code"] == "share_unknown"


async def test_a_user_who_was_disabled_hears_of_no_share(home: Home) -> None:
    """The user is an administrator whose connection is still open."""
    client = await home.connect()
    share_id = await shared(home, client)
    await client.send_json_auto_id({"type": "doorwatch/shares/subscribe"})
    await event_of(client)

    home.admin.is_active = False
    await home.data.outbox.cancel(share_id, StoppedBy("u1"))

    await silence(client)
