"""Test searching clips by name, kind, day, time and label."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from freezegun import freeze_time
from homeassistant.components.media_source import async_browse_media
from homeassistant.core import HomeAssistant
import pytest

from custom_components.doorwatch.const import CONF_OPEN_TO_PLAYERS
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.media import view as media_view
from custom_components.doorwatch.media.search import (
    SearchWords,
    async_media_texts,
    read_query,
)
from tests.media.browsing import ROOT, berlin, ids, keep, ready, search
from tests.sharing_fixtures import Home

__all__ = ["berlin", "ready"]


async def test_search_finds_by_name_kind_day_and_time(
    home: Home, clip_file: Path
) -> None:
    """The search includes the open folder, newest clip first."""
    late = await keep(
        home,
        home.front,
        clip_file,
        1,
        datetime(2026, 11, 10, 22, 10, tzinfo=UTC),
        EventKind.MOTION,
    )
    morning = await keep(
        home, home.back, clip_file, 2, datetime(2026, 11, 10, 7, 0, tzinfo=UTC)
    )
    client = await home.connect_as(home.admin)
    front, back = home.clip.clip_id, home.back_clip.clip_id

    async def found(query: str, identifier: str = "") -> list[str]:
        return ids(await search(client, query, identifier))

    assert await found("") == [late.clip_id, morning.clip_id, back, front]
    assert await found("motion") == [late.clip_id]
    assert await found("Moved FRONT") == [late.clip_id]
    assert await found("ring motion 2026-11") == [
        late.clip_id,
        morning.clip_id,
        back,
        front,
    ]
    assert await found("ring motion") == await found("")
    assert await found("back") == [morning.clip_id, back]
    assert await found("2026-11-10") == [late.clip_id, morning.clip_id]
    assert await found("3.11.2026 front") == [front]
    # 22:10 UTC is 23:10 local time; a range may include midnight.
    assert await found("23:00") == [late.clip_id]
    assert await found("22:00-6:00") == [late.clip_id]
    assert await found("18:00-18:00") == [front]
    assert await found("ring 7:50-8:05") == [morning.clip_id]
    assert await found("nobody") == []
    assert await found("ring", f"doorbell/{home.back.entry_id}") == [
        morning.clip_id,
        back,
    ]
    assert await found("", f"day/{home.back.entry_id}/2026-11-10") == [morning.clip_id]
    (only,) = await search(client, "motion")
    assert only["title"] == "2026-11-10 23:10:00 Motion (4 s), Front"
    assert await search(client, "", media_filter_classes=["music"]) == []
    assert len(await search(client, "", media_filter_classes=["video"])) == 4
    with freeze_time("2026-11-11 12:00:00+00:00", tick=True):
        assert await found("Yesterday") == [late.clip_id, morning.clip_id]
        assert await found("today") == []
        (only,) = await search(client, "motion")
        assert only["title"] == "Yesterday 23:10:00 Motion (4 s), Front"


async def test_search_reads_no_clip_that_it_does_not_show(
    home: Home, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Searching for rare clips stays fast among a million clips."""
    noon = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
    for number in range(1, 6):
        await keep(
            home, home.front, clip_file, number, noon + timedelta(minutes=number)
        )
    client = await home.connect_as(home.admin)
    read: list[str] = []
    index = home.data.library._index
    real = index._to_clip

    def to_clip(row: Iterable[Any]) -> Clip:
        clip = real(row)
        read.append(clip.clip_id)
        return clip

    monkeypatch.setattr(index, "_to_clip", to_clip)
    assert await search(client, "3:17") == []
    assert await search(client, "manual 2026-11-10") == []
    assert await search(client, "9999-12 0001-01") == []
    assert read == []
    found = ids(await search(client, "12:04-12:04 ring manual"))
    assert read == found
    assert len(found) == 1


async def test_search_stops_at_a_page(
    home: Home, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest clips are listed, whatever the query."""
    monkeypatch.setattr(media_view, "MOST_CLIPS", 2)
    noon = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
    kept = [
        await keep(home, home.front, clip_file, n, noon + timedelta(minutes=n))
        for n in range(1, 6)
    ]
    client = await home.connect_as(home.admin)
    newest = [kept[-1].clip_id, kept[-2].clip_id]

    assert ids(await search(client, "front")) == newest
    assert ids(await search(client, "2026-11")) == newest


def test_the_words_of_a_search() -> None:
    """Words that aren't a kind, day or time are searched in names."""
    words = SearchWords(
        kinds={"ring": ["ring", "klingeln"]},
        labels={"person": ["person", "mensch"], "animal": ["animal", "katze"]},
        today="heute",
        yesterday="gestern",
    )
    today = date(2026, 3, 1)

    assert read_query("Klingeln gestern", words, today).query.kinds == {"ring"}
    assert read_query("Katze PERSON", words, today).query.labels == {
        "animal",
        "person",
    }
    assert read_query("gestern", words, today).query.days == {"2026-02-28"}
    assert read_query("2026-02-30 99:99 25:00-01:00", words, today).names == (
        "2026-02-30",
        "99:99",
        "25:00-01:00",
    )
    assert read_query("0:05", words, today).query.times == (
        (time(23, 50), time(0, 20)),
    )
    assert read_query("1.3.2026 2026-2", words, today).query.days == {
        "2026-03-01",
        "2026-02",
    }


async def test_clips_are_found_by_what_the_camera_saw(
    home: Home, clip_file: Path
) -> None:
    """Everyday words are accepted, combined with kinds and names."""
    at = datetime(2026, 11, 10, 12, tzinfo=UTC)
    cat = await keep(
        home, home.front, clip_file, 1, at, EventKind.MOTION, labels=("animal",)
    )
    post = await keep(
        home,
        home.back,
        clip_file,
        2,
        at + timedelta(minutes=1),
        labels=("package", "person"),
    )
    client = await home.connect_as(home.admin)

    async def found(query: str) -> list[str]:
        return ids(await search(client, query))

    assert await found("person") == [post.clip_id]
    assert await found("Cat parcels") == [post.clip_id, cat.clip_id]
    assert await found("cat ring") == []
    assert await found("cat front motion") == [cat.clip_id]
    assert await found("vehicle") == []
    (only,) = await search(client, "parcel")
    assert only["title"] == "2026-11-10 13:01:00 Ring (4 s): Package, Person, Back"


async def test_a_media_player_hears_of_labels_only_what_everybody_may_hear(
    home: Home, hass: HomeAssistant, clip_file: Path
) -> None:
    """A media player has no user; neither titles nor search may reveal labels."""
    at = datetime(2026, 11, 10, 12, tzinfo=UTC)
    clip = await keep(home, home.front, clip_file, 1, at, labels=("person",))
    home.configure(**{CONF_OPEN_TO_PLAYERS: [home.front.entry_id]})
    folder = f"{ROOT}/day/{home.front.entry_id}/2026-11-10"
    texts = await async_media_texts(hass)

    async def told() -> tuple[list[str], list[str]]:
        listed = (await async_browse_media(hass, folder)).children
        view = media_view.MediaView(
            hass, home.data.library, home.data.users, None, texts
        )
        found = await view.search("person", "")
        return [one.title for one in listed or ()], [one.title for one in found]

    title = "13:00:00 Ring (4 s)"
    with_label = f"{title}: Person"
    assert await told() == ([with_label], [f"2026-11-10 {with_label}, Front"])
    await home.user("Kim", read=[home.back])
    await hass.async_block_till_done()
    assert await told() == ([title], [])
    assert clip.labels == {"person": "onvif"}
