"""Make untrusted text safe to print on a terminal."""

import unicodedata

_JOINERS = frozenset({"\u200c", "\u200d"})  # required by Persian and Indian scripts
# Letters and signs that are invisible: Hangul fillers, the empty braille cell, blanks
# between hieroglyphs.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442")
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # Unicode categories
_STACKED = frozenset({"Mn", "Me"})
_HIGHEST = 8  # combining marks on one letter


def unseen(char: str) -> bool:
    """Return whether a character is invisible: control, bidi, private use, unassigned."""
    if char in _BLANK:
        return True
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def is_plain(text: str, *, keep: str = "") -> bool:
    """Return whether homes show a text: no invisible characters except `keep`.

    Also False for letters with too many combining marks.
    """
    return not towers(text) and not any(
        unseen(char) and char not in keep for char in text
    )


def towers(text: str) -> bool:
    """Return whether combining marks are stacked so high that they cover other lines."""
    if text.isascii():
        return False
    height = 0
    for char in unicodedata.normalize("NFD", text):
        if char in _JOINERS:
            continue
        height = height + 1 if unicodedata.category(char) in _STACKED else 0
        if height > _HIGHEST:
            return True
    return False


def printable(text: str, *, keep: str = "") -> str:
    r"""Escape invisible characters with \u, except those in `keep`."""
    return "".join(
        f"\\u{ord(char):04x}" if unseen(char) and char not in keep else char
        for char in text
    )
