"""Test the commands about proposals."""

from tests.consent.proposing import notification, propose
from tests.sharing_fixtures import Home, command, event_of, result_of, silence


async def test_cards_of_those_who_may_share_hear_of_it(home: Home) -> None:
    """Cards are notified of a new proposal and of its dismissal."""
    user = await home.sharer()
    sharer = await home.connect_as(user)
    viewer_user = await home.user("Lee", control=[home.front])
    viewer = await home.connect_as(viewer_user)
    for client in (sharer, viewer):
        await client.send_json_auto_id({"type": "doorwatch/proposals/subscribe"})
        assert await event_of(client) == {"type": "all", "proposals": []}

    proposal_id = await propose(home)

    event = await event_of(sharer)
    assert event["type"] == "changed"
    assert event["proposal"]["proposal_id"] == proposal_id
    assert event["proposal"]["clip_id"] == home.clip.clip_id
    answer = await command(
        viewer, type="doorwatch/proposals/dismiss", proposal_id=proposal_id
    )
    assert answer["error"]["code"] == "proposal_unknown"
    await sharer.send_json_auto_id(
        {"type": "doorwatch/proposals/dismiss", "proposal_id": proposal_id}
    )
    assert await event_of(sharer) == {"type": "removed", "proposal_id": proposal_id}
    assert (await result_of(sharer))["success"]
    await silence(viewer)
    assert notification(home.hass) is None
