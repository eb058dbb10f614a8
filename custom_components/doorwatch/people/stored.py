"""Define the stored data of one person, and read it whatever its shape."""

from contextlib import suppress
from datetime import datetime
import re
from typing import Any, Final, Literal, NotRequired, TypedDict

import voluptuous as vol

from .drafts import DRAFT
from .wishes import Wishes, read_wishes

# Version that counts as shown last to people who used Doorwatch before it showed news.
BEFORE_NEWS: Final = "0.1.0"
VERSION: Final = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")


class StoredDraft(TypedDict):
    """The fields filled in, and when they were stored."""

    at: str
    filled: dict[str, Any]


type Ending = Literal["stopped", "withdrawn"]


class StoredEndedShare(TypedDict):
    """How somebody else ended a share of this person."""

    by: str
    what: Ending
    at: str


class StoredPerson(TypedDict):
    """The stored data of one person: times by doorbell, drafts by clip."""

    seen: dict[str, str]
    # In the order in which they were stored.
    drafts: dict[str, StoredDraft]
    wishes: NotRequired[Wishes]
    # Until when notices are snoozed, by doorbell or `ALL`.
    snoozed: NotRequired[dict[str, str]]
    # The version whose news were shown last, None if none were. Missing for people from
    # before there was news.
    news: NotRequired[str | None]
    # When each item was hidden, by agency ID and item ID with a space between; in the
    # order of hiding.
    hidden: NotRequired[dict[str, str]]
    hidden_agencies: NotRequired[dict[str, str]]
    # By share ID, until this person has read it.
    ended_shares: NotRequired[dict[str, StoredEndedShare]]


def _moment(value: object) -> object:
    """Validate a stored time, which must have a time zone."""
    if not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is None:
        raise vol.Invalid("not a time with its zone")
    return value


_MOMENT: Final = vol.Schema(_moment)
_ENDED: Final = vol.Schema(
    {
        vol.Required("by"): str,
        vol.Required("what"): vol.In(["stopped", "withdrawn"]),
        vol.Required("at"): _moment,
    }
)
_DRAFT: Final = vol.Schema({vol.Required("at"): _moment, vol.Required("filled"): DRAFT})


def _fitting(stored: object, schema: vol.Schema) -> dict[str, Any]:
    """Return the valid items of a stored mapping."""
    fitting: dict[str, Any] = {}
    for key, value in stored.items() if isinstance(stored, dict) else ():
        with suppress(vol.Invalid):
            fitting[key] = schema(value)
    return fitting


def read_person(stored: dict[str, Any]) -> StoredPerson:
    """Return the valid parts of one person's data."""
    person: StoredPerson = {
        "seen": _fitting(stored.get("seen"), _MOMENT),
        "drafts": _fitting(stored.get("drafts"), _DRAFT),
    }
    if (wishes := read_wishes(stored.get("wishes"))) is not None:
        person["wishes"] = wishes
    if "snoozed" in stored:
        person["snoozed"] = _fitting(stored["snoozed"], _MOMENT)
    if "news" in stored:
        news = stored["news"]
        known = isinstance(news, str) and VERSION.fullmatch(news)
        person["news"] = news if known else None
    if "hidden_agencies" in stored:
        person["hidden_agencies"] = _fitting(stored["hidden_agencies"], _MOMENT)
    if "hidden" in stored:
        person["hidden"] = {
            key: moment
            for key, moment in _fitting(stored["hidden"], _MOMENT).items()
            if len(key.split()) == 2
        }
    if "ended_shares" in stored:
        person["ended_shares"] = _fitting(stored["ended_shares"], _ENDED)
    return person
