"""What the card is answered and told. scripts/generate_types.py makes its types of these."""

from collections.abc import Mapping
from typing import Final, Literal, TypedDict

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import callback

from ..consent.prepare import PrepareEvent
from ..data import RecordingProblem
from ..engine.sharing.documents.requested import RequestInNotice
from ..engine.sharing.model import (
    Outcome,
    ReceiptState,
    ShareState as StoredShareState,
    Withdrawal,
)
from ..people.wishes import Defaults, Wishes


class Events[T]:
    """What a command goes on to tell as long as its socket is open."""

    def __init__(self, command: str) -> None:
        """Take the type of the command."""
        self.command = command

    @callback
    def send(self, connection: ActiveConnection, msg_id: int, event: T) -> None:
        """Tell one thing."""
        connection.send_event(msg_id, event)


class Doorbell(TypedDict):
    """A doorbell, and what this user may do with it."""

    doorbell_id: str
    name: str
    camera_entity_id: str | None
    connected: bool
    # Whether this home records at it; a maker's recordings come by themselves.
    records: bool
    may_share: bool
    may_control: bool


class Doorbells(TypedDict):
    """Those that this user may see."""

    doorbells: list[Doorbell]


DOORBELL_EVENTS: Final = Events[Doorbells]("doorwatch/doorbells/subscribe")


class Agency(TypedDict):
    """An agency that clips can be shared with."""

    agency_id: str
    name: str
    host: str
    compared: bool
    available: bool
    problem: str | None
    # Where its upload links lead, of one that sends such links to people.
    upload_page: str | None


class Refusal(TypedDict):
    """Why nobody can share at this page, and the words for it."""

    code: str
    message: str


class Agencies(TypedDict):
    """The agencies, for those who may share."""

    agencies: list[Agency]
    refusal: Refusal | None
    # Whom to ask who may not share: the administrators of this home, by name.
    administrators: list[str]


class Links(TypedDict):
    """Links that live five minutes."""

    url: str
    thumbnail: str


class MoreLinks(TypedDict):
    """What is asked for by and by."""

    download: str
    preview: str | None


class Link(Links, MoreLinks):
    """All links to a clip."""


class ClipInWords(TypedDict):
    """Enough of a clip to tell it from others."""

    doorbell_id: str
    event: str
    started_at: str
    timezone: str


class Clip(ClipInWords):
    """A clip. `event` is the first of its kinds: ring, motion, manual."""

    clip_id: str
    # All that happened while it was recorded.
    kinds: list[str]
    # What the camera says that it saw: person, vehicle, animal, package.
    labels: list[str]
    # The address of its picture, for a page that sends its login along.
    thumbnail: str
    ended_at: str
    duration: float
    size: int
    protected: bool
    recovered: bool
    width: int
    height: int
    video_codec: str
    audio_codec: str | None
    plays_everywhere: bool
    # As browsers name them, of clips that not every browser plays.
    codecs: str | None
    has_preview: bool
    part: int
    gaps: int
    may_control: bool
    may_share: bool


class Clips(TypedDict):
    """One page of clips."""

    clips: list[Clip]
    more: bool


class ClipPage(TypedDict):
    """A clip, and those before and after it at the same doorbells."""

    clip: Clip
    older: str | None
    newer: str | None


class Days(TypedDict):
    """How many clips there are of each local day of a month that has any."""

    days: dict[str, int]
    # The first and the last local day that have clips; None without any.
    first: str | None
    last: str | None


class Mark(TypedDict):
    """A clip on the timeline of a day."""

    clip_id: str
    doorbell_id: str
    # Seconds since the day began.
    at: float
    duration: float
    kinds: list[str]
    labels: list[str]
    protected: bool


class Facets(TypedDict):
    """What there is to filter clips by: only what these doorbells have produced."""

    kinds: list[str]
    labels: list[str]
    protected: bool
    shared: bool
    # How many clips have a time in the future, up to 100, and the day of the newest.
    future: int
    future_day: str | None


class Day(TypedDict):
    """One local day: when it begins and ends, and its clips from the first to the last."""

    day: str
    begins: str
    ends: str
    marks: list[Mark]


class RestoredClip(TypedDict):
    """A clip that is back."""

    clip: Clip


class DeletedClip(Clip):
    """A clip in the bin."""

    deleted_at: str
    # Seconds until it is gone for good.
    gone_in: float


class DeletedClips(TypedDict):
    """What lies in the bin."""

    clips: list[DeletedClip]


class ClipCame(TypedDict):
    """A clip is new, or is not what it was."""

    type: Literal["saved", "changed"]
    clip: Clip


class ClipWent(TypedDict):
    """A clip is gone."""

    type: Literal["removed"]
    clip_id: str


