"""Values from untrusted JSON, type-checked and safe to print."""

from collections.abc import Iterator, Mapping
import math
from typing import Self, override
import unicodedata

from ..printing import printable, towers

_LINE = 200  # characters of a name
_TEXT = 2000  # characters of a note or of terms
_LINES = 40
_MOST = 50  # entries of a list
_LARGEST = 10**15


def one_line(text: str) -> str:
    """Return a text on one line, shortened and with invisible characters escaped."""
    return _cut(text, _LINE)


def text_of(text: str) -> str:
    """Return a longer text with its line breaks, shortened and escaped."""
    lines = text.split("\n")
    shown = _cut("\n".join(lines[:_LINES]), _TEXT, keep="\n\t")
    return shown if len(lines) <= _LINES else f"{shown}\n[{len(lines)} lines in all]"


def _cut(text: str, longest: int, keep: str = "") -> str:
    shown = _flat(printable(text[:longest], keep=keep))
    if len(text) <= longest:
        return shown
    return f"{shown}… [{len(text)} characters in all]"


def _flat(text: str) -> str:
    """Escape combining marks that are stacked over neighboring lines."""
    if not towers(text):
        return text
    return "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) in ("Mn", "Me") else char
        for char in unicodedata.normalize("NFD", text)
    )


class Parts:
    """A JSON object whose members are None if they are missing or of another type."""

    def __init__(self, value: object) -> None:
        """Wrap any value; one that is not an object is treated as empty."""
        self._value: Mapping[str, object] = value if isinstance(value, Mapping) else {}

    def __bool__(self) -> bool:
        """Whether it has any members."""
        return bool(self._value)

    def plain(self) -> Mapping[str, object]:
        """Return the plain object, for callers that check types themselves."""
        return self._value

    def part(self, *names: str) -> Self:
        """Return a nested object."""
        value: object = self._value
        for name in names:
            value = value.get(name) if isinstance(value, Mapping) else None
        return type(self)(value)

    def parts(self, name: str) -> list[Self]:
        """Return a list of objects."""
        return [type(self)(one) for one in self._list(name)]

    def text(self, name: str) -> str | None:
        """Return a text, or None if it is empty."""
        value = self._value.get(name)
        return value if isinstance(value, str) and value else None

    def texts(self, name: str) -> list[str]:
        """Return a list of texts."""
        return [one for one in self._list(name) if isinstance(one, str)]

    def flag(self, name: str) -> bool | None:
        """Return a boolean."""
        value = self._value.get(name)
        return value if isinstance(value, bool) else None

    def number(self, name: str) -> int | float | None:
        """Return a finite number."""
        return _number(self._value.get(name))

    def whole(self, name: str) -> int | None:
        """Return an integer."""
        value = self.number(name)
        return value if isinstance(value, int) else None

    def _list(self, name: str) -> list[object]:
        value = self._value.get(name)
        return value if isinstance(value, list) else []


class Stated(Parts):
    """A JSON object whose texts are shortened and escaped."""

    def line(self, name: str) -> str | None:
        """Return a text on one line."""
        value = super().text(name)
        return None if value is None else one_line(value)

    @override
    def text(self, name: str) -> str | None:
        """Return a text with its line breaks."""
        value = super().text(name)
        return None if value is None else text_of(value)

    @override
    def texts(self, name: str) -> list[str]:
        """Return a list of names."""
        return [one_line(one) for one in super().texts(name)]

    def rows(self, name: str) -> list[list[int | float | None]]:
        """Return a list of lists of numbers."""
        return [
            [_number(each) for each in one]
            for one in self._list(name)
            if isinstance(one, list)
        ]

    def left_out(self, name: str, listed: int) -> int:
        """Count the entries of a list or object beyond those that were listed."""
        value = self._value.get(name)
        return len(value) - listed if isinstance(value, list | dict) else 0

    def pairs(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the names and texts of a nested object."""
        for key, value in list(self.part(name).plain().items())[:_MOST]:
            if isinstance(value, str):
                yield one_line(key), one_line(value)

    @override
    def _list(self, name: str) -> list[object]:
        return super()._list(name)[:_MOST]


def _number(value: object) -> int | float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) and abs(value) < _LARGEST else None
