"""Text from people, made safe for files that people and programs read by the line."""

import unicodedata

_JOINERS = frozenset({"\u200c", "\u200d"})  # Persian and Indian scripts need them
# Letters and signs that look like nothing: Hangul fillers, the empty braille cell,
# blanks between hieroglyphs.
_BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0\U00013441\U00013442")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # Unicode categories

_STACKED = frozenset({"Mn", "Me"})
_HIGHEST = 8  # marks on one letter


def unseen(char: str) -> bool:
    """Whether a character does something without being seen: control, bidi, lines."""
    if char in _BLANK:
        return True
    return unicodedata.category(char) in _UNSEEN and char not in _JOINERS


def towers(text: str) -> bool:
    """Whether accents are stacked so high that they cover the lines around.

    No script that people write puts more than a few on one letter.
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
    """Whether there is a letter or a digit in it; joiners and accents alone show nothing."""
    return any(char.isalnum() and not unseen(char) for char in text)


def displayable(value: object, longest: int, *, lines: bool = False) -> str | None:
    """Return a text that people see as it is, None for any other.

    Of at most so many characters, on one line unless `lines`.
    """
    allowed = "\n\t" if lines else ""
    if not isinstance(value, str) or len(value) > longest or not legible(value):
        return None
    # What Python can print has none of the categories that are unseen.
    plain = value.isprintable() and _BLANK.isdisjoint(value)
    if not plain and any(unseen(char) and char not in allowed for char in set(value)):
        return None
    return None if towers(value) else value


def visible(text: str, *, keep: str = "") -> str:
    r"""Write unseen characters as \u escapes, but for those in `keep`."""
    return "".join(
        f"\\u{ord(char):04x}" if unseen(char) and char not in keep else char
        for char in text
    )


def one_line(text: str) -> str:
    """Put text on one line: a bag value must not hold CR or LF."""
    return visible(" ".join(text.split()))


def seen(text: str) -> str:
    """Put text on one line, and leave out what nobody sees."""
    kept = (char for char in text if char.isspace() or not unseen(char))
    return " ".join("".join(kept).split())