type ClipEvent = ClipCame | ClipWent

CLIP_EVENTS: Final = Events[ClipEvent]("doorwatch/clips/subscribe")


class PreviewProgress(TypedDict):
    """How far a preview is, from 0 to 1."""

    type: Literal["progress"]
    fraction: float


class PreviewReady(TypedDict):
    """A preview is there."""

    type: Literal["ready"]
    url: str


class PreviewFailed(TypedDict):
    """No preview was made."""

    type: Literal["failed"]
    code: str
    message: str


type PreviewEvent = PreviewProgress | PreviewReady | PreviewFailed

PREVIEW_EVENTS: Final = Events[PreviewEvent]("doorwatch/clips/preview")


class Still(TypedDict):
    """A picture of a clip, and when it is shown: seconds from the first."""

    at: float
    # A data URL: no address leads to it.
    picture: str


class Strip(TypedDict):
    """Pictures along a clip."""

    length: float
    # Where a part can begin whose picture is copied.
    keyframes: list[float]
    stills: list[Still]


class StoredAreas(TypedDict):
    """The areas that are watched."""

    areas: list[list[list[float]]]
    # Whether motion is taken from the picture at all.
    picture_motion: bool


class ChangedAreas(TypedDict):
    """The areas as they are stored now."""

    areas: str
    changed: bool


# All of it was uploaded to an agency that gives no receipts: nothing confirms it.
type ShareState = StoredShareState | Literal["uploaded"]


class Share(TypedDict):
    """One clip to one agency."""

    share_id: str
    clip_id: str
    # None when the clip was gone before anybody asked.
    clip: ClipInWords | None
    agency_id: str
    agency_name: str
    state: ShareState
    created_at: str
    cancel_in: float | None
    sent: int
    total: int
    problem: str | None
    attempts: int
    next_attempt: str | None
    delivered_at: str | None
    ended_at: str | None
    # None once it was delivered or uploaded.
    outcome: Outcome | None
    has_receipt: bool
    receipt: ReceiptState | None
    received_at: str | None
    # By an officer, as the agency signed.
    opened_at: str | None
    withdrawal: Withdrawal | None
    # The agency's own words.
    withdrawal_text: str
    withdrawn_at: str | None
    can_withdraw: bool
    # Set when a person hands it over; the package goes then.
    hand_over_until: str | None
    downloads: int
    # The name of the package that is ready.
    file: str | None
    # Whether the person can hand it over instead of this home.
    can_hand_over: bool
    # The agency's request that it answers.
    request_id: str | None
    # Whether a draft of a declaration went along, which can be had.
    has_declaration: bool


class ChangedShare(TypedDict):
    """A share as a command left it."""

    share: Share


class AllShares(TypedDict):
    """All shares that this user may see."""

    type: Literal["all"]
    shares: list[Share]


class ShareChanged(TypedDict):
    """A share is new, or is not what it was."""

    type: Literal["changed"]
    share: Share


type ShareEvent = AllShares | ShareChanged

SHARE_EVENTS: Final = Events[ShareEvent]("doorwatch/shares/subscribe")


class ShareAddress(TypedDict):
    """An address for one download, that lives some minutes."""

    url: str
    name: str


class ShareProof(TypedDict):
    """What the agency may ask the owner to read out, what it answers, and links."""

    fingerprint: str | None
    receipt: str | None
    delivery_receipt: str | None
    # The draft of a declaration that went along.
    declaration: str | None
    # As it was shown before the tap.
    request: RequestInNotice | None


class Proposal(TypedDict):
    """A clip that something proposed to share."""

    proposal_id: str
    clip_id: str
    doorbell_id: str
    agency_id: str | None
    # The agency's request that it would answer.
    request_id: str | None
    at: str
    by: str
    # Whose login or token it was made with, if it was made with one.
    user: str | None


class Proposed(TypedDict):
    """What became of a proposal."""

    at: str
    became: Literal["open", "shared", "dismissed", "over"]


class OwnProposal(TypedDict):
    """The last proposal of a clip that this user made, for a week after its end."""

    proposed: Proposed | None


class AllProposals(TypedDict):
    """The proposals that this user could turn into a share."""

    type: Literal["all"]
    proposals: list[Proposal]


class ProposalChanged(TypedDict):
    """A proposal is new."""

    type: Literal["changed"]
    proposal: Proposal


class ProposalWent(TypedDict):
    """A proposal is gone."""

    type: Literal["removed"]
    proposal_id: str


type ProposalEvent = AllProposals | ProposalChanged | ProposalWent

PROPOSAL_EVENTS: Final = Events[ProposalEvent]("doorwatch/proposals/subscribe")

PREPARE_EVENTS: Final = Events[PrepareEvent]("doorwatch/share/prepare")


