"""Test the commands about the bin, clips by kind, and manual recording."""

from http import HTTPStatus

import pytest

from tests.sharing_fixtures import Home, command, event_of, result_of

# The bin


async def test_deleted_clips_say_how_long_they_are_kept(home: Home) -> None:
    client = await home.connect()
    answer = await command(client, type="doorwatch/clips/deleted")
    assert answer["result"] == {"clips": []}

    await command(client, type="doorwatch/clips/delete", clip_id=home.clip.clip_id)
    await command(client, type="doorwatch/clips/delete", clip_id=home.back_clip.clip_id)
    answer = await command(client, type="doorwatch/clips/deleted")

    [last, first] = answer["result"]["clips"]
    assert last["clip_id"] == home.back_clip.clip_id
    assert first["clip_id"] == home.clip.clip_id
    assert 86_000 < first["gone_in"] <= 86_400
    assert first["deleted_at"]
    http = await home.client(await home.login(home.admin))
    assert (await http.get(first["thumbnail"])).status == HTTPStatus.OK
    answer = await command(
        client, type="doorwatch/clips/deleted", doorbell_id=home.front.entry_id
    )
    assert [clip["clip_id"] for clip in answer["result"]["clips"]] == [
        home.clip.clip_id
    ]


async def test_restored_clip_is_back_in_the_list(home: Home) -> None:
    """Every card is notified."""
    client, other = await home.connect(), await home.connect()
    await other.send_json_auto_id({"type": "doorwatch/clips/subscribe"})
    await result_of(other)
    await command(client, type="doorwatch/clips/delete", clip_id=home.clip.clip_id)

    answer = await command(
        client, type="doorwatch/clips/restore", clip_id=home.clip.clip_id
    )

    assert answer["result"]["clip"]["clip_id"] == home.clip.clip_id
    listed = await command(client, type="doorwatch/clips/list")
    assert len(listed["result"]["clips"]) == 2
    told = await event_of(other)
    assert told["type"] == "changed"
    assert told["clip"]["clip_id"] == home.clip.clip_id
    answer = await command(
        client, type="doorwatch/clips/restore", clip_id=home.clip.clip_id
    )
    assert answer["error"]["code"] == "clip_unknown"


@pytest.mark.lesson(13)
async def test_the_bin_is_for_those_who_control_the_camera(home: Home) -> None:
    await home.data.library.delete(home.clip.clip_id)
    for user, seen, restored in (
        (await home.user("Kim", read=[home.front]), 0, "not_allowed"),
        (await home.user("Lee", control=[home.back]), 0, "clip_unknown"),
        (await home.user("Jo", control=[home.front]), 1, None),
    ):
        client = await home.connect_as(user)
        answer = await command(client, type="doorwatch/clips/deleted")
        assert len(answer["result"]["clips"]) == seen
        answer = await command(
            client, type="doorwatch/clips/restore", clip_id=home.clip.clip_id
        )
        assert answer.get("error", {}).get("code") == restored


# The list


# Manual recording
