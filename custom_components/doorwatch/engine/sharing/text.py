"""Sanitize text that people enter or agencies publish."""

import unicodedata

_JOINERS = frozenset({"\u200c", "\u200d"})  # needed by Persian and Indian scripts
# Letters and symbols without a visible glyph: Hangul fillers, the empty braille cell,
# hieroglyph blanks.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # Unicode categories

_STACKED = frozenset({"Mn", "Me"})
_HIGHEST = 8  # combining marks on one letter


def unseen(char: str) -> bool:
    """Return whether a character is invisible: control, bidi or line separator."""
    if char in _BLANK:
        return True
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def towers(text: str) -> bool:
    """Return whether stacked accents are so high that they cover other lines.

    No written language needs more than a few on one letter.
    """
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


def legible(text: str) -> bool:
    """Return whether the text has a visible letter or digit."""
    return any(char.isalnum() and not unseen(char) for char in text)


def displayable(value: object, longest: int, *, lines: bool = False) -> str | None:
    """Return a text that is safe to show, None for any other value.

    At most `longest` characters, on one line unless `lines`.
    """
    allowed = "\n\t" if lines else ""
    if not isinstance(value, str) or len(value) > longest or not legible(value):
        return None
    # Printable characters are in none of the invisible categories.
    plain = value.isprintable() and _BLANK.isdisjoint(value)
    if not plain and any(unseen(char) and char not in allowed for char in set(value)):
        return None
    return None if towers(value) else value


def visible(text: str, *, keep: str = "") -> str:
    r"""Write invisible characters as \u escapes, except those in `keep`."""
    return "".join(
        f"\\u{ord(char):04x}" if unseen(char) and char not in keep else char
        for char in text
    )


def one_line(text: str) -> str:
    """Put text on one line: a BagIt value must not contain CR or LF."""
    return visible(" ".join(text.split()))


def seen(text: str) -> str:
    """Put text on one line, without invisible characters."""
    kept = (char for char in text if char.isspace() or not unseen(char))
    return " ".join("".join(kept).split())