class RequestAnswer(TypedDict):
    """A share that answers a request."""

    share_id: str
    clip_id: str
    state: ShareState


# Nobody answers one that was closed, nor once its time or that of its feed has passed.
type ItemState = Literal["open", "closed", "over"]

# GeoJSON's coordinates of a MultiPolygon: rings of longitude and latitude, in degrees.
type Area = list[list[list[list[float]]]]


class OpenRequest(TypedDict):
    """What an agency asks of this home; all texts are the agency's own."""

    agency_id: str
    agency: str
    request_id: str
    version: int
    title: str | None
    text: str | None
    case_reference: str | None
    offence: str | None
    contact: str | None
    investigation_code: str | None
    terms: str | None
    # The window, and until when it can be answered.
    begins: str | None
    ends: str | None
    until: str | None
    labels: list[str]
    area: Area
    # What a valid one has, and this one has not.
    lacks: list[str]
    state: ItemState
    # Those that lie in the area, of the ones that this user may see.
    doorbells: list[str]
    # How many of their clips fit.
    clips: int
    answers: list[RequestAnswer]
    # This user put it away.
    hidden: bool


class Bulletin(TypedDict):
    """What an agency or a group tells the people of an area."""

    agency_id: str
    agency: str
    group: bool
    bulletin_id: str
    version: int
    title: str | None
    text: str | None
    contact: str | None
    until: str | None
    area: Area
    state: ItemState
    doorbells: list[str]
    hidden: bool


class FeedState(TypedDict):
    """How an agency's requests and bulletins came here last."""

    agency_id: str
    agency: str
    group: bool
    # This user put away all of it.
    hidden: bool
    problem: str | None
    # None before the first time on the schedule.
    fetched_at: str | None
    expires_at: str | None


class Door(TypedDict):
    """Where a doorbell is, for a sketch that is drawn at home."""

    doorbell_id: str
    name: str
    longitude: float
    latitude: float


class RequestsState(TypedDict):
    """What agencies ask and tell the people of this home, as far as this user may know."""

    requests: list[OpenRequest]
    bulletins: list[Bulletin]
    feeds: list[FeedState]
    doors: list[Door]
    # How many valid open requests are about other places.
    elsewhere: int
    # Metres: an area that is so near to a door covers it.
    radius: float


REQUEST_EVENTS: Final = Events[RequestsState]("doorwatch/requests/subscribe")


class LedgerLink(TypedDict):
    """A link to the whole ledger."""

    url: str


class LedgerHead(TypedDict):
    """The last line of the ledger."""

    seq: int
    digest: str


class LedgerCounts(TypedDict):
    """How many lines of each kind the ledger holds."""

    counts: dict[str, int]
    head: LedgerHead


class AgencyCounts(TypedDict):
    """How many lines of each kind are about one agency."""

    agency_id: str
    # None of an agency that was removed.
    name: str | None
    # Whether it is a group, which takes no clips.
    group: bool
    counts: dict[str, int]
    newest: int


class RequestCounts(TypedDict):
    """What became of what agencies asked: numbers that stay at home."""

    # Valid requests that concerned a doorbell of this home.
    seen: int
    # Of all people together, what is put away now.
    hidden: int
    # Requests for which somebody shared a clip.
    answered: int


class Transparency(TypedDict):
    """What was shared with whom, in numbers."""

    agencies: list[AgencyCounts]
    # None for who may not see each doorbell: all requests are public, so a number that
    # grows would tell where the others are.
    requests: RequestCounts | None
    refused: int


class TransparencyLine(TypedDict):
    """One line of the ledger."""

    seq: int
    at: str
    kind: str
    data: Mapping[str, object]
    personal: dict[str, str]
    had_personal: bool


class TransparencyLines(TypedDict):
    """Lines of the ledger, newest first."""

    lines: list[TransparencyLine]


class Forgotten(TypedDict):
    """Whether there was something to delete."""

    deleted: bool


class Recording(TypedDict):
    """A clip that is being recorded."""

    doorbell_id: str
    # When what is recorded began, pre-roll included.
    since: str
    kinds: list[str]
    # Until when somebody asked to record by hand, if somebody did.
    by_hand_until: str | None


class Recordings(TypedDict):
    """What is being recorded at the doorbells that this user may see."""

    recordings: list[Recording]


RECORDING_EVENTS: Final = Events[Recordings]("doorwatch/recordings/subscribe")


# Why a doorbell shows no live stream: its recordings come from its maker; it sleeps
# until somebody looks; it is not connected.
type LiveProblem = Literal["fetched", "asleep", "unavailable"]

