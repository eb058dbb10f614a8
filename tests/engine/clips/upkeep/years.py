"""A year of small clips, and a simple implementation of the rules to compare with."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import random
from uuid import uuid7

from custom_components.doorwatch.engine.clips.files.names import relative_path
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import ANY, Clip, RetentionPolicy
from tests.engine.clips.homemade import BLANK, THUMBNAIL, ZONE, second_index

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DOORBELLS = ("front", "garden", "street")
# Frequent kinds and labels are repeated.
_KINDS = ("motion", "motion", "motion", "ring", "ring motion", "manual")
_LABELS = ("", "", "", "person", "vehicle", "vehicle", "animal", "person package")

RULES = RetentionPolicy(
    days={ANY: 30, "ring": 180, "motion": 20, "manual": None, "vehicle": 5},
    doorbells={
        "street": {ANY: 10, "ring": 90, "vehicle": 2, "person": 40},
        "garden": {"motion": 60, "animal": 200},
    },
    bytes=150_000,
)


@dataclass(frozen=True, slots=True)
class Made:
    """A clip, and the path in its row."""

    clip: Clip
    path: str

    @property
    def size(self) -> int:
        """Return the size of video and thumbnail in bytes."""
        return self.clip.size + len(THUMBNAIL)


def year(seed: int, a_day: int) -> Iterator[list[Made]]:
    """Yield the clips of each day of a year."""
    draw = random.Random(seed)
    for day in range(365):
        yield [
            _made(
                draw, NEW_YEAR + day * DAY + timedelta(seconds=draw.randrange(86_400))
            )
            for _ in range(draw.randrange(2 * a_day + 1))
        ]


def _made(draw: random.Random, at: datetime) -> Made:
    return a_clip(
        at,
        draw.choice(_KINDS),
        draw.choice(_LABELS),
        doorbell=draw.choice(DOORBELLS),
        size=draw.randrange(100, 2000),
        protected=draw.random() < 0.02,
    )


def a_clip(
    at: datetime,
    kinds: str,
    labels: str = "",
    *,
    doorbell: str = "front",
    size: int = 1000,
    protected: bool = False,
) -> Made:
    """Make a clip with these labels and kinds, of which the first is its event."""
    clip_id = str(uuid7())
    event, *also = kinds.split()
    clip = replace(
        BLANK,
        clip_id=clip_id,
        event_id=clip_id,
        doorbell_id=doorbell,
        event=event,
        also=tuple(also),
        labels=dict.fromkeys(sorted(labels.split()), "onvif"),
        started_at=at,
        ended_at=at + timedelta(seconds=15),
        size=size,
        protected=protected,
    )
    return Made(clip, str(relative_path(doorbell, clip_id, at, ZONE)))


def put(library: Library, made: Sequence[Made]) -> None:
    """Put these clips into a library."""
    for one in made:
        video = library.folder / one.path
        video.parent.mkdir(parents=True, exist_ok=True)
        video.write_bytes(bytes(one.clip.size))
        video.with_suffix(".jpg").write_bytes(THUMBNAIL)
        sidecar.write(one.clip, video)
    rows = [(one.clip, one.path, len(THUMBNAIL)) for one in made]
    with second_index(library) as index:
        index.add(rows).result()


def kept(
    clips: Iterable[Made], rules: RetentionPolicy, now: datetime
) -> dict[str, Made]:
    """Return the clips that the rules keep at this time."""
    left = {
        one.clip.clip_id: one
        for one in clips
        if one.clip.protected or now - one.clip.started_at <= _longest(one, rules)
    }
    assert rules.bytes is not None
    excess = sum(one.size for one in left.values()) - rules.bytes
    for one in sorted(left.values(), key=lambda one: _turn(one, rules, now)):
        if excess > 0 and not one.clip.protected:
            excess -= one.size
            del left[one.clip.clip_id]
    return left


def _longest(one: Made, rules: RetentionPolicy) -> timedelta:
    days = []
    for what in bears(one.clip):
        here, home = rules.doorbells.get(one.clip.doorbell_id, {}), rules.days
        for named, key in ((here, what), (here, ANY), (home, what), (home, ANY)):
            if key in named:
                days.append(named[key])
                break
    return timedelta(days=max(10_000 if one is None else one for one in days))


def _turn(one: Made, rules: RetentionPolicy, now: datetime) -> tuple[bool, datetime]:
    motion = bears(one.clip) == {"motion"} and now - one.clip.started_at > DAY
    return not (rules.motion_first and motion), one.clip.started_at


def bears(clip: Clip) -> set[str]:
    """Return the kinds and labels that a clip is kept for."""
    return ({*clip.kinds, *clip.labels} - {"motion"}) or {"motion"}


def first_reason(clip: Clip) -> str:
    """Return the kind or label that a deleted clip is counted as."""
    order = ("ring", "person", "vehicle", "animal", "package", "manual", "motion")
    return next(what for what in order if what in bears(clip))
