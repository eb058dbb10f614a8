"""Text from a package must not steer the terminal it is printed on."""

import unicodedata

_JOINERS = frozenset({"\u200c", "\u200d"})  # Persian and Indian scripts need them
# Letters and signs that look like nothing: Hangul fillers, the empty braille cell,
# blanks between hieroglyphs.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442")
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # Unicode categories


def unseen(char: str) -> bool:
    """Whether a character acts without being seen: control, bidi, private, unknown."""
    if char in _BLANK:
        return True
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def printable(text: str, *, keep: str = "") -> str:
    r"""Write unseen characters as \u escapes, but for those in `keep`."""
    return "".join(
        f"\\u{ord(char):04x}" if unseen(char) and char not in keep else char
        for char in text
    )
