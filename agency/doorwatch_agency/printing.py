"""Text from a package must not steer the terminal it is printed on."""

import unicodedata

_JOINERS = frozenset({"\u200c", "\u200d"})  # Persian and Indian scripts need them
# Letters and signs that look like nothing: Hangul fillers, the empty braille cell,
# blanks between hieroglyphs.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442")
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # Unicode categories
_STACKED = frozenset({"Mn", "Me"})
_HIGHEST = 8  # marks on one letter


def unseen(char: str) -> bool:
    """Whether a character acts without being seen: control, bidi, private, unknown."""
    if char in _BLANK:
        return True
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def is_plain(text: str, *, keep: str = "") -> bool:
    """Whether homes show a text: nothing unseen but for `keep`, no towers of accents."""
    return not towers(text) and not any(
        unseen(char) and char not in keep for char in text
    )


def towers(text: str) -> bool:
    """Whether accents are stacked so high that they cover the lines around."""
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
    r"""Write unseen characters as \u escapes, but for those in `keep`."""
    return "".join(
        f"\\u{ord(char):04x}" if unseen(char) and char not in keep else char
        for char in text
    )