# Why nobody can talk at a doorbell, or this user cannot.
type TalkProblem = Literal[
    "not_allowed",  # who may not control it may not talk
    "no_back_channel",  # the camera takes no sound
    "not_rtsp",  # its stream comes by something that carries no sound back
    "no_webrtc",  # this home has nothing that speaks WebRTC with cameras
    "no_answer",  # what speaks WebRTC did not answer just now
    "demo",  # it has no speaker
    "unavailable",  # the doorbell is not connected
    "disabled",  # the hidden camera is
]


class Talker(TypedDict):
    """Who talks at a doorbell now."""

    name: str
    since: str
    # Of core's signalling, where it is this very connection that talks.
    session_id: str | None
    # In half a minute, unless this very connection says that it goes on.
    ends_soon: bool


class Live(TypedDict):
    """What there is of one doorbell right now."""

    doorbell_id: str
    # The camera that is watched, which is the linked one where a maker keeps the clips;
    # its own state says how it streams. None where there is none for this user.
    camera_entity_id: str | None
    live_problem: LiveProblem | None
    recording_problem: RecordingProblem | None
    # Whether watching takes the only connection that the camera has.
    one_connection: bool
    # The camera that carries a voice; None when `talk_problem` says why.
    talk_entity_id: str | None
    talk_problem: TalkProblem | None
    talker: Talker | None
    # When somebody rang last, since this doorbell was set up.
    rang_at: str | None


class Lives(TypedDict):
    """All doorbells that this user may see, each time that one changes."""

    doorbells: list[Live]


LIVE_EVENTS: Final = Events[Lives]("doorwatch/live/subscribe")


class Recorded(TypedDict):
    """What became of a wish to record: the kinds of the recording that it extends."""

    # None when a new recording begins.
    extends: list[str] | None


class EndedShare(TypedDict):
    """A share of this person that somebody else ended."""

    share_id: str
    by: str
    what: Literal["stopped", "withdrawn"]
    at: str


class Seen(TypedDict):
    """Up to when this person has seen the clips of each doorbell, and what is new.

    `news` is the version whose news they were told last, null for who is new here.
    `ended_shares` is what they have not read yet.
    """

    seen: dict[str, str]
    news: str | None
    ended_shares: list[EndedShare]


class Draft(TypedDict):
    """What a person had filled in to share a clip; never a PIN or an upload link."""

    draft: Mapping[str, object] | None


class NoticePhone(TypedDict):
    """A phone of this person."""

    phone_id: str
    name: str
    # Why nothing can reach it: same_name, no_push, not_loaded.
    problem: str | None
    # When the last message to it failed, if it did.
    failed_at: str | None


class Notices(TypedDict):
    """What this person is told, and on which phones."""

    wishes: Wishes
    # What the household says for all who wish nothing else.
    defaults: Defaults
    # What a kind is that neither has said.
    usual: Mapping[str, str]
    phones: list[NoticePhone]
    # Until when nothing is told, by doorbell or "all".
    snoozed: dict[str, str]
    # Whether a person of Home Assistant belongs to this account: else nobody knows when
    # they are at home.
    has_person: bool
    may_set_defaults: bool


class Sharer(TypedDict):
    """A person who may share."""

    user_id: str
    name: str


class Kept(TypedDict):
    """How long clips are kept for what they show."""

    # "ring", "person", "vehicle", "animal", "package", "manual", "motion" (and nothing
    # else), or "any": all that is not named.
    what: str
    # None is as long as there is space.
    days: float | None


class HouseholdSettings(TypedDict):
    """The rules of the household."""

    entry_id: str
    folder: str
    # How long and how much is kept; None is no limit.
    days: float | None
    gigabytes: float | None
    # What is kept otherwise than for so many days.
    kept: list[Kept]
    # Whether motion alone goes first when the space is used up, else the oldest.
    motion_first: bool
    sharers: list[Sharer]
    has_pin: bool
    cancel_window: float
    in_sidebar: bool


class Storage(TypedDict):
    """What the clips take."""

    clips: int
    bytes: int
    free: int | None


class SettingsOfDoorbell(TypedDict):
    """A doorbell among the settings."""

    doorbell_id: str
    name: str
    device_id: str | None
    # Whether motion is taken from its picture, so that areas mean something.
    picture_motion: bool
    # Whether anything tells of motion at all.
    motion: bool
    # What is kept otherwise than the household says.
    kept: list[Kept]


class SettingsOfAgency(TypedDict):
    """An agency or a group among the settings."""

    agency_id: str
    name: str
    group: bool
    host: str
    compared: bool
    problem: str | None


class Settings(TypedDict):
    """What administrators may change, and where."""

    # None until the household has an entry.
    household: HouseholdSettings | None
    storage: Storage
    doorbells: list[SettingsOfDoorbell]
    agencies: list[SettingsOfAgency]
    version: str
