"""What is kept of one person, as it is stored; and read again, of whatever shape it is."""

from contextlib import suppress
from datetime import datetime
import re
from typing import Any, Final, Literal, NotRequired, TypedDict

import voluptuous as vol

from .drafts import DRAFT
from .wishes import Wishes, read_wishes

# What was told last to who used Doorwatch before it told what is new.
BEFORE_NEWS: Final = "0.1.0"
VERSION: Final = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}")


class StoredDraft(TypedDict):
    """What was filled in, and when it was kept."""

    at: str
    filled: dict[str, Any]


type Ending = Literal["stopped", "withdrawn"]


class StoredEndedShare(TypedDict):
    """What somebody else did with a share of this person: `what` is stopped or withdrawn."""

    by: str
    what: Ending
    at: str


class StoredPerson(TypedDict):
    """What is kept of one person: a time by doorbell, a draft by clip."""

    seen: dict[str, str]
    # Those that were kept last come last.
    drafts: dict[str, StoredDraft]
    wishes: NotRequired[Wishes]
    # Until when nothing is told of a doorbell, or of `ALL`.
    snoozed: NotRequired[dict[str, str]]
    # The version whose news were told last, None while none were. It is missing of who
    # was known before there were any.
    news: NotRequired[str | None]
    # When what an agency asks or tells was put away, by agency and id of the item with a
    # space between; those that were put away last come last.
    hidden: NotRequired[dict[str, str]]
    hidden_agencies: NotRequired[dict[str, str]]
    # By share, until this person has read it.
    ended_shares: NotRequired[dict[str, StoredEndedShare]]


def _moment(value: object) -> object:
    """Let a stored time pass, with its zone."""
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
    """Return what of a stored mapping is of the right shape."""
    fitting: dict[str, Any] = {}
    for key, value in stored.items() if isinstance(stored, dict) else ():
        with suppress(vol.Invalid):
            fitting[key] = schema(value)
    return fitting


def read_person(stored: dict[str, Any]) -> StoredPerson:
    """Return what of one person is of the right shape."""
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
