"""Read session descriptions (SDP) of browsers and providers."""

import re
from typing import Final

# G.711, the codecs that browsers send and cameras accept.
_SPOKEN: Final = frozenset({"PCMU/8000", "PCMA/8000"})
# Formats that carry no voice on their own.
_BESIDE: Final = ("CN/", "TELEPHONE-EVENT/", "RED/")
_NUMBERS: Final = {
    "0": "PCMU/8000",
    "8": "PCMA/8000",
    "9": "G722/8000",
    "13": "CN/8000",
}
_DIRECTIONS: Final = frozenset({"a=sendonly", "a=recvonly", "a=sendrecv", "a=inactive"})
# Characters of an offer; browsers send some thousand.
_LONGEST: Final = 65_536
# Media that carry no sound, whatever their direction.
_SOUNDLESS: Final = frozenset({"video", "application"})
# Excludes characters that only some parsers treat as line ends.
_LINE: Final = re.compile(r"[a-z]=[^\x00-\x1f\x7f-\x9f\u2028\u2029]*")


def is_voice_only(offer: str) -> bool:
    """Return whether an offer only sends sound, in a codec that cameras accept."""
    if (lines := _lines(offer)) is None:
        return False
    media = _media(lines)
    return (
        len(media) == 1
        and media[0][0].startswith("m=audio ")
        and _directions(media[0]) == ["a=sendonly"]
        and not _directions(lines[: lines.index(media[0][0])])
        and bool(_codecs(media[0]) & _SPOKEN)
    )


def sends_sound(offer: str) -> bool:
    """Return whether an offer could send sound; only a stated direction excludes it."""
    if (lines := _lines(offer)) is None:
        return True
    return any(
        _directions(media) not in (["a=recvonly"], ["a=inactive"])
        for media in _media(lines)
        if media[0].removeprefix("m=").partition(" ")[0] not in _SOUNDLESS
    )


def is_heard(answer: str, provider: str) -> bool:
    """Return whether an answer accepts the offered voice.

    go2rtc selects the camera's codec. Without a back channel it accepts all offered
    codecs and discards the sound.
    """
    media = _media([line.strip() for line in answer.splitlines()])
    first = next((one for one in media if one[0].startswith("m=audio ")), None)
    if first is None or first[0].split()[1] == "0":
        return False
    if {"a=inactive", "a=sendonly"} & set(first):
        return False
    return provider != "go2rtc" or len(_codecs(first)) == 1


def _lines(offer: str) -> list[str] | None:
    """Return the lines of an offer, or None if another parser could read it differently."""
    if len(offer) > _LONGEST:
        return None
    lines = offer.replace("\r\n", "\n").removesuffix("\n").split("\n")
    return lines if all(_LINE.fullmatch(line) for line in lines) else None


def _directions(lines: list[str]) -> list[str]:
    """Return the lines that set a direction; like go2rtc, ignore text after a colon."""
    return [line for line in lines if line.partition(":")[0] in _DIRECTIONS]


def _media(lines: list[str]) -> list[list[str]]:
    """Return the lines of each medium, with its "m=" line first."""
    begins = [at for at, line in enumerate(lines) if line.startswith("m=")]
    ends = [*begins[1:], len(lines)]
    return [lines[begin:end] for begin, end in zip(begins, ends, strict=False)]


def _codecs(lines: list[str]) -> set[str]:
    """Return the codecs of a medium."""
    numbers = lines[0].split()[3:]
    names = {number: _NUMBERS[number] for number in numbers if number in _NUMBERS}
    for line in lines:
        if line.startswith("a=rtpmap:"):
            number, _, name = line.removeprefix("a=rtpmap:").partition(" ")
            if number in numbers:
                names[number] = name.upper().removesuffix("/1")
    return {name for name in names.values() if not name.startswith(_BESIDE)}
