"""Tests of searching clips, with the newest first."""

from contextlib import closing
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.doorwatch.engine.clips.index.schema import connect
from custom_components.doorwatch.engine.clips.index.search import matching
from custom_components.doorwatch.engine.clips.model import Clip, ClipQuery, Facets
from custom_components.doorwatch.engine.doorbells.base import KINDS, EventKind, Label
from tests.engine.clips.homemade import BEGIN, Home, event, finished, start


@pytest.mark.parametrize("doorbells", [("front",), ("front", "back", "nobody")])
async def test_clips_that_match_are_found_newest_first(
    home: Home, doorbells: tuple[str, ...]
) -> None:
    """Queries combine all filters, across midnight and in two time zones."""
    zones = ("Europe/Berlin", "Pacific/Auckland")
    kinds = (EventKind.RING, EventKind.MOTION, EventKind.MANUAL)
    made: list[tuple[Clip, datetime]] = []
    for number in range(90):
        zone = zones[number >= 60]
        home.zone = zone
        at = BEGIN + timedelta(minutes=377 * number)
        begun = start(
            at, event(kinds[number % 3], at), event(kinds[number % 4 % 3], at)
        )
        doorbell = ("front", "back")[number % 2]
        part = home.library.intake.begin(doorbell, begun)
        part.write_bytes(b"v")
        labels = {
            label.value: "onvif"
            for every, label in enumerate(Label, 3)
            if not number % every
        }
        clip = home.library.intake.finish(
            doorbell, replace(finished(begun, part), labels=labels)
        )
        if number % 5 in (0, 1):
            clip = await home.library.set_protected(clip.clip_id, True)
        made.append((clip, at.astimezone(ZoneInfo(zone))))

    def matches(query: ClipQuery, clip: Clip, local: datetime) -> bool:
        minute = local.time().replace(second=0, microsecond=0)
        since = query.since.get(clip.doorbell_id)
        return (
            clip.doorbell_id in doorbells
            and (query.before is None or clip.started_at < query.before)
            and (query.after is None or clip.started_at > query.after)
            and (since is None or clip.started_at > since)
            and (query.protected is None or clip.protected == query.protected)
            and (query.among is None or clip.clip_id in query.among)
            and clip.clip_id not in query.but
            and (not query.kinds or not query.kinds.isdisjoint(clip.kinds))
            and (not query.besides or not query.besides.isdisjoint(clip.kinds))
            and (not query.labels or not query.labels.isdisjoint(clip.labels))
            and (
                not query.labels_besides
                or not query.labels_besides.isdisjoint(clip.labels)
            )
            and (
                not query.days
                or f"{local:%Y-%m-%d}" in query.days
                or f"{local:%Y-%m}" in query.days
            )
            and (
                not query.times
                or any(
                    a <= minute <= b if a <= b else minute >= a or minute <= b
                    for a, b in query.times
                )
            )
        )

    evening, night = (time(18), time(19, 30)), (time(23), time(5, 59))
    some = frozenset(clip.clip_id for clip, _ in made[::7]) | {"nowhere"}
    early, middle = made[11][0].started_at, made[50][0].started_at
    base = (
        ClipQuery(),
        ClipQuery(kinds=frozenset({"ring", "manual"})),
        ClipQuery(kinds=frozenset({"motion"}), protected=True),
        ClipQuery(kinds=frozenset({"motion"}), besides=frozenset({"ring", "manual"})),
        ClipQuery(protected=True),
        ClipQuery(protected=False),
        ClipQuery(among=some),
        ClipQuery(but=some),
        ClipQuery(among=some, kinds=frozenset({"manual"}), protected=False),
        ClipQuery(but=some, kinds=frozenset({"ring"}), times=(night,)),
        ClipQuery(labels=frozenset({"package"})),
        ClipQuery(labels=frozenset(Label)),
        ClipQuery(
            labels=frozenset({"person", "animal"}),
            labels_besides=frozenset({"vehicle"}),
        ),
        ClipQuery(
            labels_besides=frozenset({"person", "vehicle"}), kinds=frozenset({"ring"})
        ),
        ClipQuery(
            labels=frozenset({"vehicle", "person"}),
            kinds=frozenset({"ring", "motion"}),
            besides=frozenset({"manual", "motion"}),
        ),
        ClipQuery(labels=frozenset({"person"}), protected=True),
        ClipQuery(labels=frozenset({"person", "package"}), protected=False, among=some),
        ClipQuery(labels=frozenset({"unheard"})),
        ClipQuery(labels=frozenset({"person"}), labels_besides=frozenset({"unheard"})),
    )

    def spans(query: ClipQuery) -> list[ClipQuery]:
        new = {"front": middle, "back": early, "elsewhere": early}
        return [
            query,
            replace(query, before=middle),
            replace(query, after=early),
            replace(query, after=early, before=middle),
            replace(query, since={"front": middle}),
            replace(query, since=new, after=early),
        ]

    for query in (
        *(query for one in base for query in spans(one)),
        ClipQuery(days=frozenset({"2026-11-26", "2026-12"})),
        ClipQuery(days=frozenset({"2026-11-25"}), times=(night,)),
        ClipQuery(days=frozenset({"2026-11-30"}), kinds=frozenset({"ring"})),
        ClipQuery(days=frozenset({"2026-11-30"}), before=middle, protected=True),
        ClipQuery(times=(evening, night)),
        ClipQuery(times=(night,), kinds=frozenset({"motion"})),
        ClipQuery(days=frozenset({"2027-01", "2025-12-31"})),
        ClipQuery(
            days=frozenset({"2026-11-26"}), labels=frozenset({"person", "animal"})
        ),
        ClipQuery(times=(night,), labels=frozenset({"person"}), protected=False),
    ):
        expected = [c.clip_id for c, local in made if matches(query, c, local)][::-1]
        for oldest, limit, some_of in (
            (False, 999, expected),
            (False, 3, expected[:3]),
            (True, 3, expected[-3:]),
        ):
            found = await home.library.list(
                doorbells, query, limit=limit, oldest=oldest
            )
            assert [clip.clip_id for clip in found] == some_of, query


