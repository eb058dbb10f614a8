"""HTML elements of a report; every text is escaped here."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape

from .stated import Parts

NOT_KNOWN = "not known"


def facts(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Render rows of name and value."""
    yield '<table class="facts"><tbody>'
    for name, value in rows:
        yield f'<tr><th scope="row">{escape(name)}</th><td>{value}</td></tr>'
    yield "</tbody></table>"


def table(
    kind: str, heads: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """Render a table."""
    yield f'<table class="{kind}"><thead><tr>'
    yield "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for first, *rest in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in rest)
        yield f'<tr><th scope="row">{first}</th>{cells}</tr>'
    yield "</tbody></table>"


def bullets(lines: Iterable[str], otherwise: str) -> Iterator[str]:
    """Render a list."""
    items = [f"<li>{escape(line)}</li>" for line in lines]
    if items:
        yield f"<ul>{''.join(items)}</ul>"
    elif otherwise:
        yield f"<p>{escape(otherwise)}</p>"


def quote(text: str | None) -> str:
    """Render a quotation with its line breaks."""
    if text is None:
        return '<p class="quote">None.</p>'
    return f'<blockquote class="quote">{escape(text)}</blockquote>'


def plain(part: Parts, name: str) -> str:
    """Return a value, or the text for an unknown one."""
    return part.text(name) or NOT_KNOWN


def text(words: str | None, otherwise: str = NOT_KNOWN) -> str:
    """Render a text."""
    return escape(otherwise if words is None else words)


def code(words: str | None, otherwise: str = NOT_KNOWN) -> str:
    """Render a value that people compare or type."""
    return escape(otherwise) if words is None else f"<code>{escape(words)}</code>"


def when(text: str | None, otherwise: str = NOT_KNOWN) -> str:
    """Render a time to the second; the JSON has milliseconds."""
    if text is None:
        return escape(otherwise)
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return escape(text)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def size_of(size: float | None) -> str:
    """Render a number of bytes with digit groups that are unambiguous in every country."""
    return NOT_KNOWN if size is None else f"{size:,}".replace(",", "\u202f") + " bytes"
