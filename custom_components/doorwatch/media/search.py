"""Parse the words of a search in the media browser."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
import re
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from ..const import DOMAIN
from ..engine.clips.model import ClipQuery
from ..engine.doorbells.base import KINDS, Label

# A time without an end selects the minutes around it.
AROUND: Final = timedelta(minutes=15)

_DAY: Final = re.compile(r"(\d{4})-(\d\d?)(?:-(\d\d?))?")
_DOTTED_DAY: Final = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})")
_TIMES: Final = re.compile(r"(\d\d?):(\d\d)(?:[-–](\d\d?):(\d\d))?")
# Any day on which to add minutes to a time.
_SOME_DAY: Final = date(2000, 1, 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchWords:
    """The words of a language for a kind of clip, a label or a day, in lower case."""

    kinds: Mapping[str, Collection[str]]  # by the kind's name
    labels: Mapping[str, Collection[str]]  # by the label's name
    today: str
    yesterday: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MediaQuery:
    """The conditions of a search; `names` are words of doorbells' names."""

    names: tuple[str, ...]
    query: ClipQuery

    def fits_name(self, name: str) -> bool:
        """Return whether a doorbell's name contains every word."""
        held = name.casefold()
        return all(word in held for word in self.names)

    def fits_day(self, day: date) -> bool:
        """Return whether this local day is selected."""
        text = day.isoformat()
        days = self.query.days
        return not days or text in days or text[:7] in days


async def async_media_texts(
    hass: HomeAssistant, language: str | None = None
) -> dict[str, str]:
    """Return the texts of a language, by default the home's, by key."""
    texts = await async_get_translations(
        hass, language or hass.config.language, "common", [DOMAIN]
    )
    prefix = f"component.{DOMAIN}.common."
    return {key.removeprefix(prefix): text for key, text in texts.items()}


def words_of(texts: Mapping[str, str], *, labels: bool = True) -> SearchWords:
    """Return the words that have a meaning in a search; labels only with `labels`."""

    def meaning(names: Iterable[str]) -> dict[str, list[str]]:
        return {
            name: [name, *texts.get(f"search_{name}", "").casefold().split()]
            for name in names
        }

    return SearchWords(
        kinds=meaning(kind.value for kind in KINDS),
        labels=meaning(label.value for label in Label if labels),
        today=texts.get("media_today", "").casefold(),
        yesterday=texts.get("media_yesterday", "").casefold(),
    )


def read_query(query: str, words: SearchWords, today: date) -> MediaQuery:
    """Parse a search; words without another meaning belong to a doorbell's name."""
    names: list[str] = []
    kinds: set[str] = set()
    labels: set[str] = set()
    days: set[str] = set()
    times: list[tuple[time, time]] = []
    for word in query.casefold().split():
        if (kind := _meant(word, words.kinds)) is not None:
            kinds.add(kind)
        elif (label := _meant(word, words.labels)) is not None:
            labels.add(label)
        elif (day := _day(word, words, today)) is not None:
            days.add(day)
        elif (span := _times(word)) is not None:
            times.append(span)
        else:
            names.append(word)
    return MediaQuery(
        names=tuple(names),
        query=ClipQuery(
            kinds=frozenset(kinds),
            labels=frozenset(labels),
            days=frozenset(days),
            times=tuple(times),
        ),
    )


def _meant(word: str, words: Mapping[str, Collection[str]]) -> str | None:
    return next((name for name, known in words.items() if word in known), None)


def _day(word: str, words: SearchWords, today: date) -> str | None:
    """Return the day (`2026-11-24`) or month (`2026-11`) of a word."""
    if word == words.today:
        return today.isoformat()
    if word == words.yesterday:
        return (today - timedelta(days=1)).isoformat()
    if found := _DAY.fullmatch(word):
        year, month, day = found.groups()
    elif found := _DOTTED_DAY.fullmatch(word):
        day, month, year = found.groups()
    else:
        return None
    try:
        # A month uses its first day.
        known = date(int(year), int(month), int(day or 1)).isoformat()
    except ValueError:
        return None
    return known if day else known[:7]


def _times(word: str) -> tuple[time, time] | None:
    if (found := _TIMES.fullmatch(word)) is None:
        return None
    first_hour, first_minute, last_hour, last_minute = found.groups()
    try:
        first = time(int(first_hour), int(first_minute))
        if last_hour is not None:
            return first, time(int(last_hour), int(last_minute))
    except ValueError:
        return None
    moment = datetime.combine(_SOME_DAY, first)
    return (moment - AROUND).time(), (moment + AROUND).time()