@pytest.mark.parametrize(
    "query",
    [
        ClipQuery(),
        ClipQuery(kinds=frozenset(KINDS)),
        ClipQuery(protected=True),
        ClipQuery(protected=False),
        ClipQuery(times=((time(23), time(5)),)),
        ClipQuery(labels=frozenset({"person", "package"})),
        ClipQuery(labels=frozenset(Label), kinds=frozenset({"ring"})),
        ClipQuery(labels=frozenset({"person"}), days=frozenset({"2026-11-26"})),
    ],
)
@pytest.mark.parametrize("oldest", [False, True])
async def test_scans_are_merged_as_the_index_has_them(
    home: Home, query: ClipQuery, oldest: bool
) -> None:
    """Only the merged result is sorted, not each scan."""
    sql, values = matching(("front", "back"), query, 25, oldest=oldest)
    with closing(
        connect(home.library.folder / "index.db", read_only=True)
    ) as connection:
        plan = [
            row["detail"]
            for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
        ]
    assert any("MERGE" in step for step in plan)
    assert [step for step in plan if "TEMP B-TREE" in step] == [
        "USE TEMP B-TREE FOR ORDER BY"
    ]


async def test_what_clips_can_be_told_apart_by_follows_them(home: Home) -> None:
    """Facets are per doorbell, count all kinds and labels, and exclude the bin."""

    async def facets() -> tuple[Facets, ...]:
        found = await home.library.facets(("front", "back"))
        return found["front"], found["back"]

    def save(minute: int, *kinds: EventKind, **labels: str) -> Clip:
        at = BEGIN + timedelta(minutes=minute)
        begun = start(at, *(event(kind, at) for kind in kinds))
        part = home.library.intake.begin("front", begun)
        part.write_bytes(b"v")
        return home.library.intake.finish(
            "front", replace(finished(begun, part), labels=labels)
        )

    nothing = Facets((), (), False)
    assert await facets() == (nothing, nothing)
    save(0, EventKind.MOTION)
    assert await facets() == (Facets(("motion",), (), False), nothing)
    both = save(1, EventKind.RING, EventKind.MANUAL, package="nest", person="onvif")
    await home.library.set_protected(both.clip_id, True)
    assert await facets() == (
        Facets(("ring", "motion", "manual"), ("person", "package"), True),
        nothing,
    )
    await home.library.delete(both.clip_id)
    assert await facets() == (Facets(("motion",), (), False), nothing)
