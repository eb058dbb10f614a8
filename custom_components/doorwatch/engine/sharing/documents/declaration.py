"""Draft a declaration about a recording for a court, to be signed by hand.

For rules 902(13) and 902(14) of the Federal Rules of Evidence of the United States: a
record made by a machine, and a copy identified by its digest, need no witness in court
if a qualified person certifies them in writing (wording: 28 U.S.C. 1746). The home
fills in the facts that it knows, and only the personal details that the person chose to
send.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap

from ...clips.model import Clip
from ..ledger.ledger import LedgerLine
from ..model import Edits, PersonalDetails, StagedFile
from ..signing.canonical import timestamp
from ..text import one_line

_WIDTH = 88
_BLANK = "_" * 40

_DRAFT = (
    "This is a draft, not legal advice. Have a lawyer read it before anyone signs it."
    " Doorwatch filled in what this home knows, and no one has checked it. It says nothing"
    " in anyone's name until someone signs it. No one has to sign it: the recording is"
    " shared without it, too."
)
_MEANING = (
    "Whoever signs it declares, under penalty of perjury, that all of it is true: that they"
    " know how this home records, that it made the recording as described, and that the"
    " file is the one with the digest named here. They may be asked about it in court. They"
    " must strike out whatever they do not know to be true. A false declaration is a crime.",
    "Rule 902(13) is about what a system recorded automatically, and Rule 902(14) about a"
    ' copy that is identified by its digest. Both require a "qualified person": someone'
    " who knows how the system works. Whoever offers the recording in court has to tell the"
    " other side beforehand, and show them the recording and the declaration.",
)
_OATH = (
    "I declare under penalty of perjury under the laws of the United States of America that"
    " the foregoing is true and correct."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class DeclarationFacts:
    """The known facts about a recording; `system` is also in the package."""

    clip: Clip
    staged: StagedFile
    edits: Edits
    personal: PersonalDetails
    agency_name: str
    home: str  # fingerprint of the home's key for the agency
    system: Mapping[str, object]
    # The ledger line with the digest of the finished recording.
    recorded: LedgerLine | None
    made_at: datetime
    # The recorded start, if a person corrected it because the clock was ahead.
    time_before: datetime | None = None


def make_declaration(facts: DeclarationFacts) -> str:
    """Return the draft as plain text, with blanks for unknown facts."""
    return "".join(f"{line}\n" for line in _lines(facts))


def _lines(facts: DeclarationFacts) -> Iterator[str]:
    yield "DRAFT OF A DECLARATION ABOUT AN ELECTRONIC RECORDING"
    yield "(United States, Federal Rules of Evidence, Rules 902(13) and 902(14))"
    yield ""
    yield from wrap(_DRAFT, _WIDTH)
    yield ""
    yield "WHAT SIGNING IT DECLARES"
    for paragraph in _MEANING:
        yield from wrap(paragraph, _WIDTH)
    yield ""
    yield "DECLARATION"
    yield f"I, {_filled(facts.personal.name)}, declare:"
    for number, paragraph in enumerate(_paragraphs(facts), 1):
        yield ""
        yield from wrap(f"{number}. {paragraph}", _WIDTH, subsequent_indent="   ")
    yield ""
    yield from wrap(_OATH, _WIDTH)
    yield ""
    yield f"Date:      {_BLANK}"
    yield f"Signature: {_BLANK}"
    if facts.personal.contact is not None:
        yield f"Contact:   {one_line(facts.personal.contact)}"
    yield ""
    made = timestamp(facts.made_at)
    yield f"Drafted by Doorwatch on {made} (UTC, by the home's clock)"
    yield f"for {one_line(facts.agency_name)}. Not signed by anyone yet."


def _paragraphs(facts: DeclarationFacts) -> Iterator[str]:
    yield (
        "I am (such as: a resident of the home, who set up its system)"
        f" {_BLANK}. I know how the system described here works from"
        f" {_BLANK}."
    )
    yield from _system(facts)
    yield from _recording(facts)
    yield from _copy(facts)
    yield (
        "The package with this file is signed with this home's key for this agency. The"
        f" fingerprint of that key is {facts.home}."
    )


def _system(facts: DeclarationFacts) -> Iterator[str]:
    software = facts.system.get("software")
    versions = software if isinstance(software, Mapping) else {}
    runs = (
        f"when this was drafted, Doorwatch {_known(versions.get('doorwatch'))} on Home"
        f" Assistant {_known(versions.get('home_assistant'))}"
    )
    if facts.clip.fetched_from is not None:
        yield (
            "The recording was made by the doorbell or by its manufacturer's service. The"
            f" home's system ({runs}) fetched it from there through the integration"
            f' "{one_line(facts.clip.fetched_from)}" and stored what it received. I do not'
            " know from this system what happened to it before that."
        )
        return
    make, model = facts.system.get("camera_make"), facts.system.get("camera_model")
    named = " ".join(_known(each) for each in (make, model) if each)
    named = f"when this was drafted, {named}" if named else "make and model not known"
    sound = (
        " It stores the audio as it comes, or converts it to AAC if the camera sends another"
        " format. The file does not show which of the two was done."
        if facts.clip.audio_codec is not None
        else ""
    )
    yield (
        f"The recording was made by a doorbell camera ({named}) and by the home's system"
        f" ({runs}). The system stores the video in a file as the camera sends it, without"
        f" human intervention.{sound}"
    )


def _recording(facts: DeclarationFacts) -> Iterator[str]:
    clip = facts.clip
    lasted = (
        f"The recording runs from {timestamp(clip.started_at)} to"
        f" {timestamp(clip.ended_at)} (UTC),"
    )
    if (before := facts.time_before) is not None:
        yield (
            f"{lasted} as a person in the home corrected these times. The clock of the"
            " home's system was ahead when the recording was made. By that clock it began"
            f" at {timestamp(before)} (UTC).{_odd(clip)}"
        )
    elif clip.fetched_from is None:
        yield (
            f"{lasted} by the clock of the home's system."
            f" {_clock(facts.system)}{_odd(clip)}"
        )
    else:
        yield (
            f"{lasted} as far as the home's system knows. The recording was fetched, and"
            f" nothing here measured when it was made.{_odd(clip)}"
        )
    digest = f"Its SHA-256 digest is {clip.sha256}."
    anew = "The system computed it again when this was drafted, and it was the same"
    line = facts.recorded
    if line is None:
        yield (
            f"{digest} The home's ledger has no line that says so from when the recording"
            f" was stored. {anew} as the one that the library had kept."
        )
        return
    if (other := line.data.get("sha256")) != clip.sha256:
        yield (
            f"{digest} That is not what the home's ledger says. Its line of"
            f" {timestamp(line.at)} names the digest {other}. The file is not the one that"
            " was stored then, or it was changed since."
        )
        return
    late = (
        " That line was written late, after a crash or while the ledger could not be"
        " written. Until then, only the library held the digest."
        if line.data.get("late") is True
        else ""
    )
    yield (
        f"{digest} The system computed it when the recording was stored, and wrote it to"
        f" the home's ledger on {timestamp(line.at)}. The digest of that line, which includes"
        f" that of the line before it, is {line.digest}.{late} {anew}."
    )


def _odd(clip: Clip) -> str:
    said = ""
    if clip.event == "manual":
        said += (
            " Someone asked for the recording. It was not started by motion or a ring."
        )
    if clip.gaps:
        said += f" Frames are missing from it in {len(clip.gaps)} place(s)."
    if clip.recovered:
        said += (
            " The system did not finish it as usual. A crash or a power cut may have cut it"
            " short, or its file was found again later."
        )
    return said


def _clock(system: Mapping[str, object]) -> str:
    synchronised = system.get("clock_synchronised")
    if synchronised is None:
        said = "Whether that clock was synchronized with a time server is not known."
    elif synchronised:
        said = "When this was drafted, that clock was synchronized with a time server."
    else:
        said = (
            "When this was drafted, that clock was not synchronized with a time server."
        )
    offset = system.get("camera_clock_offset")
    if isinstance(offset, int | float):
        said += (
            f" The camera's own clock was {abs(offset):.1f} seconds"
            f" {'ahead' if offset >= 0 else 'behind'} when it was last measured."
        )
    return said


def _copy(facts: DeclarationFacts) -> Iterator[str]:
    staged = facts.staged
    named = (
        f"The file data/clip.mp4 has {staged.size} bytes. Its SHA-256 digest is"
        f" {staged.sha256}."
    )
    if not staged.derived:
        yield f"{named} It is the recording, byte for byte: the digests are the same."
        return
    left_out = ", ".join(_left_out(facts))
    made_anew = (
        " All frames were re-encoded to cover these areas."
        if staged.reencoded
        else " Its frames were copied, not re-encoded."
    )
    yield (
        f"{named} The home's system copied it from the recording. It is not all of the"
        f" recording. Left out: {left_out}.{made_anew} The copy runs from"
        f" {timestamp(staged.started_at)} to {timestamp(staged.ended_at)} (UTC)."
    )


def _left_out(facts: DeclarationFacts) -> Iterator[str]:
    yield "anything in the recording other than video and audio"
    # The actual start and end of the copy, which often differ from the chosen times.
    begins, ends = (
        round((at - facts.clip.started_at).total_seconds(), 3)
        for at in (facts.staged.started_at, facts.staged.ended_at)
    )
    if facts.edits.start:
        yield f"everything before {begins} s"
    if facts.edits.end is not None:
        yield f"everything after {ends} s"
    if facts.clip.audio_codec is not None and not facts.staged.audio:
        yield "the audio"
    if areas := len(facts.edits.redact):
        yield f"what was under the areas of the image that are painted black ({areas})"


def _known(value: object) -> str:
    return one_line(str(value)) if value else "(not known)"


def _filled(value: str | None) -> str:
    return one_line(value) if value else _BLANK
