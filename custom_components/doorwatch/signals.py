"""Signals and events of Doorwatch.

Dispatcher signals stay in the process; EVENT_... are events on the event bus.
"""

from typing import Final

from homeassistant.util.signal_type import SignalType

from .const import DOMAIN
from .engine.clips.model import Clip
from .engine.doorbells.base import DoorbellEvent
from .engine.sharing.model import Share

# A clip is completely stored, indexed and in the ledger.
SIGNAL_CLIP_SAVED: SignalType[Clip] = SignalType(f"{DOMAIN}_clip_saved")
# A clip that waited for its disk is stored and in the ledger, but not announced yet.
SIGNAL_CLIP_RECOVERED: SignalType[Clip] = SignalType(f"{DOMAIN}_clip_recovered")
# A clip was protected or released or got labels (the clip), or was deleted or expired
# (its ID).
SIGNAL_CLIP_CHANGED: SignalType[Clip | str] = SignalType(f"{DOMAIN}_clip_changed")
# The ledger couldn't be written, so lines about deleted or restored clips are missing.
SIGNAL_LINES_MISSING: SignalType[()] = SignalType(f"{DOMAIN}_lines_missing")
SIGNAL_SHARE_CHANGED: SignalType[Share] = SignalType(f"{DOMAIN}_share_changed")
# An event at a doorbell, with the doorbell's ID.
SIGNAL_EVENT: SignalType[str, DoorbellEvent] = SignalType(f"{DOMAIN}_event")
# A doorbell doesn't answer, and may have a new address.
SIGNAL_DOORBELL_AWAY: SignalType[()] = SignalType(f"{DOMAIN}_doorbell_away")
# A recording started, changed or ended.
SIGNAL_ONGOING: SignalType[()] = SignalType(f"{DOMAIN}_ongoing")
# The live state of a doorbell changed.
SIGNAL_LIVE: SignalType[()] = SignalType(f"{DOMAIN}_live")
# Recording became impossible or possible again; see `recording_problem`.
SIGNAL_RECORDING_CHANGED: SignalType[()] = SignalType(f"{DOMAIN}_recording_problem")
# The feed of an agency (its ID) was fetched, expired, was refused or was removed.
SIGNAL_FEED_CHANGED: SignalType[str] = SignalType(f"{DOMAIN}_feed_changed")
# Users were loaded again, because one was added or removed.
SIGNAL_USERS: SignalType[()] = SignalType(f"{DOMAIN}_users")
# An urgent notice for a person (their user ID) or for everyone (None): the key of a
# text in `common` of the translations, and its placeholders.
SIGNAL_SECURITY: SignalType[str, dict[str, str], str | None] = SignalType(
    f"{DOMAIN}_security"
)
# One of the home's scheduled times for news about agencies.
SIGNAL_SLOT: SignalType[()] = SignalType(f"{DOMAIN}_slot")
# The clock was ahead, and was corrected.
SIGNAL_CLOCK_SET_BACK: SignalType[()] = SignalType(f"{DOMAIN}_clock_set_back")
# A doorbell was added, removed or renamed.
SIGNAL_NAMES: SignalType[()] = SignalType(f"{DOMAIN}_names")

# Events for the trigger, the logbook and automations.
EVENT_CLIP_SAVED: Final = f"{DOMAIN}_clip_saved"
# A person or an automation deleted, restored, protected or released a clip; see
# `change`.
EVENT_CLIP_CHANGED: Final = f"{DOMAIN}_clip_changed"
# Recording became impossible (`problem` is the reason) or possible again (None).
EVENT_RECORDING_CHANGED: Final = f"{DOMAIN}_recording_changed"
# Clips match an agency's request for the first time.
EVENT_REQUEST_MATCHED: Final = f"{DOMAIN}_request_matched"
# A share ended; `result` is the result.
EVENT_SHARE_DELIVERED: Final = f"{DOMAIN}_share_delivered"
# A person finished talking at a doorbell.
EVENT_TALKED: Final = f"{DOMAIN}_talked"
