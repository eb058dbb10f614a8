"""Test clips that were recorded while the clock was ahead, and their correction."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util

from custom_components.doorwatch.const import CONF_PIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.ledger.digests import (
    recorded,
    time_before,
)
from custom_components.doorwatch.engine.sharing.tap.pin import hash_pin
from custom_components.doorwatch.household.maintenance import RETENTION_EVERY
from custom_components.doorwatch.signals import SIGNAL_CLIP_CHANGED
from tests.demo_visits import later
from tests.media.browsing import ROOT
from tests.repairs.fixes import asked_by, begin, go_on, open_issues
from tests.sharing_fixtures import DASHBOARD, Home, command

AHEAD = timedelta(days=40)


async def clips_of_the_future(home: Home) -> list[Clip]:
    """Record two clips with the clock ahead, then set it right."""
    clips = [
        await home.save(
            home.front,
            f"0199c0de-0000-7000-8000-00000000020{number}",
            started=dt_util.utcnow() + AHEAD + timedelta(hours=number),
        )
        for number in range(2)
    ]
    for clip in clips:
        await home.data.ledger.append("recorded", recorded(clip))
    return clips


async def test_what_was_recorded_by_a_clock_that_was_ahead_is_not_the_newest(
    home: Home,
) -> None:
    """People who may see the doorbell get the number and the day of these clips."""
    hass = home.hass
    assert await async_setup_component(hass, "media_source", {})
    clips = await clips_of_the_future(home)
    last = clips[-1]
    day = dt_util.as_local(last.started_at).date()
    client = await home.connect_as(await home.user(read=[home.front, home.back]))
    facets = await command(client, type="doorwatch/clips/facets")
    assert facets["result"]["future"] == 2
    assert facets["result"]["future_day"] == day.isoformat()
    back = await command(
        client, type="doorwatch/clips/facets", doorbell_id=home.back.entry_id
    )
    assert (back["result"]["future"], back["result"]["future_day"]) == (0, None)

    both = [home.back_clip.clip_id, home.clip.clip_id]
    for asked in ({}, {"after": "2026-01-01T00:00:00+00:00"}, {"shared": False}):
        found = await command(client, type="doorwatch/clips/list", **asked)
        assert [one["clip_id"] for one in found["result"]["clips"]] == both, asked
    until = (last.started_at + timedelta(seconds=1)).isoformat()
    named = await command(client, type="doorwatch/clips/list", before=until, limit=1)
    assert named["result"]["clips"][0]["clip_id"] == last.clip_id

    answer = await hass.services.async_call(
        "doorwatch", "find_clips", {}, blocking=True, return_response=True
    )
    assert answer is not None
    assert [one["clip_id"] for one in answer["clips"]] == both  # type: ignore[index, union-attr, call-overload] # of the action

    async def browse(path: str) -> list[dict[str, str]]:
        answer = await command(
            client,
            type="media_source/browse_media",
            media_content_id=f"{ROOT}/{path}".rstrip("/"),
        )
        children: list[dict[str, str]] = answer["result"]["children"]
        return children

    days = await browse(f"doorbell/{home.front.entry_id}")
    # They are an hour apart, so there may be a midnight between them.
    future = {f"{dt_util.as_local(one.started_at):%Y-%m-%d}" for one in clips}
    assert [one["title"][:10] for one in days] == [
        "2026-11-03",
        *sorted(future, reverse=True),
    ]
    assert home.clip.clip_id in (await browse(""))[1]["thumbnail"]

    async_dispatcher_send(hass, SIGNAL_CLIP_CHANGED, last)
    await hass.async_block_till_done()
    image = hass.states.get("image.front_last_clip")
    assert image is not None
    assert image.attributes["clip_id"] == home.clip.clip_id


async def test_an_administrator_says_when_they_were_recorded(
    home: Home,
) -> None:
    """All clips move by the same time; the digests don't change."""
    hass = home.hass
    first, last = await clips_of_the_future(home)
    later(hass, RETENTION_EVERY)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert "future_clips" in open_issues(hass)

    token = await hass.auth.async_create_refresh_token(home.admin, DASHBOARD)
    result = await begin(hass, "future_clips")
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["clips"] == "2"
    soon = dt_util.now() + timedelta(hours=1)
    result = await go_on(hass, result, recorded=f"{soon:%Y-%m-%d %H:%M:%S}")
    assert result["errors"] == {"recorded": "still_future"}
    right = dt_util.now().replace(microsecond=0)
    recorded_at = f"{right:%Y-%m-%d %H:%M:%S}"
    in_vain, late, early = [await begin(hass, "future_clips") for _ in range(3)]
    for nonsense in ("0001-01-01 00:00:00", "2001-01-01 00:00:00"):
        early = await go_on(hass, early, recorded=nonsense)
        assert early["errors"] == {"recorded": "too_early"}
    home.configure(**{CONF_PIN: await hass.async_add_executor_job(hash_pin, "1234")})
    early = await go_on(hass, early, recorded=recorded_at)
    assert early["errors"] == {"current_pin": "pin_required"}
    early = await go_on(hass, early, recorded=recorded_at, current_pin="9876")
    assert early["errors"] == {"current_pin": "pin_wrong"}
    assert early["data_schema"] is not None
    fields = {str(key): key.description for key in early["data_schema"].schema}
    assert fields["current_pin"] is None  # the entered PIN is not sent back
    home.configure(**{CONF_PIN: None})
    full = SharingError("disk_full")
    with asked_by(token), patch.object(home.data.ledger, "append", side_effect=full):
        in_vain = await go_on(hass, in_vain, recorded=recorded_at)
    assert in_vain["reason"] == "not_corrected"
    problem = "The disk for clips is full. Free up space and try again."
    assert in_vain["description_placeholders"] == {"problem": problem}
    assert (await hass.data[DATA].library.get(last.clip_id)) == last
    with asked_by(token):
        result = await go_on(hass, result, recorded=recorded_at)
    assert result["type"] == "create_entry"
    assert "future_clips" not in open_issues(hass)
    late = await go_on(hass, late, recorded=recorded_at)
    assert late["reason"] == "over"

    by = dt_util.as_utc(right) - last.started_at
    library = hass.data[DATA].library
    for clip in (first, last):
        now = await library.get(clip.clip_id)
        assert now is not None
        assert now.started_at == clip.started_at + by
        assert now.ended_at == clip.ended_at + by
        assert now.path.parent.name == f"{dt_util.as_local(now.started_at):%Y-%m-%d}"
        assert now.sha256 == clip.sha256
        assert await library.verify(clip.clip_id)
        assert await time_before(home.data.ledger, now) == clip.started_at
        assert await hass.async_add_executor_job(now.thumbnail.exists)
        assert not await hass.async_add_executor_job(clip.path.parent.exists)
    lines = [
        line
        for line in await home.data.ledger.lines(limit=1000)
        if line.kind == "time_corrected"
    ]
    assert [line.data for line in lines] == [
        {
            "clip_id": clip.clip_id,
            "doorbell_id": clip.doorbell_id,
            "sha256": clip.sha256,
            "started_at": clip.started_at.isoformat(),
            "corrected_to": (clip.started_at + by).isoformat(),
            "by": "user",
        }
        for clip in (first, last)
    ]
    assert await home.data.ledger.personal(lines[0].seq) == {"user": home.admin.name}
    assert home.front.runtime_data.data.last_clip.clip_id == last.clip_id


async def test_what_people_saw_by_a_clock_that_was_ahead_was_seen_by_now(
    home: Home,
) -> None:
    """Otherwise nothing would be new for that long."""
    known, front = home.data.people, home.front.entry_id
    ahead = dt_util.utcnow() + AHEAD
    with freeze_time(ahead):
        known.mark(home.admin.id, {front: ahead})
    seen = known.seen(home.admin.id)[front]
    assert seen <= dt_util.utcnow()
    assert known.seen(home.admin.id)[front] == seen
