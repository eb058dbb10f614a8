"""Text from a package must not steer the terminal it is printed on."""

import unicodedata

_JOINERS = frozenset({"\u200c", "\u200d"})  # Persian and Indian scripts need them
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # Unicode categories


def unseen(char: str) -> bool:
    """Whether a character acts without being seen: control, bidi, private, unknown."""
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def printable(text: str, *, keep: str = "") -> str:
    r"""Write unseen characters as \u escapes, but for those in `keep`."""
    return "".join(
        f"\\u{ord(char):04x}" if unseen(char) and char not in keep else char
        for char in text
    )
