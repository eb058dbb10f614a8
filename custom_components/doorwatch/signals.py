"""What the parts of Doorwatch tell each other inside Home Assistant.

Dispatcher signals stay in the process; what begins with EVENT goes on the event bus.
"""

from typing import Final

from homeassistant.util.signal_type import SignalType

from .const import DOMAIN
from .engine.clips.model import Clip
from .engine.doorbells.base import DoorbellEvent
from .engine.sharing.model import Share

# A clip is whole on disk, listed, and in the ledger.
SIGNAL_CLIP_SAVED: SignalType[Clip] = SignalType(f"{DOMAIN}_clip_saved")
# A clip that waited for its disk is whole and in the ledger; nobody told of it yet.
SIGNAL_CLIP_RECOVERED: SignalType[Clip] = SignalType(f"{DOMAIN}_clip_recovered")
# A clip was protected or released, or more was seen in it (the clip), or it was deleted
# or expired (its id).
SIGNAL_CLIP_CHANGED: SignalType[Clip | str] = SignalType(f"{DOMAIN}_clip_changed")
# Library, ledger and outbox are open.
SIGNAL_OPENED: SignalType[()] = SignalType(f"{DOMAIN}_opened")
SIGNAL_SHARE_CHANGED: SignalType[Share] = SignalType(f"{DOMAIN}_share_changed")
# Motion or ring at a doorbell, by the doorbell's id.
SIGNAL_EVENT: SignalType[str, DoorbellEvent] = SignalType(f"{DOMAIN}_event")
# What is being recorded at some doorbell is not what it was.
SIGNAL_ONGOING: SignalType[()] = SignalType(f"{DOMAIN}_ongoing")
# What there is at some door right now is not what it was.
SIGNAL_LIVE: SignalType[()] = SignalType(f"{DOMAIN}_live")
# Clips cannot be written any more, or can be again: `recording_problem` says which.
SIGNAL_RECORDING_CHANGED: SignalType[()] = SignalType(f"{DOMAIN}_recording_problem")
# What an agency (its id) asks and tells was read anew, is out of date, was refused, or
# went with the agency.
SIGNAL_FEED_CHANGED: SignalType[str] = SignalType(f"{DOMAIN}_feed_changed")
# Accounts were looked up anew: one came or went.
SIGNAL_USERS: SignalType[()] = SignalType(f"{DOMAIN}_users")
# Something that one person (by the user's id), or everyone (None), should know at once:
# `common.<key>` of the translations, and its placeholders.
SIGNAL_SECURITY: SignalType[str, dict[str, str], str | None] = SignalType(
    f"{DOMAIN}_security"
)
# The time has come to tell of what agencies ask and do.
SIGNAL_SLOT: SignalType[()] = SignalType(f"{DOMAIN}_slot")
# The clock was ahead, and is no longer.
SIGNAL_CLOCK_SET_BACK: SignalType[()] = SignalType(f"{DOMAIN}_clock_set_back")
# A doorbell came, went, or is called otherwise.
SIGNAL_NAMES: SignalType[()] = SignalType(f"{DOMAIN}_names")

# On the event bus, for the trigger, the logbook and automations.
EVENT_CLIP_SAVED: Final = f"{DOMAIN}_clip_saved"
# Somebody deleted, restored, protected or released a clip: `change` says which.
EVENT_CLIP_CHANGED: Final = f"{DOMAIN}_clip_changed"
# Nothing can be recorded (`problem` says why), or it can again (`problem` is None).
EVENT_RECORDING_CHANGED: Final = f"{DOMAIN}_recording_changed"
# Clips of this home fit an agency's request for the first time.
EVENT_REQUEST_MATCHED: Final = f"{DOMAIN}_request_matched"
# What became of a share: `result` says it.
EVENT_SHARE_DELIVERED: Final = f"{DOMAIN}_share_delivered"
# Somebody talked at a doorbell, and has ended.
EVENT_TALKED: Final = f"{DOMAIN}_talked"
